"""A row of units below the header."""

from __future__ import annotations

import polars as pl
import pytest

from isinglass.data.tables.sources import delimited
from isinglass.data.tables.sources.csv_units import absorb_units, is_unit
from isinglass.data.tables.sources.frame import LazyFrame, materialise
from isinglass.data.tables.sources.table import open_table

UNITS = (
    "degC|°C|K|m/s|m s-1|m s**-1|W m-2|(W/m^2)|[kg m-2 s-1]|%|hPa|µg/m3|W.m-2|degrees_north|mol/mol|m s⁻¹|10^3 m3/s|"
    "ppm|mm/day|km h-1|psu"
)


@pytest.mark.parametrize("text", UNITS.split("|"))
def test_units(text):
    assert is_unit(text)


@pytest.mark.parametrize("text", ["Bob", "foo", "5", "10", "1/10", "2020-01-01", "yes", "north", "", "-", "baz"])
def test_no_units(text):
    assert not is_unit(text)


def frame(first: str, *, header: str = "name,sst,wind") -> pl.DataFrame:
    rows = [first, "a,1.5,2", "b,2.5,3", "c,3.5,4"]
    return pl.DataFrame([row.split(",") for row in rows], schema=header.split(","), orient="row")


@pytest.mark.parametrize(
    ("first", "names"),
    [
        (",degC,m/s", ["name", "sst [degC]", "wind [m/s]"]),
        ("-,degC,", ["name", "sst [degC]", "wind"]),
        ("UTC,(K),[m s-1]", ["name", "sst [K]", "wind [m s-1]"]),
    ],
)
def test_they_join_the_names(first, names):
    found, notes = absorb_units(frame(first))
    assert found.columns == names
    assert found.height == 3
    assert found["name"].to_list() == ["a", "b", "c"]
    assert "The first row holds units" in notes[0]


@pytest.mark.parametrize("first", ["d,4.5,5", "d,degC,5", "Bob,m,s", "d,bad,bad", ",,", "x,-,-"])
def test_rows_of_values_stay(first):
    table = frame(first)
    assert absorb_units(table) == (table, ())


def test_text_alone_has_no_units():
    table = pl.DataFrame({"sex": ["M", "F", "M"], "size": ["L", "S", "M"]})
    assert absorb_units(table) == (table, ())


def test_units_in_the_header_stay():
    found, _ = absorb_units(frame(",degC,m/s", header="name,sst [K],wind"))
    assert found.columns == ["name", "sst [K]", "wind [m/s]"]


def test_large_files_are_scanned(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "IN_MEMORY", 10)
    frame(",degC,m/s").write_csv(tmp_path / "t.csv")
    table = open_table(tmp_path / "t.csv")
    assert isinstance(table.frame, LazyFrame)
    assert table.frame.height == 3
    assert materialise(table.frame)["sst [degC]"].to_list() == ["1.5", "2.5", "3.5"]
