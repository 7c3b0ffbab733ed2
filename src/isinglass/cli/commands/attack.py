"""`isinglass attack`: how small a change flips an answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isinglass.cli.flags import ModelFile, takes
from isinglass.cli.folders import claim_file
from isinglass.cli.output import Output
from isinglass.errors import UsageError

if TYPE_CHECKING:
    from isinglass.model import Model
    from isinglass.model.attacks import AttackedSample, Flip

METHODS = ("smallest", "fgsm", "pgd")
PICTURES = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class Change:
    """How the inputs are changed."""

    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            "-m",
            metavar="METHOD",
            help=f"{', '.join(METHODS)}; default: smallest for images, for tables each column by itself.",
        ),
    ] = None
    size: Annotated[
        float | None,
        typer.Option(metavar="E", help="Largest change: part of the full range; of tables standard deviations."),
    ] = None
    seed: Annotated[int, typer.Option(metavar="N", help="Of random starts.")] = 0
    curves: Annotated[bool, typer.Option("--curves", help="Accuracy along the size of changes too.")] = False


@takes(change=Change, output=Output)
def attack(
    model: ModelFile,
    sample: Annotated[int, typer.Option("--sample", "--row", metavar="N", help="Which one, counted from 1.")] = 1,
    data: Annotated[
        str | None, typer.Option(metavar="DATA", help="Where from; default: the model's unseen samples.")
    ] = None,
    out: Annotated[str | None, typer.Option("--out", "-o", metavar="FILE", help="Picture: .png, .svg, .pdf.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing FILE.")] = False,
    *,
    change: Change,
    output: Output,
) -> None:
    """Find how small a change flips an answer.

    Of images every pixel changes a little. Of a table each column moves alone, until the answer is another class, or a
    number that has moved by its own sigma. What is found is an upper bound: a smaller change may exist.
    """
    _require(change, out, overwrite=overwrite)
    from isinglass.cli.attacks import show_curves, show_flip, show_moves, write_picture
    from isinglass.cli.models import ask, load
    from isinglass.model.attacks import choose

    asked_model = load(model, data, output)
    asked = choose(asked_model, None if data is None else ask(asked_model, data, output), sample)
    images = not asked_model.schema.columns
    _require_picture(out, images=images)
    document: dict[str, object] = {"sample": sample, "truth": asked.truth or None, "file": asked.name or None}
    if images or change.method is not None:
        found = _flip(asked_model, asked, change)
        document |= show_flip(asked_model, found, output)
        if out is not None:
            document |= {"picture": write_picture(asked_model, found, Path(out), output)}
    if not images:
        document |= show_moves(asked_model, asked, output)
    if change.curves:
        document |= show_curves(asked_model, change.seed, output)
    output.result(document)


def _flip(model: Model, asked: AttackedSample, change: Change) -> Flip:
    from isinglass.model.attacks import flip

    return flip(model, asked, method=change.method or "smallest", size=change.size, seed=change.seed)


def _require(change: Change, out: str | None, *, overwrite: bool) -> None:
    if change.method is not None and change.method not in METHODS:
        raise UsageError("no such attack", given=change.method, allowed=METHODS)
    if change.size is not None and not change.size > 0:
        raise UsageError("a change has a size above 0", given=change.size, instead="--size 0.03")
    if out is not None:
        if Path(out).suffix not in PICTURES:
            raise UsageError(
                "the ending names no picture", where=out, given=Path(out).suffix or "none", allowed=PICTURES
            )
        claim_file(Path(out), overwrite=overwrite)


def _require_picture(out: str | None, *, images: bool) -> None:
    if out is not None and not images:
        raise UsageError("a row of a table has no picture", where="-o", given=out, instead="leave -o out")
