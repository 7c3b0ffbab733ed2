"""`isinglass report`: the report of a model, written anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isinglass.cli.flags import ModelFile, takes
from isinglass.cli.folders import claim_file
from isinglass.cli.output import Output


@takes(output=Output)
def report(
    model: ModelFile,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Default: the model's name with .html.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing FILE.")] = False,
    *,
    output: Output,
) -> None:
    """Write the report of a model anew."""
    path = out or Path(model).with_suffix(".html")
    claim_file(path, overwrite=overwrite)
    from isinglass.cli.models import load

    load(model, None, output).report(path)
    output.say(f"report   {path}")
    output.result({"model": model, "report": path})
