"""Cells of text: which mean 'no value', and how a cell that does not fit is named."""

from __future__ import annotations

import numpy as np
import polars as pl

from isinglass.errors import DataError

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "<na>", "-", "--", ".", "..", "...", "?"})
"""Cells that mean 'no value' in any column, in lower case."""

MISSING_NUMBER = MISSING | {"none", "missing"}
"""... and in a column of numbers."""

MOSTLY = 0.5
"""A text column of which more than this part are numbers (or dates) is one of numbers (or dates) with faults."""


def without(series: pl.Series, markers: frozenset[str]) -> pl.Series:
    """The texts without space around them, null where a marker says that there is no value."""
    text = series.str.strip_chars()
    return text.set(text.str.to_lowercase().is_in(sorted(markers)), None)


def stray(cells: pl.Series, read: pl.Series, *, where: str, what: str, cure: str) -> DataError:
    """The error for the first cell that is there but was not read, with its row, column and value."""
    faults = np.flatnonzero((cells.is_not_null() & read.is_null()).to_numpy())
    others = f" ({len(faults)} such cells)" if len(faults) > 1 else ""
    return DataError(
        f"{what}{others}",
        where=f"{where}, row {faults[0] + 1}, column '{cells.name}'",
        given=repr(cells[int(faults[0])]),
        instead=cure,
    )
