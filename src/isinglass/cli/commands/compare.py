"""`isinglass compare`: models, studies or recipes side by side on the same rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isinglass.cli.comparisons import Compared, Scores, of_models, of_recipes, of_studies
from isinglass.cli.flags import takes
from isinglass.cli.output import Output
from isinglass.errors import UsageError


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
        return of_models(things, data, output)
    if endings == {".toml"}:
        return of_recipes(things, output)
    if endings == {".isinglass"}:
        raise UsageError("models are compared on rows", instead="add --data DATA, or name the study folders.")
    if ".toml" in endings or ".isinglass" in endings:
        raise UsageError("models, studies and recipes cannot be mixed", given=", ".join(map(str, things)))
    return of_studies(things)


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
