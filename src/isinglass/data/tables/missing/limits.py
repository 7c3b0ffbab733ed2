"""Values below or above a limit of detection, as laboratories write them: `<1`, `< 0.05`, `>2419.6`, `ND`."""

from __future__ import annotations

import numpy as np
import polars as pl

from isinglass.data.tables.missing.tokens import MISSING_NUMBER, stray, without
from isinglass.errors import DataError
from isinglass.recipe import toml_value

LIMIT = r"^\s*([<>\u2264\u2265])\s*=?\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*$"
"""A sign and a number."""

UNLIMITED = frozenset(
    {"nd", "n.d.", "n.d", "bdl", "bld", "bql", "blq", "<lod", "<loq", "<dl", "<mdl", "<rl", "< lod", "< loq", "t", "tr",
     "trace", "traces", "not detected", "non-detect", "nondetect", "below detection", "below detection limit"}
)  # fmt: skip
"""Texts that say 'below the limit' and not which: no reading of them is honest."""

BELOW = ("<", "\u2264")
MANY = 10
"""So many different limits are measurements even where no number stands beside them."""

NUMBERS = 3
"""So many different numbers at least make a column one of numbers."""


def is_limit(cells: pl.Series) -> pl.Series:
    """Whether a text is a limit, false where nothing stands."""
    return cells.str.contains(LIMIT).fill_null(value=False)


def read_limits(cells: pl.Series) -> tuple[pl.Series, np.ndarray]:
    """Texts as numbers, a limit as its number, null where there is neither; and int8 [sample], -1 where the value
    lies below its number, 1 where above, 0 where it is it."""
    parts = cells.str.extract_groups(LIMIT).struct.unnest()
    sign, number = parts.to_series(0), parts.to_series(1)
    values = pl.select(pl.coalesce(number, cells).str.strip_chars().cast(pl.Float64, strict=False)).to_series()
    below = sign.is_in(list(BELOW)).fill_null(value=False).to_numpy()
    above = (sign.is_not_null() & ~sign.is_in(list(BELOW)).fill_null(value=False)).to_numpy()
    return values.alias(cells.name), above.astype(np.int8) - below.astype(np.int8)


def are_measurements(cells: pl.Series, values: pl.Series) -> bool:
    """Whether texts among numbers do not make the column one of categories: there are several times as many different
    numbers (or limits) as different texts.

    Args:
        cells: texts, null where there is no value.
        values: the same as numbers, null where a cell is none.
    """
    odd = cells.filter(values.is_null() & cells.is_not_null())
    limits = is_limit(odd)
    numbers, texts = values.drop_nulls().n_unique(), odd.filter(~limits).n_unique()
    different = odd.filter(limits).n_unique()
    if numbers < NUMBERS and different <= MANY:
        return False
    return numbers + different >= 2 * texts


def refuse_limits(cells: pl.Series, values: pl.Series, *, where: str) -> None:
    """Raise DataError for the first limit among numbers (or a text that says 'below'), with every way out."""
    odd = values.is_null() & cells.is_not_null()
    limits, words = is_limit(cells), cells.str.to_lowercase().is_in(sorted(UNLIMITED)).fill_null(value=False)
    found = (odd & (limits | words)).fill_null(value=False)
    if not found.any():
        return
    row = int(found.arg_true()[0])
    name, cell = cells.name, str(cells[row])
    others = f" ({int(found.sum())} such cells)" if found.sum() > 1 else ""
    raise DataError(
        f"a value that is only known to lie below or above a limit{others}",
        where=f"{where}, row {row + 1}, column '{name}'",
        given=repr(cell),
        instead=_ways_out(name, cell, limited=bool(limits[row])),
    )


def _ways_out(name: str, cell: str, *, limited: bool) -> str:
    censored = f"data.censored = {toml_value([name])} reads it as that limit"
    ways = (
        censored if limited else f"the limit itself, as in <0.05, and {censored}",
        "a number in its place",
        f"data.missing = {toml_value({name: [cell]})} where it says nothing",
        f"--kind {name}=categorical where the cells are names",
    )
    return "; or ".join(ways) + "."


def measured(cells: pl.Series, *, where: str) -> tuple[pl.Series, np.ndarray]:
    """A column that may hold limits as float64, a limit as its number; and int8 [sample]: -1, 0 or 1 as `read_limits`.

    Raises:
        DataError: a cell is neither number nor limit.
    """
    if cells.dtype != pl.String:
        return cells, np.zeros(len(cells), np.int8)
    cells = without(cells, MISSING_NUMBER)
    values, sign = read_limits(cells)
    if values.null_count() > cells.null_count():
        refuse_limits(cells, values, where=where)
        raise stray(cells, values, where=where, what="neither a number nor a limit", cure=f"{CURE}.")
    return values, sign


CURE = "a number, a limit as in <0.05 or >2419.6, or nothing where there is no value"
