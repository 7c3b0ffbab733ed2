"""`isinglass trace`: every number of a formula, of a network written by hand, or of a model's networks and one row."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isinglass.cli.flags import takes
from isinglass.cli.folders import claim_file
from isinglass.cli.output import Output, emit
from isinglass.cli.traces import Shown, Wanted, look_into
from isinglass.errors import DataError, UsageError

if TYPE_CHECKING:
    from isinglass.explanation.gradient_check import GradientCheck
    from isinglass.explanation.trace import Trace
    from isinglass.explanation.trace.steps import Moment
    from isinglass.explanation.written import Found

NEURONS = 8
"""Neurons of a layer that are printed without --all."""

BACK = ("\x1b[D", "\x1b[A", "\x1bOD", "\x1bOA", "h", "k", "p")
LEAVE = ("q", "\x1b", "\x03", "\x04")

ENDINGS = {"svg": (".svg",), "dot": (".dot", ".gv")}
"""Of the files that each flag writes."""


@takes(wanted=Wanted, shown=Shown, output=Output)
def trace(
    what: Annotated[
        str,
        typer.Argument(metavar="WHAT", help="A formula, a file of weights (.toml, .json), or a model (.isinglass)."),
    ],
    values: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=NUMBER]...", help="The values of a formula's variables.")
    ] = None,
    *,
    wanted: Wanted,
    shown: Shown,
    output: Output,
) -> None:
    """Show every number of a forward and a backward pass.

    Values, local derivatives, upstream gradients and their products; of a network also every neuron's sum, activation,
    gradient and weight update. For example: isinglass trace "(x + y) * z" x=-2 y=5 z=-4
    """
    if shown.depth is not None and shown.depth < 0:
        raise UsageError("a depth is 0 or more", given=shown.depth, instead="--depth 2")
    _claim(shown)
    found = look_into(what, values or (), wanted, output)
    for note in found.notes:
        output.note(note)
    written = _write(found.trace.fold(shown.depth), shown)
    if not output.json:
        _walk(found, shown, output) if shown.step else _show(found, shown, output)
    if found.check is not None:
        _show_check(found.check, output)
    output.say(*(f"picture  {path}" for path in written))
    document = found.trace.to_json(sys.maxsize) if shown.all else found.trace.to_json()
    more: dict[str, Any] = {"about": found.words, "written": written}
    if found.check is not None:
        more["check"] = _check_document(found.check)
    output.result(document | more)
    if found.check is not None and not found.check.passed:
        raise DataError("the gradient is not what central differences say", where=what, instead="see the table above.")


def _claim(shown: Shown) -> None:
    for flag, endings in ENDINGS.items():
        path = getattr(shown, flag)
        if path is None:
            continue
        if Path(path).suffix.lower() not in endings:
            instead = f"--{flag} {Path(path).with_suffix(endings[0])}" if Path(path).name else None
            raise UsageError(f"--{flag} writes another kind of file", given=path, allowed=endings, instead=instead)
        claim_file(Path(path), overwrite=shown.overwrite)


def _show(found: Found, shown: Shown, output: Output) -> None:
    from isinglass.explanation.trace.neurons import layers
    from isinglass.explanation.trace.views import neuron_tables, sizes_table, table, text
    from isinglass.explanation.trace.views.labels import foot

    told = layers(found.trace)
    folded = _folded(found.trace, shown.depth, neurons=bool(told))
    plain = all(node.value.size == 1 for node in found.trace)
    if found.words:
        output.show(*found.words, "")
    for layer in told:
        output.show(*neuron_tables(layer, most=None if shown.all else NEURONS))
    if shown.depth == 0 and not plain:  # a table of every operation would be too wide to read
        output.show(text(folded))
        return
    output.show(table(folded) if plain else sizes_table(folded), "")
    output.say(*foot(found.trace))


def _folded(trace: Trace, depth: int | None, *, neurons: bool) -> Trace:
    """As asked; where the neurons' own tables have shown the weights, layers need no more than a line."""
    from isinglass.explanation.trace.folding import LINES

    layered = trace.fold(sys.maxsize) if depth is None and neurons else trace
    return layered if depth is None and neurons and len(layered) <= LINES else trace.fold(depth)


def _write(trace: Trace, shown: Shown) -> list[str]:
    from isinglass.explanation.trace import views
    from isinglass.files import write_atomically

    wanted = [(shown.svg, views.svg), (shown.dot, views.dot)]
    return [str(write_atomically(Path(path), view(trace).encode(), failure=DataError)) for path, view in wanted if path]


def _walk(found: Found, shown: Shown, output: Output) -> None:
    """With the arrow keys on a terminal; elsewhere all steps, one after the other."""
    from isinglass.explanation.trace.steps import moments
    from isinglass.explanation.trace.views.labels import foot

    told = moments(found.trace.fold(shown.depth))
    if found.words:
        output.show(*found.words, "")
    if sys.stdin.isatty() and sys.stdout.isatty():
        _walk_by_keys(told, output)
    else:
        output.show(*(str(moment) for moment in told))
    output.say(*foot(found.trace))


def _walk_by_keys(told: Sequence[Moment], output: Output) -> None:
    output.say("Arrow keys go on and back, q ends.", "")
    place = 0
    while place < len(told):
        emit(f"{told[place]}\n")
        key = _key()
        if key in LEAVE:
            return
        place = max(0, place - 1) if key in BACK else place + 1


def _key() -> str:
    import click

    try:
        return click.getchar()
    except (KeyboardInterrupt, EOFError):
        return "q"


def _show_check(check: GradientCheck, output: Output) -> None:
    from isinglass.cli.tables import rows_table

    rows = [
        (t.name, "×".join(map(str, t.shape)) or "number", t.looked_at, f"{t.relative_error:.1e}", _verdict(t))
        for t in check.tensors
    ]
    output.show(rows_table(["gradient of", "shape", "elements", "relative error", ""], rows))
    output.show(*(f"  {t.name} {one}" for t in check.tensors for one in t.worst), "")


def _verdict(tensor: Any) -> str:
    if not tensor.passed:
        return "differs"
    return "right, but for kinks" if tensor.worst else "right"


def _check_document(check: GradientCheck) -> dict[str, Any]:
    from dataclasses import asdict

    return {"passed": check.passed, "step": check.step, "tensors": [asdict(tensor) for tensor in check.tensors]}
