"""Frames and arrays in memory: pandas, polars, pyarrow, numpy and dicts, all as one polars DataFrame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from isinglass.data.tables.sources.declared import as_declared, as_plain, order_of
from isinglass.errors import DataError

SHOWN = 6
"""Columns that a message names."""


def to_polars(data: Any, *, names: Sequence[str] | None = None, where: str = "data") -> pl.DataFrame:
    """Take a frame or arrays from any library.

    Args:
        data: a polars, pandas or pyarrow table (or whatever narwhals reads), a numpy array [sample] or
            [sample, column], or a dict of columns.
        names: column names for an array; x1, x2, ... otherwise.
        where: a name for error messages.

    Returns:
        The same rows in the same order. An index of pandas is not kept.

    Raises:
        DataError: the object is no table, has duplicate names, or mixes types in a column.
    """
    if isinstance(data, pl.DataFrame):
        return data
    if isinstance(data, pl.LazyFrame):
        return data.collect()
    if isinstance(data, np.ndarray):
        return _from_array(data, names, where)
    if isinstance(data, Mapping):
        return _from_dict(data, where)
    return _from_native(data, where)


def columns_of_array(name: str, array: np.ndarray, *, where: str) -> list[tuple[str, pl.Series]]:
    """A one-dimensional array is one column; [sample, k] is k columns name_1 .. name_k."""
    array = np.asarray(array)
    if array.ndim == 1:
        return [(name, _series(name, array, where))]
    if array.ndim != 2:
        raise DataError(
            f"array '{name}' has {array.ndim} axes",
            where=where,
            allowed="one (sample) or two (sample, column)",
        )
    numbered = [f"{name}_{k + 1}" for k in range(array.shape[1])]
    return [(label, _series(label, array[:, k], where)) for k, label in enumerate(numbered)]


def _from_array(array: np.ndarray, names: Sequence[str] | None, where: str) -> pl.DataFrame:
    if array.dtype.names:
        return pl.DataFrame({name: _series(name, array[name], where) for name in array.dtype.names})
    if array.ndim not in (1, 2):
        raise DataError(f"an array with {array.ndim} axes", where=where, allowed="one (sample) or two (sample, column)")
    matrix = array[:, None] if array.ndim == 1 else array
    names = list(names) if names is not None else [f"x{k + 1}" for k in range(matrix.shape[1])]
    if len(names) != matrix.shape[1]:
        raise DataError(
            f"an array with {_counted(matrix.shape[1])} where {_counted(len(names))} belong",
            where=where,
            given=f"shape {array.shape}",
            allowed=f"[sample, {len(names)}]: {', '.join(names[:SHOWN])}{' ...' * (len(names) > SHOWN)}",
        )
    return pl.DataFrame({name: _series(name, matrix[:, k], where) for k, name in enumerate(names)})


def _counted(columns: int) -> str:
    return f"{columns} column{'s' * (columns != 1)}"


def _from_dict(columns: Mapping[Any, Any], where: str) -> pl.DataFrame:
    named = {str(name): _column(str(name), values, where) for name, values in columns.items()}
    heights = {name: len(values) for name, values in named.items()}
    if len(set(heights.values())) > 1:
        shown = ", ".join(f"{name}: {size}" for name, size in heights.items())
        raise DataError(f"columns of different lengths ({shown})", where=where)
    return pl.DataFrame(named)


def _column(name: str, values: Any, where: str) -> pl.Series:
    """A column of a dict: an array, a list, or a series of any library."""
    if isinstance(values, (str, bytes)) or (np.ndim(values) == 0 and not hasattr(values, "__len__")):
        raise DataError(
            "one value where a column of values belongs",
            where=f"{where}, column '{name}'",
            given=repr(values),
            instead=f"a list, also of a single row: {{'{name}': [{values!r}]}}",
        )
    if hasattr(values, "categories") and hasattr(values, "codes"):  # pandas.Categorical, which is no series
        return as_declared(name, list(values), values.categories.tolist() if values.ordered else ())
    series = nw.from_native(values, series_only=True, pass_through=True)
    return _native_series(name, series, where) if isinstance(series, nw.Series) else _series(name, values, where)


def _from_native(data: Any, where: str) -> pl.DataFrame:
    _require_distinct([str(name) for name in getattr(data, "columns", ()) if isinstance(name, str)], where)
    try:
        frame = nw.from_native(data, eager_only=True)
    except TypeError:
        raise DataError(
            "not a table",
            where=where,
            given=type(data).__name__,
            allowed="a path, a pandas, polars or pyarrow table, a numpy array or a dict of columns",
            instead=_cure(data),
        ) from None
    except (nw.exceptions.DuplicateError, ValueError) as error:
        raise DataError(f"the table cannot be read: {error}", where=where) from None
    names = [str(name) for name in frame.columns]
    _require_distinct(names, where)
    series = zip(names, frame.iter_columns(), strict=True)
    return pl.DataFrame({name: _native_series(name, column, where) for name, column in series})


def _cure(data: Any) -> str:
    """How to make a table of what is none."""
    if hasattr(data, "to_frame") and hasattr(data, "index"):
        return "of one row of a pandas table, row.to_frame().T; of one column, column.to_frame()"
    if isinstance(data, tuple) and len(data) == 2:
        return "one table that holds the target as well, or isinglass.Regressor().fit(X, y), or Classifier"
    if isinstance(data, list) and data and all(isinstance(row, Mapping) for row in data):
        return "pandas.DataFrame(rows), or polars.DataFrame(rows), of such a list"
    return ""


def _require_distinct(names: Sequence[str], where: str) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        shown = ", ".join(f"'{name}'" for name in repeated)
        raise DataError(
            f"column names occur more than once: {shown}", where=where, instead="give every column a name of its own."
        )


def _native_series(name: str, series: nw.Series[Any], where: str) -> pl.Series:
    series = as_plain(series)
    if series.dtype == nw.Object:
        return _series(name, series.to_list(), where)
    if series.dtype in (nw.Categorical, nw.Enum):
        return as_declared(name, series.to_list(), order_of(series))
    try:
        return series.to_polars().alias(name)
    except (ModuleNotFoundError, NotImplementedError):  # polars reads pandas columns through pyarrow, where it is there
        return _series(name, series.to_list(), where)
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise DataError(
            f"a column of a type that cannot be read: {str(error).splitlines()[0]}",
            where=f"{where}, column '{name}'",
            given=str(series.to_native().dtype),
            instead="numbers, text, booleans, dates or categories.",
        ) from None


def _series(name: str, values: Any, where: str) -> pl.Series:
    """One column; NaN among objects is a missing value."""
    if isinstance(values, np.ndarray) and values.dtype == object:
        values = values.tolist()
    if isinstance(values, list):
        values = [None if isinstance(value, float) and value != value else value for value in values]
    try:
        return pl.Series(name, values, strict=True)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        return _mixed(name, values, where)


def _mixed(name: str, values: Any, where: str) -> pl.Series:
    """Numbers of several kinds become floats; anything else has no meaning as one column."""
    numbers = (int, float, np.number, np.bool_)
    odd = next((k for k, v in enumerate(values) if v is not None and not isinstance(v, numbers)), None)
    if odd is None:
        return pl.Series(name, [None if v is None else float(v) for v in values], pl.Float64)
    raise DataError(
        "values of different types in one column",
        where=f"{where}, row {odd + 1}, column '{name}'",
        given=repr(values[odd]),
        instead="make the column all numbers or all text.",
    )
