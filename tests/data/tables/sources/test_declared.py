"""What the type of a column says wins over what its values look like."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pytest

from isinglass.data import Dataset, from_frame, to_polars
from isinglass.errors import DataError
from isinglass.kinds.opening import load
from isinglass.recipe import DataRecipe
from isinglass.spec import Kind, Task

N = 60
CODES = np.arange(N) % 4 + 1
Y = np.random.default_rng(1).normal(size=N)


def study(column: Any, **recipe: Any) -> Dataset:
    frame = column if not isinstance(column, (pd.Series, pd.Categorical, list)) else pd.DataFrame({"c": column, "y": Y})
    return from_frame(to_polars(frame), DataRecipe(source="t", target="y", **recipe), name="t")


DECLARED = {
    "pandas category of whole numbers": pd.Series(CODES).astype("category"),
    "pandas category of floats": pd.Series(CODES * 1.0).astype("category"),
    "pandas category of texts": pd.Series(CODES.astype(str)).astype("category"),
    "pandas on an Arrow dictionary": pd.Series(pd.arrays.ArrowExtensionArray(pa.array(CODES).dictionary_encode())),
    "polars Categorical": pl.DataFrame({"c": pl.Series(CODES).cast(pl.String).cast(pl.Categorical), "y": Y}),
    "polars Enum": pl.DataFrame({"c": pl.Series(CODES).cast(pl.String).cast(pl.Enum(list("12345"))), "y": Y}),
    "Arrow dictionary of numbers": pa.table({"c": pa.array(CODES).dictionary_encode(), "y": Y}),
    "Arrow dictionary of texts": pa.table({"c": pa.array(CODES.astype(str)).dictionary_encode(), "y": Y}),
    "dict of a Categorical": {"c": pd.Categorical(CODES), "y": Y},
    "dict of a series": {"c": pd.Series(CODES).astype("category"), "y": Y},
}


@pytest.mark.parametrize("column", DECLARED.values(), ids=list(DECLARED))
def test_declared_categories_are_categories(column: Any) -> None:
    found = study(column)
    assert found.schema.columns[0].kind is Kind.CATEGORICAL
    assert found.schema.columns[0].categories == ("1", "2", "3", "4")
    assert found.inputs[:5].tolist() == [*np.eye(4).tolist(), [1, 0, 0, 0]]
    plain = found.schema.encode(pl.DataFrame({"c": [2, 4]}))  # new rows may be plain numbers
    assert plain.tolist() == [[0, 1, 0, 0], [0, 0, 0, 1]]
    assert study(column, kinds={"c": Kind.COUNT}).inputs[:4, 0].tolist() == [1, 2, 3, 4]  # the recipe has the last word


def test_a_declared_target_is_a_class() -> None:
    frame = pd.DataFrame({"c": pd.Series(CODES).astype("category"), "y": Y})
    found = from_frame(to_polars(frame), DataRecipe(source="t", target="c"), name="t")
    assert found.schema.task is Task.CLASSIFICATION
    assert found.schema.classes == ("1", "2", "3", "4")


@pytest.mark.parametrize("names", [["low", "mid", "high", "top"], [40, 30, 20, 10]])
def test_ordered_categories_keep_their_order(names: list[Any]) -> None:
    column = pd.Categorical.from_codes((3 * CODES) % 4, names, ordered=True)
    assert study(column).schema.columns[0].categories == tuple(map(str, names))


def test_names_of_declared_categories_are_no_markers() -> None:
    assert study(pd.Categorical(np.where(CODES > 2, "NA", "-"))).schema.columns[0].categories == ("-", "NA")


def test_a_declared_category_without_a_value_is_missing() -> None:
    found = study(pd.Series(CODES).where(CODES > 1).astype("category"))
    assert found.schema.columns[0].categories == ("2", "3", "4")
    assert found.inputs[:, 3].sum() == N / 4


@pytest.mark.parametrize("write", ["to_parquet", "to_feather"])
@pytest.mark.parametrize("values", [CODES, CODES.astype(str)], ids=["numbers", "texts"])
def test_files_of_pandas_keep_it(write: str, values: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / f"table.{write[3:]}"
    getattr(pd.DataFrame({"c": pd.Series(values).astype("category"), "y": Y}), write)(path)
    assert load(DataRecipe(source=str(path), target="y")).schema.columns[0].categories == ("1", "2", "3", "4")


def test_files_of_arrow_and_polars_keep_it(tmp_path: Path) -> None:
    table = pa.table({"c": pa.array(CODES).dictionary_encode(), "y": Y})
    pyarrow.feather.write_feather(table, str(tmp_path / "a.feather"))
    DECLARED["polars Categorical"].write_parquet(tmp_path / "b.parquet")
    for name in ("a.feather", "b.parquet"):
        found = load(DataRecipe(source=str(tmp_path / name), target="y"))
        assert found.schema.columns[0].categories == ("1", "2", "3", "4"), name


@pytest.mark.parametrize(
    ("column", "kind", "first"),
    [
        (pd.Series(CODES).astype("Int64").where(CODES > 1), Kind.COUNT, [np.nan, 2, 3, 4]),
        (pd.Series(CODES > 2).astype("boolean").where(CODES > 1), Kind.BOOLEAN, [np.nan, 0, 1, 1]),
        (pd.Series(np.where(CODES > 2, "b", "a")).astype("string"), Kind.CATEGORICAL, [1, 1, 0, 0]),
        (pd.Series(pd.to_timedelta(CODES, "D")), Kind.CONTINUOUS, [1, 2, 3, 4]),
        (pd.Series([Decimal(int(code)) / 4 for code in CODES]), Kind.CONTINUOUS, [0.25, 0.5, 0.75, 1]),
        (pd.Series([None if c == 1 else Decimal(int(c)) / 4 for c in CODES]), Kind.CONTINUOUS, [np.nan, 0.5, 0.75, 1]),
        (pd.Series([date(2000, 1, int(code)) for code in CODES]), Kind.DATETIME, [0, 1, 2, 3]),
        (pd.Series(pd.arrays.SparseArray(np.where(CODES > 3, 1.5, 0.0))), Kind.CONTINUOUS, [0, 0, 0, 1.5]),
        (pd.Series(pd.arrays.SparseArray(CODES > 3, fill_value=False)), Kind.BOOLEAN, [0, 0, 0, 1]),
        (pd.Series(pd.arrays.SparseArray(np.where(CODES > 3, CODES, 0), fill_value=0)), Kind.COUNT, [0, 0, 0, 4]),
        (pd.Series(pd.arrays.SparseArray(np.where(CODES > 1, CODES, np.nan))), Kind.CONTINUOUS, [np.nan, 2, 3, 4]),
    ],
)
def test_other_types(column: pd.Series, kind: Kind, first: list[float]) -> None:
    found = study(column)
    assert found.schema.columns[0].kind is kind
    np.testing.assert_allclose(found.inputs[:4, 0], first, rtol=1e-6)


def test_periods_are_dates_and_intervals_categories() -> None:
    assert study(pd.Series(pd.period_range("2020-01", periods=N, freq="M"))).schema.columns[0].kind is Kind.DATETIME
    bands = study(pd.Series(pd.arrays.IntervalArray.from_breaks(np.arange(5))).take((CODES - 1).tolist()))
    assert bands.schema.columns[0].categories == ("(0, 1]", "(1, 2]", "(2, 3]", "(3, 4]")
    cut = study(pd.Series(pd.cut(CODES, [-10, 2, 10])))
    assert cut.schema.columns[0].categories == ("(-10, 2]", "(2, 10]")


def test_decimals_of_polars() -> None:
    frame = pl.DataFrame({"c": [Decimal(int(code)) / 4 for code in CODES], "y": Y})
    assert study(frame).inputs[:4, 0].tolist() == [0.25, 0.5, 0.75, 1]


def test_mixed_objects_are_an_error_that_names_the_column() -> None:
    with pytest.raises(DataError, match="row 2, column 'c'"):
        study(pd.Series([1, "a"] * (N // 2), dtype=object))


def test_land_cover(shared: Path) -> None:
    table = pd.read_csv(shared.parent / "cases" / "08-category-dtype" / "land.csv")
    table["land_cover"] = table["land_cover"].astype("category")
    found = from_frame(to_polars(table), DataRecipe(source="t", target="y"), name="t")
    assert found.schema.columns[0].kind is Kind.CATEGORICAL
