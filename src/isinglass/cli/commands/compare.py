"""`isinglass compare`: models, studies or recipes side by side on the same rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isinglass.cli.flags import takes
from isinglass.cli.output import Output
from isinglass.errors import UsageError
from isinglass.evaluation.comparisons import Compared, Scores, of_documents, of_scores, of_studies


@takes(output=Output)
def compare(
    things: Annotated[
        list[Path],
        typer.Argument(metavar="THING...", help="Models (with --data), study folders or metrics.json, or recipes."),
    ],
    data: Annotated[
        str | None, typer.Option("--data", metavar="DATA", help="Rows with the target, to score models on.")
    ] = None,
    *,
    output: Output,
) -> None:
    """Compare models, finished studies, or recipes.

    Models are scored on DATA, studies by their metrics, recipes by fitting each in turn.
    """
    if len(things) < 2:
        raise UsageError("a comparison needs two things", given=len(things), instead="isinglass compare A B")
    compared = _compare(things, data, output)
    for note in compared.notes:
        output.note(note)
    _show(compared, output)
    output.result({"scores": compared.scores, "intervals": compared.intervals, "notes": compared.notes})


def _compare(things: list[Path], data: str | None, output: Output) -> Compared:
    endings = {thing.suffix for thing in things}
    if data is not None:
        return _of_models(things, data, output)
    if endings == {".toml"}:
        return _of_recipes(things, output)
    if endings == {".isinglass"}:
        raise UsageError("models are compared on rows", instead="add --data DATA, or name the study folders.")
    if ".toml" in endings or ".isinglass" in endings:
        raise UsageError("models, studies and recipes cannot be mixed", given=", ".join(map(str, things)))
    return of_studies(things)


def _of_models(paths: list[Path], data: str, output: Output) -> Compared:
    """Each model on the same rows; the ledger of each counts it."""
    from isinglass.cli.models import score

    return of_scores({str(path): score(path, data, output) for path in paths}, data)


def _of_recipes(paths: list[Path], output: Output) -> Compared:
    """Each recipe is fitted in turn."""
    from isinglass.cli.flags import Study
    from isinglass.cli.progress import follow
    from isinglass.cli.recipes import recipe_from
    from isinglass.workbench import study

    recipes = {str(path): recipe_from(str(path), Study()) for path in paths}
    documents = {}
    for name, recipe in recipes.items():
        output.say(f"fitting {name}")
        documents[name] = follow(study(recipe, out=None), output).report.metrics_json()
    return of_documents(documents)


def _show(compared: Compared, output: Output) -> None:
    from isinglass.cli.tables import room, rows_table

    scored = list(compared.scores.values())
    names = list(dict.fromkeys(name for scores in scores_of(scored) for name in scores))
    shown = names[: room(output.out.width)]
    rows = [[thing, *(_cell(compared, thing, name) for name in shown)] for thing in compared.scores]
    output.show(rows_table(["", *shown], rows))
    if len(names) > len(shown):
        output.say(f"--json has {', '.join(names[len(shown) :])} too.")


def scores_of(scored: list[Scores]) -> list[Scores]:
    """The scores that all things have; all scores where they share none."""
    shared = [name for name in scored[0] if all(name in scores for scores in scored)]
    return [dict.fromkeys(shared)] if shared else scored


def _cell(compared: Compared, thing: str, name: str) -> str:
    from isinglass.cli.tables import score_text

    low, high = compared.intervals.get(thing, {}).get(name) or (None, None)
    return score_text(compared.scores[thing].get(name), low, high)
