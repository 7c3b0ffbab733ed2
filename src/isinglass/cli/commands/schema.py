"""`isinglass schema`: the JSON schema of a recipe, for editors and other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isinglass.cli.flags import takes
from isinglass.cli.output import Output, emit
from isinglass.errors import DataError
from isinglass.files import write_atomically


@takes(output=Output)
def schema(
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it here.")] = None,
    *,
    output: Output,
) -> None:
    """Print the JSON schema of a recipe."""
    from json import dumps

    from isinglass.recipe import Recipe

    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "isinglass recipe",
        **Recipe.model_json_schema(),
    }
    if out is None:
        emit(dumps(document, indent=None if output.json else 2, ensure_ascii=False) + "\n")
        return
    text = dumps(document, indent=2, ensure_ascii=False) + "\n"
    write_atomically(out, text.encode(), failure=DataError)
    output.say(f"schema   {out}")
    output.result({"schema": out})
