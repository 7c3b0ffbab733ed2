"""`isinglass data`: the named data sets."""

from __future__ import annotations

from typing import Annotated

import typer

from isinglass.cli.flags import takes
from isinglass.cli.output import Output

app = typer.Typer(no_args_is_help=True, help="List or fetch the named data sets.")


@app.command("list")
@takes(output=Output)
def list_(*, output: Output) -> None:
    """List the named data sets."""


@app.command("get")
@takes(output=Output)
def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name of `isinglass data list`.")],
    *,
    output: Output,
) -> None:
    """Fetch a data set into the cache."""
