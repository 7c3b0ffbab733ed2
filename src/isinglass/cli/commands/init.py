"""`isinglass init`: a recipe for this data, with what the columns seem to be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isinglass.cli.flags import Data, Study, takes
from isinglass.cli.folders import claim_file
from isinglass.cli.output import Output
from isinglass.errors import DataError
from isinglass.files import write_atomically


@takes(flags=Study, output=Output)
def init(
    data: Data,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Default: the data's name with .toml.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing FILE.")] = False,
    *,
    flags: Study,
    output: Output,
) -> None:
    """Write a commented recipe for this data."""
    from isinglass.cli.downloads import ensure
    from isinglass.cli.recipes import recipe_from
    from isinglass.workbench.template import recipe_text

    path = out or Path(f"{Path(data).stem}.toml")
    claim_file(path, overwrite=overwrite)
    recipe = recipe_from(data, flags)
    ensure(recipe.data.source, output)
    text = recipe_text(recipe, name=path.name)
    write_atomically(path, text.encode(), failure=DataError)
    output.say(f"recipe   {path}", f"next     isinglass check {path}")
    output.result({"recipe": path})
