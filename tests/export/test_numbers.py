"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest

from isinglass.evaluation.report import ColumnSummary
from isinglass.export.numbers import THIN, decimals, duration, far_places, fixed, number, percentile, with_interval
from isinglass.spec import Kind


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.14159, "3.14"),
        (0.5, "0.5"),
        (0.9, "0.9"),
        (20640, "20\u202f640"),
        (1234567.0, "1\u202f234\u202f567"),
        (-4.0, "−4"),
        (-0.3049, "−0.305"),
        (0.0, "0"),
        (0.00012, "0.00012"),
        (1.2345e-5, "1.23\u202f×\u202f10⁻⁵"),
        (3.0e12, "3.00\u202f×\u202f10¹²"),
        (1234.5, "1\u202f234"),
        (220.5, "220"),
        (110.25, "110"),
        (-299.7, "−300"),
        (99.96, "100"),
        (10.04, "10"),
        (math.nan, "–"),
        (math.inf, "–"),
        (None, "–"),
    ],
)
def test_number(value: float | None, text: str):
    assert number(value) == text


def test_an_interval_decides_the_digits():
    assert with_interval(3.41234, 3.1, 3.72) == ("3.41", "3.10 to 3.72")
    assert with_interval(0.891234, 0.8831, 0.9012) == ("0.8912", "0.8831 to 0.9012")
    assert with_interval(12345.6, 11000.0, 14000.0) == ("12\u202f346", "11\u202f000 to 14\u202f000")
    assert with_interval(-0.2, -0.9, 0.14) == ("−0.20", "−0.90 to 0.14")
    assert with_interval(3.41234, 3.1, 3.72, places=1) == ("3.4", "3.1 to 3.7")
    assert with_interval(2.5e-7, 1e-7, 4e-7)[0].startswith("2.50")


def test_without_an_interval():
    assert with_interval(3.41234, math.nan, math.nan) == ("3.41", "")
    assert with_interval(math.nan, 1.0, 2.0) == ("–", "")
    assert with_interval(None, 1.0, 2.0) == ("–", "")
    assert decimals(1.0, 1.0) == 3
    assert decimals(0.0, 1e-30) == 8


def test_percentiles_of_dates_are_dates():
    column = ColumnSummary("day", "input", Kind.DATETIME)
    assert percentile(column, 31.4) == "2000-02-01"
    assert percentile(column, None) == "–"
    assert percentile(ColumnSummary("sst", "input", Kind.CONTINUOUS), 31.4) == "31.4"


def test_minus_zero_has_no_sign():
    assert fixed(-0.001, 2) == "0.00"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.417, "0.42 s"),
        (18.4, "18 s"),
        (59.7, "1 min 00 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 05 min"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_duration(seconds: float | None, text: str):
    assert duration(seconds).replace("\u202f", " ") == text


def test_a_column_far_from_zero_shows_the_digits_in_which_it_varies() -> None:
    pressure = ColumnSummary("p", "input", Kind.CONTINUOUS, low=101_324_998.2, middle=101_325_000.0, high=101_325_001.9)
    assert percentile(pressure, 101_324_998.24) == "101 324 998.24".replace(" ", THIN)
    near = ColumnSummary("t", "input", Kind.CONTINUOUS, low=268.0, middle=285.0, high=301.0)
    assert percentile(near, 285.04) == "285"
    either = ColumnSummary("x", "input", Kind.CONTINUOUS, low=-1e-9, middle=0.0, high=1e-9)
    assert far_places(either) is None
