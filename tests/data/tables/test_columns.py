"""Headers, kinds and category names."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from isinglass.data.tables.columns import (
    boolean_pair,
    categories_of,
    infer_kind,
    is_identifier,
    is_row_counter,
    split_unit,
)
from isinglass.data.tables.dates.columns import clock
from isinglass.data.tables.parsing import labels, typed
from isinglass.errors import DataError
from isinglass.spec import Kind


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("sst [degC]", "sst", "degC"),
        ("sst[degC]", "sst", "degC"),
        (" wind speed [m s-1] ", "wind speed", "m s-1"),
        ("chlorophyll (surface)", "chlorophyll (surface)", ""),
        ("[K]", "[K]", ""),
        ("ratio []", "ratio", ""),
        ("a [b] c", "a [b] c", ""),
    ],
)
def test_units_in_square_brackets(header: str, name: str, unit: str) -> None:
    assert split_unit(header) == (name, unit)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.5, 2.5], Kind.CONTINUOUS),
        ([1.0, 2.0], Kind.CONTINUOUS),
        ([-1, 2], Kind.CONTINUOUS),
        ([0, 7, None], Kind.COUNT),
        ([0, 1, 1], Kind.BOOLEAN),
        ([True, False], Kind.BOOLEAN),
        (["yes", "no", None], Kind.BOOLEAN),
        (["T", "F"], Kind.BOOLEAN),
        (["M", "F"], Kind.CATEGORICAL),
        (["a", "b", "c"], Kind.CATEGORICAL),
        ([date(2020, 1, 1)], Kind.DATETIME),
        ([None, None], None),
        ([[1], [2]], None),
        ([b"x"], None),
    ],
)
def test_kinds(values: list, kind: Kind | None) -> None:
    assert infer_kind(pl.Series("x", values)) == kind


def test_one_category_has_one_name_however_it_is_written() -> None:
    assert labels(pl.Series(["3", "3.0", "03", "a", "NA", "True", " b "])).to_list() == [
        "3", "3", "3", "a", None, "true", "b",
    ]  # fmt: skip
    assert labels(pl.Series([3.0, 3.5, float("nan")])).to_list() == ["3", "3.5", None]
    assert labels(pl.Series([3, None])).to_list() == ["3", None]
    assert labels(pl.Series([True])).to_list() == ["true"]
    assert labels(pl.Series(["0.5"])).to_list() == labels(pl.Series([0.5])).to_list()


def test_category_order_and_pairs() -> None:
    assert categories_of(pl.Series([10, 9, 2])) == ("2", "9", "10")
    assert categories_of(pl.Series(["b", "a", None, "a"])) == ("a", "b")
    assert boolean_pair(pl.Series(["No", "Yes"])) == ("No", "Yes")
    assert boolean_pair(pl.Series(["No", "no", "Yes"])) is None


def test_identifiers_and_row_counters() -> None:
    assert is_identifier(pl.Series([f"n{k}" for k in range(50)]))
    assert not is_identifier(pl.Series([f"n{k % 40}" for k in range(50)]))
    assert not is_identifier(pl.Series(["a", "b", "c"]))
    assert is_row_counter(pl.Series(np.arange(1, 30)))
    assert not is_row_counter(pl.Series(np.arange(2, 31)))
    assert not is_row_counter(pl.Series([1, 2, 4] * 10))


@pytest.mark.parametrize(
    "text",
    ["2020-02-03", "2020/02/03", "03.02.2020", "2020-02-03T00:00:00", "2020-02-03 00:00", "2020-02-03T00:00:00Z",
     "2020-02-03T00:00:00.000+02:00", "2020-02-03 00:00:00", "20200203T000000"],
)  # fmt: skip
def test_forms_of_dates(text: str) -> None:
    assert typed(pl.Series("t", [text, None])).to_list() == [datetime(2020, 2, 3), None]


def test_months_are_their_first_day() -> None:
    assert typed(pl.Series("t", ["2020-02", "2020-03"])).to_list() == [datetime(2020, 2, 1), datetime(2020, 3, 1)]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["2020-01-01", "2020-01-02", "2020-13-03"], "row 3, column 't': not a date like the others.*2020-13-03"),
        (["soon", "2020-01-02", "2020-01-03"], "row 1, column 't': not a date like the others"),
        (["13/02/2020", "14/02/2020", "02/15/2020"], "row 3, column 't': not a date like"),
        (["1,234", "2,345", "x"], "row 1, column 't': a number with a comma"),
    ],
)
def test_columns_that_are_mostly_something(values: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        typed(pl.Series("t", values))
    assert typed(pl.Series("t", values), kind=Kind.CATEGORICAL).to_list() == values


def test_slashes_that_only_one_reading_fits() -> None:
    assert clock(pl.Series("t", ["13/02/2020", "01/02/2020"])).to_list()[1] == datetime(2020, 2, 1)
    assert clock(pl.Series("t", ["02/13/2020", "01/02/2020"])).to_list()[1] == datetime(2020, 1, 2)


def test_other_date_types() -> None:
    assert clock(pl.Series("t", [20200203])).to_list() == [datetime(2020, 2, 3)]
    zoned = pl.Series("t", [datetime(2020, 2, 3, 4, tzinfo=UTC)])
    assert clock(zoned).to_list() == [datetime(2020, 2, 3, 4)]


def test_text_that_looks_like_few_numbers_stays_text() -> None:
    assert typed(pl.Series("x", ["1", "a", "b"])).dtype == pl.String
    assert typed(pl.Series("x", ["1", "2", "x"]), kind=Kind.CATEGORICAL).dtype == pl.String
