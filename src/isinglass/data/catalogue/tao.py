"""The built-in table: buoys of the Tropical Atmosphere Ocean array in the equatorial Pacific, 1993 and 1997."""

from __future__ import annotations

from importlib.resources import as_file, files

import polars as pl

from isinglass.data.tables.parsing import typed
from isinglass.data.tables.sources.frame import Table
from isinglass.data.tables.sources.table import open_table


def open_tao() -> Table:
    """736 daily rows of eight buoy-years; `location` names the buoy-year, as in '0N 110W 1997'."""
    resource = files("isinglass.data.catalogue") / "files" / "tao.csv"
    with as_file(resource) as path:
        table = open_table(path)
        frame = pl.DataFrame([typed(table.frame[name], where="tao") for name in table.frame.columns])
    return Table(frame.with_columns(_location()), "tao")


def _location() -> pl.Expr:
    latitude, longitude = pl.col("Latitude"), pl.col("Longitude")
    return pl.format(
        "{}{} {}{} {}",
        latitude.abs(),
        pl.when(latitude < 0).then(pl.lit("S")).otherwise(pl.lit("N")),
        longitude.abs(),
        pl.when(longitude < 0).then(pl.lit("W")).otherwise(pl.lit("E")),
        pl.col("Year"),
    ).alias("location")
