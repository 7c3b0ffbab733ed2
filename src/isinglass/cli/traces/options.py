"""The flags of `isinglass trace`: which numbers, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer


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
