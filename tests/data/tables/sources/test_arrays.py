"""Frames and arrays of other libraries."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from isinglass.data import to_polars
from isinglass.data.tables.sources.indexes import with_index
from isinglass.errors import DataError

COLUMNS = {"a": [1.5, None, 3.0], "b": ["x", None, "z"], "c": [1, 2, 3], "d": [True, False, None]}


@pytest.mark.parametrize("make", [pl.DataFrame, pl.LazyFrame, pd.DataFrame, pa.table, dict])
def test_every_library_gives_the_same_table(make) -> None:
    frame = to_polars(make(COLUMNS))
    assert frame.columns == list(COLUMNS)
    assert frame["a"].fill_nan(None).to_list() == [1.5, None, 3.0]
    assert frame["b"].to_list() == ["x", None, "z"]
    assert frame["c"].to_list() == [1, 2, 3]
    assert frame["d"].to_list() == [True, False, None]


def test_pandas_categories_dates_and_number_names() -> None:
    frame = pd.DataFrame({0: pd.Categorical(["u", "v"]), 1: pd.to_datetime(["2020-01-01", None])}, index=[7, 9])
    taken = to_polars(frame)
    assert taken.columns == ["0", "1"]
    assert taken["0"].to_list() == ["u", "v"]
    assert taken["1"].null_count() == 1
    assert isinstance(taken["1"].dtype, pl.Datetime)


def test_numpy_arrays() -> None:
    assert to_polars(np.zeros((2, 3))).columns == ["x1", "x2", "x3"]
    assert to_polars(np.zeros(4), names=["sst"]).shape == (4, 1)
    structured = np.array([(1, 2.0)], dtype=[("i", int), ("f", float)])
    assert to_polars(structured).columns == ["i", "f"]
    mixed = np.array([[1, "a"], [2, "b"]], dtype=object)
    assert to_polars(mixed).dtypes == [pl.Int64, pl.String]


def test_numbers_of_several_kinds_are_floats() -> None:
    assert to_polars({"a": [1, 2.5, None]})["a"].to_list() == [1.0, 2.5, None]


def test_complex_numbers_are_objects_that_no_feature_is_made_of() -> None:
    assert to_polars(pd.DataFrame({"a": [1j, 2.0]})).dtypes == [pl.Object]


def test_refused() -> None:
    with pytest.raises(DataError, match=r"row 3, column 'a': values of different types.*'x'"):
        to_polars(pd.DataFrame({"a": [1, 2, "x"]}))
    with pytest.raises(DataError, match="3 axes"):
        to_polars(np.zeros((2, 2, 2)))
    with pytest.raises(DataError, match=r"not a table.*object.*pandas"):
        to_polars(object())
    with pytest.raises(DataError, match="more than once: '1'"):
        to_polars(pd.DataFrame([[1, 2]], columns=["1", "1"]))
    with pytest.raises(DataError, match="more than once: '1'"):
        to_polars(pd.DataFrame([[1, 2]], columns=["1", 1]))
    with pytest.raises(DataError, match=r"different lengths \(a: 2, b: 3\)"):
        to_polars({"a": [1, 2], "b": [1, 2, 3]})
    with pytest.raises(DataError, match=r"3 columns where 2 columns belong. Given: shape \(2, 3\)"):
        to_polars(np.zeros((2, 3)), names=["a", "b"])


@pytest.mark.parametrize("value", [0.1, "x", 3, None, np.float64(2.0)])
def test_one_value_is_no_column(value) -> None:
    with pytest.raises(DataError, match=r"column 'a': one value where a column.*\{'a': \["):
        to_polars({"a": value})


@pytest.mark.parametrize(
    ("given", "cure"),
    [
        (pd.DataFrame({"a": [1.0], "b": ["x"]}).iloc[0], r"row\.to_frame\(\)\.T"),
        ((np.zeros((3, 2)), np.zeros(3)), r"Regressor\(\)\.fit\(X, y\)"),
        ([{"a": 1.0}], r"pandas\.DataFrame\(rows\)"),
    ],
)
def test_what_is_no_table_says_how_to_make_one(given, cure: str) -> None:
    with pytest.raises(DataError, match=rf"not a table.*{cure}"):
        to_polars(with_index(given)[0])
