"""`isinglass select`: which few columns are enough, found by fitting again and again."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isinglass.cli.flags import Study, takes
from isinglass.cli.folders import claim_file
from isinglass.cli.output import Output

if TYPE_CHECKING:
    from isinglass.explanation import Explanation

REPLACED = ("features", "drop", "members")
"""Flags that have done their work."""


@dataclass(frozen=True)
class Search:
    """How columns are selected and where the picture goes."""

    direction: Annotated[
        str, typer.Option(metavar="WAY", help="forward: from nothing; backward: from all columns.")
    ] = "forward"
    most: Annotated[int, typer.Option(metavar="K", help="Columns at most; 0: as many as help.")] = 0
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="FILE", help="Draw it: .png or .svg; or write it: .json.")
    ] = None
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing FILE.")] = False


@takes(search=Search, flags=Study, output=Output)
def select(
    data: Annotated[str, typer.Argument(metavar="DATA|RECIPE.toml", help="A table, a catalogue name or a recipe.")],
    *,
    search: Search,
    flags: Study,
    output: Output,
) -> None:
    """Find few columns that are enough: networks are fitted again for every set of columns.

    All sets of a round learn side by side, on inner folds of the training rows; no test part is opened. The smallest
    set within one standard error of the best is chosen. --members says how many networks a set and fold has.
    """
    from isinglass.cli.downloads import ensure
    from isinglass.cli.explanations import document, require_format, words, write
    from isinglass.cli.progress import follow
    from isinglass.cli.recipes import recipe_from
    from isinglass.workbench.select import NETWORKS, select

    path = None if search.out is None else require_format(Path(search.out))
    if path is not None:
        claim_file(path, overwrite=search.overwrite)
    recipe = recipe_from(data, flags)
    ensure(recipe.data.source, output)
    networks = NETWORKS if flags.members is None else flags.members
    found = follow(select(recipe, direction=search.direction, most=search.most, networks=networks), output)
    output.show(*_spoken(found))
    chosen = found.coords["chosen"].tolist()
    if chosen:
        output.say("", f"Fit with them: {fit_line(data, flags, chosen)}")
    files = [] if path is None else [path]
    whole = {"direction": search.direction, "chosen": chosen} | document(found)
    write([found], files, whole)
    output.say(*words([found], files))
    output.result(whole | ({"written": [str(file) for file in files]} if files else {}))


def fit_line(data: str, flags: Study, chosen: list[str]) -> str:
    """The command that fits the chosen columns, with all that was said of the study."""
    said = {field.name: getattr(flags, field.name) for field in fields(flags) if field.name not in REPLACED}
    asked = [
        f"--{'set' if name == 'settings' else name}={value}"
        for name, values in said.items()
        if values is not None
        for value in (values if isinstance(values, list) else [values])
    ]
    features = ",".join(name.replace(",", "\\,") for name in chosen)
    return shlex.join(["isinglass", "fit", data, *asked, f"--features={features}"])


def _spoken(found: Explanation) -> list[object]:
    from isinglass.cli.tables import number, rows_table

    size, coords = len(found.coords["chosen"]), found.coords
    told = (coords["step"], coords["size"], found.mean(), coords["error"], coords["second"], coords["second_score"])
    rows = [
        (
            str(name),
            int(count),
            number(float(mean)),
            f"± {number(float(error))}",
            f"{second} ({number(float(other))})" if second else "",
            "<- chosen" if count == size else "",
        )
        for name, count, mean, error, second, other in zip(*told, strict=True)
    ]
    verb = "takes" if found.method.endswith("forward") else "gives up"
    heads = [verb, "columns", found.quantity, "standard error", "second in the round", ""]
    chosen = ", ".join(coords["chosen"].tolist()) or "none: no column helps"
    check = found.check
    ends = f"nothing {number(check['nothing'])}, all columns {number(check['all'])}"
    return [rows_table(heads, rows), "", found.about, f"{found.quantity}: {ends}.", f"Chosen: {chosen}."]
