"""What of new rows is carried beside their predictions: who, when and where they are."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

import polars as pl

from isinglass.data.rows import Carried
from isinglass.data.tables.columns import Header, is_identifier, read_headers
from isinglass.data.tables.parsing import typed
from isinglass.data.tables.schema import Schema
from isinglass.data.tables.sources.frame import Frame, materialise
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe
from isinglass.spec import Kind

NAMES = re.compile(r"(^|[_\s.-])(id|ids|name|code|key)$|^(id|uid|uuid|fid|row|index|station|site)([_\s.-]|$)")
"""Columns that no network was given and that say which row it is."""


def carried(frame: Frame, schema: Schema, recipe: DataRecipe, *, where: str) -> dict[str, pl.Series]:
    """The study's group, time and place, dates among the inputs, and columns that name the rows."""
    headers = read_headers(frame.columns)
    asked = {recipe.group, recipe.time, recipe.latitude, recipe.longitude} - {""}
    dates = {column.name for column in schema.columns if column.kind is Kind.DATETIME}
    inputs = {column.name for column in schema.columns} | {target.name for target in schema.targets}
    found = {}
    for header in headers:
        declared = header.name in asked or header.text in asked or header.name in dates
        if header.name in inputs and not declared:
            continue
        series = _series(frame, header, where)
        if declared or NAMES.search(header.name.lower()) or _names_rows(series):
            found[header.name] = series
    return found


def _names_rows(series: pl.Series) -> bool:
    """Text that differs in nearly every row, or dates."""
    return series.dtype.is_temporal() or (series.dtype == pl.String and is_identifier(series))


def _series(frame: Frame, header: Header, where: str) -> pl.Series:
    series = materialise(frame, [header.text])[header.text].alias(header.name)
    try:
        found = typed(series, where=where)
    except DataError:
        return series
    days = series.dtype == pl.String and isinstance(found.dtype, pl.Datetime) and (found.dt.time() == time()).all()
    return found.cast(pl.Date) if days else found


def native_of(rows: Any) -> Carried:
    """Whose table some rows are, with a pandas table's index."""
    home = type(rows).__module__.partition(".")[0]
    if home == "pandas" and hasattr(rows, "columns"):
        return Carried(native="pandas", index=rows.index)
    return Carried(native="polars" if home == "polars" else "")
