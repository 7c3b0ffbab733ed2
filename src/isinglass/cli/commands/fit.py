"""`isinglass fit`: data or a recipe -> model, report, card, metrics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isinglass.cli.flags import Study, takes
from isinglass.cli.folders import claim, study_folder
from isinglass.cli.output import Output
from isinglass.errors import UsageError

if TYPE_CHECKING:
    from isinglass.recipe import Recipe

OUTPUTS = "Output"


@takes(flags=Study, output=Output)
def fit(
    data: Annotated[
        str | None, typer.Argument(metavar="DATA|RECIPE.toml", help="A table, a catalogue name or a recipe.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the results.", rich_help_panel=OUTPUTS)
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace earlier results.", rich_help_panel=OUTPUTS)
    ] = False,
    resume: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Go on with an interrupted fit.", rich_help_panel=OUTPUTS)
    ] = None,
    report: Annotated[bool, typer.Option(help="Write report.html.", rich_help_panel=OUTPUTS)] = True,
    *,
    flags: Study,
    output: Output,
) -> None:
    """Fit networks, judge them beside conventional methods, report."""
    from isinglass.cli.downloads import ensure

    if resume is not None:
        recipe, folder = _interrupted(resume, data, out), resume
    else:
        recipe, folder = _new(data, flags, out, overwrite=overwrite)
    ensure(recipe.data.source, output)
    study = _run(recipe, folder, output, overwrite=overwrite, resume=resume is not None, report=report)
    present(study, output)


def _new(data: str | None, flags: Study, out: Path | None, *, overwrite: bool) -> tuple[Recipe, Path]:
    from isinglass.cli.recipes import recipe_from

    if data is None:
        raise UsageError("no data", instead="isinglass fit DATA, or isinglass fit --resume DIR")
    recipe = recipe_from(data, flags)
    folder = out or study_folder(recipe)
    claim(folder, overwrite=overwrite)
    return recipe, folder


def _interrupted(folder: Path, data: str | None, out: Path | None) -> Recipe:
    from isinglass.recipe import Recipe

    if data is not None or out is not None:
        raise UsageError("a resumed fit keeps its data and its folder", instead=f"isinglass fit --resume {folder}")
    if (folder / ".search").exists():
        raise UsageError(
            "a search was interrupted here", where=str(folder), instead=f"isinglass tune --resume {folder}"
        )
    if not (folder / ".recipe.toml").exists():
        raise UsageError("there is no interrupted fit here", where=str(folder), instead="isinglass fit DATA")
    return Recipe.from_file(folder / ".recipe.toml")


def _run(recipe: Recipe, folder: Path, output: Output, *, overwrite: bool, resume: bool, report: bool) -> Any:
    from isinglass.cli.interruptions import guarded
    from isinglass.cli.progress import follow
    from isinglass.workbench import study

    def run() -> Any:
        return follow(study(recipe, out=folder, overwrite=overwrite, resume=resume, report=report), output)

    return guarded(run, folder, verb="fit")


def present(study: Any, output: Output, *, extra: Mapping[str, Any] | None = None) -> None:
    """Print a finished study; `extra` joins its JSON."""
    from isinglass.cli.tables import summary

    seen = output.out.is_terminal and output.err.is_terminal  # both on one screen: the notes are there already
    output.say(*summary(study.report, width=output.out.width, notes=not seen), "")
    if output.quiet:
        output.show(study.report.verdict)
    output.show(*(f"{name:<8} {path}" for name, path in study.paths.items()))
    metrics = study.report.metrics_json()
    output.result(
        {
            "model": study.paths.get("model"),
            "report": study.paths.get("report"),
            "test": _with_nll(metrics["test"]),
            "intervals": metrics["intervals"],
            "baselines": {name: _with_nll(scores) for name, scores in metrics["baselines"].items()},
            "verdict": metrics["verdict"],
            "warnings": metrics["warnings"],
            "seconds": study.seconds,
            "paths": study.paths,
            **(extra or {}),
        }
    )


def _with_nll(scores: Mapping[str, float | None]) -> dict[str, float | None]:
    """The same key for all tasks: the log loss of classes is their negative log-likelihood."""
    return {**({"nll": scores["log_loss"]} if "log_loss" in scores else {}), **scores}
