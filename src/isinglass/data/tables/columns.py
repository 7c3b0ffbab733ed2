"""What a column is: its name and unit from the header, its kind from its values."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from isinglass.data.tables.dates.columns import clock
from isinglass.data.tables.parsing import labels
from isinglass.errors import DataError
from isinglass.spec import Column, Kind

BRACKETS = re.compile(r"^(?P<name>.*\S)\s*\[(?P<unit>[^\[\]]*)\]$")

FALSE_TRUE = (
    ("false", "true"),
    ("no", "yes"),
    ("n", "y"),
    ("f", "t"),
    ("off", "on"),
    ("absent", "present"),
    ("0", "1"),
)

IDENTIFIER = 0.9
"""A text column with more than this part of different values names the rows."""

FEWEST = 10
"""Rows below which text is never taken for an identifier."""


def split_unit(header: str) -> tuple[str, str]:
    """`sst [degC]` is the column 'sst' in degC. Only square brackets: round ones often hold a comment."""
    match = BRACKETS.match(header.strip())
    return (match["name"].strip(), match["unit"].strip()) if match else (header.strip(), "")


@dataclass(frozen=True)
class Header:
    """A header as it stands in the table, and the name and unit that it gives."""

    text: str
    name: str
    unit: str


def read_headers(columns: Sequence[str]) -> tuple[Header, ...]:
    """Names without units; where two would get the same name (`t [K]`, `t [degC]`), both keep the whole header."""
    parts = [split_unit(column) for column in columns]
    names = [name for name, _ in parts]
    return tuple(
        Header(column, name if names.count(name) == 1 else column, unit)
        for column, (name, unit) in zip(columns, parts, strict=True)
    )


def find_header(wanted: str, headers: Sequence[Header], *, where: str, purpose: str = "column") -> Header:
    """The header that the user means: its name, the whole header, or the only one that differs in case alone.

    Raises:
        DataError: there is none, with the nearest name.
    """
    for header in headers:
        if wanted in (header.name, header.text):
            return header
    same = [header for header in headers if header.name.lower() == wanted.lower()]
    if len(same) == 1:
        return same[0]
    raise no_column(wanted, headers, where=where, purpose=purpose)


def no_column(wanted: str, headers: Sequence[Header], *, where: str, purpose: str = "column") -> DataError:
    """The error for a column that is not there, with the nearest name."""
    names = [header.name for header in headers]
    return DataError(
        f"no {purpose} '{wanted}' in the table",
        where=where,
        allowed=names[:40] + ["..."] * (len(names) > 40),
        instead=_nearest(wanted, names),
    )


def nearest_of(wanted: Sequence[str], headers: Sequence[Header]) -> str | None:
    """What to write where several columns are not there: names that differ in case, blanks or marks alone."""
    by_letters = {_letters(header.name): header.text for header in headers}
    near = [f"'{by_letters[_letters(name)]}' '{name}'" for name in wanted if _letters(name) in by_letters]
    return f"write the names as they were in training: call {', '.join(near[:8])}." if near else None


def _letters(name: str) -> str:
    return re.sub(r"\W|_", "", name).lower()


def _nearest(wanted: str, names: Sequence[str]) -> str | None:
    by_letters = {_letters(name): name for name in names}
    near = difflib.get_close_matches(_letters(wanted), by_letters, n=1, cutoff=0.5)
    return f"did you mean '{by_letters[near[0]]}'?" if near else None


def infer_kind(series: pl.Series) -> Kind | None:
    """The kind of a typed column; None where it cannot be a feature (lists, bytes, nothing but missing values).

    Text is categorical, text of a pair like yes/no and integers 0/1 are boolean, whole numbers from 0 are counts,
    other numbers continuous.
    """
    dtype = series.dtype
    if series.null_count() == len(series) or dtype.is_nested() or dtype in (pl.Binary, pl.Object, pl.Time):
        return None
    if dtype in (pl.Date,) or isinstance(dtype, pl.Datetime):
        return Kind.DATETIME
    if dtype == pl.Boolean:
        return Kind.BOOLEAN
    if dtype.is_integer():
        return _integer_kind(series)
    if dtype.is_numeric() or dtype == pl.Duration:
        return Kind.CONTINUOUS
    return Kind.BOOLEAN if boolean_pair(series) else Kind.CATEGORICAL


def _integer_kind(series: pl.Series) -> Kind:
    low, high = series.min(), series.max()
    if low == 0 and high == 1:
        return Kind.BOOLEAN
    return Kind.COUNT if int(low) >= 0 else Kind.CONTINUOUS  # type: ignore[arg-type]


def boolean_pair(series: pl.Series) -> tuple[str, str] | None:
    """The values that mean false and true, as written, where the column holds exactly such a pair."""
    values = labels(series).drop_nulls().unique().to_list()
    if len(values) != 2:
        return None
    lower = {str(value).lower(): str(value) for value in values}
    return next(((lower[f], lower[t]) for f, t in FALSE_TRUE if set(lower) == {f, t}), None)


def categories_of(series: pl.Series) -> tuple[str, ...]:
    """The different values in order: as declared, else numbers by size and text by alphabet."""
    values = labels(series).drop_nulls().unique().to_list()
    if isinstance(series.dtype, pl.Enum):
        declared = labels(pl.Series(list(series.dtype.categories), dtype=pl.Categorical)).to_list()
        return tuple(name for name in dict.fromkeys(declared) if name in set(values))
    try:
        return tuple(sorted(values, key=float))
    except ValueError:
        return tuple(sorted(values))


def twins(name: str, categories: Sequence[str]) -> list[str]:
    """A note where categories differ in upper and lower case alone."""
    by_letters: dict[str, list[str]] = {}
    for category in categories:
        by_letters.setdefault(category.casefold(), []).append(category)
    pairs = [" and ".join(map(repr, same)) for same in by_letters.values() if len(same) > 1]
    more = f" and {len(pairs) - 3} more" if len(pairs) > 3 else ""
    what = "differ in upper and lower case alone, and are different categories; write them alike if they are one."
    return [f"{name}: {', '.join(pairs[:3])}{more} {what}"] if pairs else []


def make_column(header: Header, series: pl.Series, *, kind: Kind, unit: str, where: str) -> Column:
    """Describe a typed column. Raises DataError where its values cannot be of this kind."""
    categories: tuple[str, ...] = ()
    if kind is Kind.CATEGORICAL:
        categories = categories_of(series)
    elif kind is Kind.BOOLEAN:
        categories = _boolean_categories(series, where)
    elif kind is Kind.DATETIME:
        clock(series, where=where)
    fractional = kind is Kind.CONTINUOUS and series.dtype.is_float()
    return Column(header.name, kind, unit, categories, header.text, form="." if fractional else "")


def _boolean_categories(series: pl.Series, where: str) -> tuple[str, ...]:
    values = categories_of(series)
    if len(values) > 2:
        raise DataError(
            f"{len(values)} different values in a boolean column",
            where=f"{where}, column '{series.name}'",
            given=", ".join(values[:5]),
            instead="kind 'categorical'.",
        )
    lower = {value.lower(): value for value in values}
    for pair in FALSE_TRUE:
        if lower.keys() <= set(pair):
            return tuple(lower.get(word, word) for word in pair)
    return values


def is_identifier(series: pl.Series) -> bool:
    """Text that differs in nearly every row."""
    present = len(series) - series.null_count()
    return present >= FEWEST and series.drop_nulls().n_unique() > IDENTIFIER * present


def is_row_counter(series: pl.Series) -> bool:
    """Whole numbers that count the rows, 0, 1, 2 ... or 1, 2, 3 ..."""
    if not series.dtype.is_integer() or len(series) < FEWEST or series.null_count() or series[0] not in (0, 1):
        return False
    return series[-1] - series[0] == len(series) - 1 and bool((series.diff().drop_nulls() == 1).all())


def unit_of(header: Header, units: Mapping[str, str]) -> str:
    """The recipe's unit for this column, else the header's."""
    return units.get(header.name, units.get(header.text, header.unit))
