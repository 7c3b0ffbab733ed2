"""What a name stands for: a data set of the catalogue, or a file."""

from __future__ import annotations

import difflib
from pathlib import Path

from isinglass.data.catalogue.entry import Entry
from isinglass.data.catalogue.sets import CATALOGUE
from isinglass.data.tables.sources.frame import Table
from isinglass.data.tables.sources.layout import UNKNOWN, Layout
from isinglass.data.tables.sources.table import open_table
from isinglass.errors import DataError


def find_entry(name: str) -> Entry:
    """The entry of a name. Raises DataError with the nearest name."""
    if name in CATALOGUE:
        return CATALOGUE[name]
    near = difflib.get_close_matches(name.lower(), CATALOGUE, n=1, cutoff=0.5)
    raise DataError(
        f"no data set and no file '{name}'",
        allowed=[*sorted(CATALOGUE), "or a path"],
        instead=f"did you mean '{near[0]}'?" if near else None,
    )


def shadowed(source: str) -> tuple[str, ...]:
    """A note where a file or folder has the name of a data set: which one is taken, and how the other is had."""
    if source not in CATALOGUE or not Path(source).exists():
        return ()
    return (f"'{source}' is the named data set; what lies here under this name is './{source}'.",)


def open_source(source: str, layout: Layout = UNKNOWN) -> Table:
    """Open a data set of the catalogue, or a file, of which something may be known.

    Raises:
        DataError: there is neither; the nearest name is suggested.
    """
    is_path = "." in source or "/" in source or "\\" in source or Path(source).exists()
    if source not in CATALOGUE and is_path:
        return open_table(source, layout)
    return find_entry(source).open()
