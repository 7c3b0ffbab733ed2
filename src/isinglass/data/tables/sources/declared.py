"""Columns whose type says what they are: categories of pandas, polars and Arrow; sparse columns, periods, intervals."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl


def as_declared(name: str, values: Iterable[Any], order: Sequence[Any] = ()) -> pl.Series:
    """A column declared to hold categories, whatever their names look like: numbers stay names.

    Args:
        name: of the column.
        values: its cells; None or NaN where there is no value.
        order: all categories in their order, where they have one.
    """
    texts = pl.Series(name, [_text(value) for value in values], pl.String)
    names = [text for value in order if (text := _text(value)) is not None]
    return texts.cast(pl.Enum(names) if order else pl.Categorical())


def order_of(series: nw.Series[Any]) -> tuple[Any, ...]:
    """All categories in their order, where the type has one."""
    kind = getattr(series.to_native(), "dtype", None)
    if getattr(kind, "ordered", False):  # pandas, with names of any type
        return tuple(kind.categories)  # type: ignore[union-attr]
    return tuple(series.dtype.categories) if isinstance(series.dtype, nw.Enum) else ()


def _text(value: Any) -> str | None:
    if value is None or str(value) in ("<NA>", "NaT", "nan"):  # what pandas has for no value
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_plain(series: nw.Series[Any]) -> nw.Series[Any]:
    """Pandas' sparse columns made dense, periods as their first moment, intervals as categories."""
    native = series.to_native()
    kind = str(getattr(native, "dtype", ""))
    if kind.startswith("Sparse["):
        native = native.sparse.to_dense()
    elif kind.startswith("period["):
        native = native.dt.to_timestamp()
    elif kind.startswith("interval["):
        native = native.astype(object).where(native.notna(), None).map(str, na_action="ignore").astype("category")
    else:
        return series
    return nw.from_native(native, series_only=True)


def declared_in(path: Path) -> frozenset[str]:
    """The columns of a Parquet or Feather file that its writer declared to hold categories.

    polars reads a dictionary of numbers as its numbers. Parquet keeps only what pandas wrote beside the columns;
    Feather is asked through pyarrow, where it is there.
    """
    if path.suffix in (".parquet", ".pq"):
        columns = json.loads(pl.read_parquet_metadata(path).get("pandas", "{}")).get("columns", [])
        return frozenset(str(c["name"]) for c in columns if c.get("pandas_type") == "categorical")
    try:
        import pyarrow as pa
        import pyarrow.ipc
    except ModuleNotFoundError:
        return frozenset()
    try:
        schema = pyarrow.ipc.open_file(str(path)).schema
    except (pa.ArrowException, OSError):
        return frozenset()  # polars will say what is wrong with the file
    return frozenset(field.name for field in schema if pa.types.is_dictionary(field.type))
