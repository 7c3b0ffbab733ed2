"""`isinglass tune`: many settings in one population."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isinglass.cli.flags import Study, takes
from isinglass.cli.folders import claim, study_folder
from isinglass.cli.output import Output
from isinglass.errors import UsageError

if TYPE_CHECKING:
    from isinglass.recipe import Recipe


@dataclass(frozen=True)
class Search:
    """What the command line says of a search."""

    tries: Annotated[
        list[str] | None,
        typer.Option("--try", metavar="KEY=[A,B]", help="Values of a key, or {low=.., high=.., log=true}; repeat."),
    ] = None
    search: Annotated[str | None, typer.Option(metavar="KIND", help="grid, random or halving.")] = None
    trials: Annotated[int | None, typer.Option(metavar="N", help="Settings to try.")] = None


@dataclass(frozen=True)
class Results:
    """Where the results go."""

    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the results.")] = None
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace earlier results.")] = False
    resume: Annotated[Path | None, typer.Option(metavar="DIR", help="Go on with an interrupted search.")] = None
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write report.html.")] = True


@takes(results=Results, search=Search, flags=Study, output=Output)
def tune(
    data: Annotated[
        str | None, typer.Argument(metavar="DATA|RECIPE.toml", help="A recipe with \\[search], or data and --try.")
    ] = None,
    *,
    results: Results,
    search: Search,
    flags: Study,
    output: Output,
) -> None:
    """Try settings side by side, fit the best, judge it on unseen rows."""
    from isinglass.cli.downloads import ensure
    from isinglass.cli.interruptions import guarded
    from isinglass.cli.progress import follow
    from isinglass.workbench import tune as run

    recipe, folder = _new(data, search, flags, results) if results.resume is None else _interrupted(data, results)
    ensure(recipe.data.source, output)
    again = results.resume is not None
    events = run(recipe, out=folder, overwrite=results.overwrite, resume=again, report=results.report)
    _present(guarded(lambda: follow(events, output), folder, verb="tune"), output)


def _new(data: str | None, search: Search, flags: Study, results: Results) -> tuple[Recipe, Path]:
    from isinglass.cli.recipes import recipe_from

    if data is None:
        raise UsageError("no data", instead="isinglass tune DATA --try KEY=[A,B], or isinglass tune --resume DIR")
    recipe = _with_search(recipe_from(data, flags), search)
    folder = results.out or study_folder(recipe)
    claim(folder, overwrite=results.overwrite)
    return recipe, folder


def _interrupted(data: str | None, results: Results) -> tuple[Recipe, Path]:
    from isinglass.workbench.tune import broken_off

    folder = results.resume
    assert folder is not None
    if data is not None or results.out is not None:
        raise UsageError("a resumed search keeps its data and its folder", instead=f"isinglass tune --resume {folder}")
    recipe = broken_off(folder)
    if recipe is None:
        raise UsageError(
            "there is no interrupted search here", where=str(folder), instead="isinglass tune DATA --try KEY=[A,B]"
        )
    return recipe, folder


def _with_search(recipe: Recipe, search: Search) -> Recipe:
    from isinglass.cli.recipes import assignments

    changes: dict[str, Any] = {}
    if search.tries:
        changes["search.space"] = assignments(search.tries, "--try")
    if search.search is not None:
        changes["search.kind"] = search.search
    if search.trials is not None:
        changes["search.trials"] = search.trials
    recipe = recipe.replace(changes, where="command line") if changes else recipe
    if recipe.search is None or not recipe.search.space:
        raise UsageError(
            "nothing to try", instead="--try learning.optimizer.rate=[0.001,0.01], or [search.space] in a recipe"
        )
    return recipe


def _present(study: Any, output: Output) -> None:
    from isinglass.cli.commands.fit import present
    from isinglass.cli.tables import rows_table

    trials = study.trials
    keys = list(dict.fromkeys(key for trial in trials for key in trial.values))
    rows = [[*(trial.values.get(key, "") for key in keys), trial.score] for trial in trials]
    output.say(rows_table([*keys, "loss on held-out rows"], rows), "")
    present(
        study, output, extra={"trials": [{"setting": t.values, "score": t.score, "spread": t.spread} for t in trials]}
    )
