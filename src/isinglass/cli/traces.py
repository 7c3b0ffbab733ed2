"""What `isinglass trace` can look into - a formula, a network written by hand, a row of a model - and its flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isinglass.cli.output import Output
from isinglass.errors import UsageError

if TYPE_CHECKING:
    from isinglass.explanation.written import Found


@dataclass(frozen=True)
class Wanted:
    """Which numbers are traced; None where the command line says nothing."""

    row: Annotated[int | None, typer.Option(metavar="N", help="This row, counted from 1; default: the first.")] = None
    data: Annotated[
        str | None, typer.Option(metavar="DATA", help="Take the row from here; default: the model's unseen rows.")
    ] = None
    member: Annotated[
        int | None, typer.Option(metavar="K", help="This network alone, counted from 1; default: mean and spread.")
    ] = None
    optimizer: Annotated[
        str | None, typer.Option(metavar="KIND", help="Whose step is shown; default: the model's own.")
    ] = None
    rate: Annotated[float | None, typer.Option(metavar="RATE", help="Its learning rate.")] = None
    check: Annotated[bool, typer.Option("--check", help="Compare the gradients with central differences.")] = False


@dataclass(frozen=True)
class Shown:
    """How the numbers are shown."""

    depth: Annotated[
        int | None, typer.Option(metavar="N", help="Fold modules N calls deep; 0: nothing; default: what fits.")
    ] = None
    step: Annotated[bool, typer.Option("--step", help="One node at a time, forward and back (arrow keys).")] = False
    all: Annotated[bool, typer.Option("--all", help="All neurons, and with --json all numbers.")] = False
    svg: Annotated[str | None, typer.Option(metavar="FILE", help="Write the graph as a picture.")] = None
    dot: Annotated[str | None, typer.Option(metavar="FILE", help="Write the graph for Graphviz.")] = None
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing FILE.")] = False


def look_into(what: str, values: Sequence[str], wanted: Wanted, output: Output) -> Found:
    """Trace a formula, a file of weights (.toml, .json) or a model (.isinglass).

    Raises:
        UsageError: the request asks for what the thing does not have, such as a row of a formula.
        DataError: a file cannot be read, or has no such row.
    """
    from isinglass.cli.models import load
    from isinglass.explanation.written import Wanted as Told
    from isinglass.explanation.written import trace_formula, trace_network
    from isinglass.model.row_trace import trace_model

    told = Told(**asdict(wanted))
    ending = Path(what).suffix
    if ending == ".isinglass" or (ending not in (".toml", ".json") and Path(what).is_file()):
        _refuse_values(values, "a model has no variables: its rows give the numbers")
        return trace_model(load(what, wanted.data, output), told)
    for name in ("row", "data", "member"):
        if getattr(wanted, name) is not None:
            raise UsageError(
                f"--{name} is for a model's rows", given=what, instead="isinglass trace MODEL.isinglass ..."
            )
    if ending in (".toml", ".json"):
        _refuse_values(values, "the file's own 'inputs' give the numbers")
        return trace_network(what, told)
    return trace_formula(what, values, told)


def _refuse_values(values: Sequence[str], why: str) -> None:
    if values:
        raise UsageError(why, given=" ".join(values), instead="--row N, --data FILE")
