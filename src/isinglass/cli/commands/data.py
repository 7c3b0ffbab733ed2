"""`isinglass data`: the named data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isinglass.cli.flags import takes
from isinglass.cli.folders import claim_file
from isinglass.cli.output import Output
from isinglass.errors import UsageError


@takes(output=Output)
def list_sets(*, output: Output) -> None:
    """List the named data sets."""
    from isinglass.cli.tables import rows_table
    from isinglass.data.catalogue import CATALOGUE, is_ready

    rows = [(name, entry.title, entry.licence) for name, entry in CATALOGUE.items()]
    output.show(rows_table(["name", "what", "licence"], rows))
    output.result(
        {
            name: {
                "title": entry.title,
                "origin": entry.origin,
                "licence": entry.licence,
                "defaults": entry.defaults,
                "ready": is_ready(name),
            }
            for name, entry in CATALOGUE.items()
        }
    )


@takes(output=Output)
def get_set(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name of `isinglass data list`.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it as .csv, .tsv or .parquet too.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing FILE.")] = False,
    *,
    output: Output,
) -> None:
    """Fetch a data set into the cache, and write it as a file where one is named."""
    from isinglass.cli.downloads import ensure
    from isinglass.data.catalogue import fetch_files, find_entry
    from isinglass.data.tables.sources.frame import materialise
    from isinglass.export.tables import require_format, write

    entry = find_entry(name)
    if out is not None and entry.files:
        raise UsageError("a set of images is no table", where=str(out), instead=f"isinglass data get {name}")
    if out is not None:
        claim_file(require_format(out), overwrite=overwrite)
    ensure(name, output)
    if entry.files:
        folder = fetch_files(name)
        output.say(f"{name}: {entry.title}", f"{entry.origin}; licence: {entry.licence}", f"folder   {folder}")
        output.result({"name": name, "path": folder})
        return
    table = entry.open()
    if out is not None:
        write(materialise(table.frame), out)
    output.say(f"{name}: {table.frame.height} rows, {len(table.frame.columns)} columns")
    output.say(f"{entry.title}; {entry.origin}; licence: {entry.licence}")
    output.say(*([f"table    {out}"] if out else []))
    output.result({"name": name, "rows": table.frame.height, "columns": table.frame.columns, "path": out})


DATA = {"list": list_sets, "get": get_set}
