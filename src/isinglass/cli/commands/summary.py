"""`isinglass summary`: layers, sizes, weights and what they look at, of a machine that need not be trained."""

from __future__ import annotations

from typing import Annotated

import typer

from isinglass.cli.flags import takes
from isinglass.cli.output import Output
from isinglass.cli.summaries import Drawn, summary_of
from isinglass.errors import UsageError


@takes(drawn=Drawn, output=Output)
def summary(
    what: Annotated[
        str, typer.Argument(metavar="MODEL|RECIPE|KIND", help="A .isinglass or .toml file, or a kind: cnn, mlp, ...")
    ],
    depth: Annotated[
        int | None,
        typer.Option(metavar="N", help="Fold layers by N parts of their names; 0: none. Default: what fits a screen."),
    ] = None,
    *,
    drawn: Drawn,
    output: Output,
) -> None:
    """Show what a machine is made of: layers, output sizes, weights, and the formulas that give them.

    A column says how many pixels of the input one output pixel sees. Nothing is trained:
    isinglass summary cnn --size 28 --channels 1 --classes 10
    """
    from dataclasses import asdict

    if depth is not None and depth < 0:
        raise UsageError("a depth is 0 or more", given=depth, instead="--depth 2")
    found, whose = summary_of(what, drawn)
    layers = found.shown(depth)
    output.say(whose, "")
    output.show(found.table(depth=depth), "", found.total)
    if len(layers) < len(found.layers) and depth is None:
        output.say(f"Folded from {len(found.layers)} layers; --depth 0 shows every one.")
    output.result(
        {
            "about": whose,
            "weights": found.weights,
            "not_trained": found.frozen,
            "multiply_adds": found.multiply_adds,
            "layers": [asdict(layer) for layer in (found.layers if depth is None else layers)],
        }
    )
