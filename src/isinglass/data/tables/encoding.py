"""From columns to the numbers that the machine sees, and what each number is called."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from isinglass.data.tables.dates.columns import clock
from isinglass.data.tables.dates.datetimes import encode_part, part_features
from isinglass.data.tables.origins import from_origin
from isinglass.data.tables.parsing import labels, numbers
from isinglass.errors import DataError
from isinglass.spec import Column, Feature, Kind

NUMERIC = (Kind.CONTINUOUS, Kind.COUNT)


def column_features(column: Column, parts: tuple[str, ...], onehot_limit: int) -> tuple[Feature, ...]:
    """The features made from a column: a number; 0/1; one per category; or a code where categories are many."""
    if column.kind in NUMERIC:
        return (Feature(column.name, column.name, "numeric", origin=column.origin),)
    if column.kind is Kind.BOOLEAN:
        return (Feature(column.name, column.name, "onehot"),)
    if column.kind is Kind.DATETIME:
        return tuple(feature for part in parts for feature in part_features(column.name, part, column.origin))
    if len(column.categories) > onehot_limit:
        return (Feature(column.name, column.name, "code", len(column.categories) + 1),)
    return tuple(Feature(f"{column.name}={name}", column.name, "onehot") for name in column.categories)


def encode_column(
    column: Column, series: pl.Series, *, parts: tuple[str, ...], onehot_limit: int, where: str
) -> Iterator[np.ndarray]:
    """Arrays [sample] in the order of `column_features`; NaN where a number is missing, code 0 where a category is.

    Raises:
        DataError: a cell does not fit the column's kind; row, column and value are named.
    """
    series = series.alias(column.name)
    if column.kind in NUMERIC:
        yield from_origin(series, numbers(series, where=where), column.origin)
    elif column.kind is Kind.DATETIME:
        moments = clock(series, where=where, order=column.form)
        for part in parts:
            yield from encode_part(moments, part, column.origin)
    else:
        yield from _encode_categories(column, series, onehot_limit)


def _encode_categories(column: Column, series: pl.Series, onehot_limit: int) -> Iterator[np.ndarray]:
    index = category_index(column, series)
    if column.kind is Kind.BOOLEAN:
        yield np.where(index < 0, np.nan, index).astype(np.float32)
    elif len(column.categories) > onehot_limit:
        yield (index + 1).astype(np.float32)
    else:
        for number in range(len(column.categories)):
            yield (index == number).astype(np.float32)


def category_index(column: Column, series: pl.Series) -> np.ndarray:
    """int64 [sample]: the position in `column.categories`, -1 where missing or unknown."""
    known = labels(series).cast(pl.Enum(list(column.categories)), strict=False)
    return known.to_physical().cast(pl.Int64).fill_null(-1).to_numpy()


def is_missing(column: Column, series: pl.Series, *, where: str = "data") -> np.ndarray:
    """bool [sample]: no value in the table. A category never seen before is not missing."""
    if column.kind in NUMERIC:
        return np.isnan(numbers(series.alias(column.name), where=where))
    return labels(series).is_null().to_numpy()


def encode_target(column: Column, series: pl.Series, *, where: str) -> np.ndarray:
    """float64 [sample]: the number, or the index of the class; NaN where missing.

    Raises:
        DataError: a class that the schema does not know, a negative count, text among numbers.
    """
    series = series.alias(column.name)
    if not column.categories:
        values = numbers(series, where=where)
        if column.kind is Kind.COUNT:
            require_counts(values, column.name, where=where)
        return values
    index = category_index(column, series)
    names = labels(series)
    unknown = np.flatnonzero((index < 0) & names.is_not_null().to_numpy())
    if len(unknown):
        raise DataError(
            "a class that was not there when the model was made",
            where=f"{where}, row {unknown[0] + 1}, column '{column.name}'",
            given=repr(names[int(unknown[0])]),
            allowed=column.categories[:20],
        )
    return np.where(index < 0, np.nan, index.astype(np.float64))


def require_counts(values: np.ndarray, name: str, *, where: str) -> None:
    """Raise DataError for the first negative value [sample]: a count (Poisson) starts at zero."""
    with np.errstate(invalid="ignore"):
        bad = np.flatnonzero(values < 0)
    if len(bad):
        raise DataError(
            f"a negative count ({len(bad)} such cells)" if len(bad) > 1 else "a negative count",
            where=f"{where}, row {bad[0] + 1}, column '{name}'",
            given=values[bad[0]],
            instead="kind 'continuous' and a loss for real numbers, such as 'squared'.",
        )
