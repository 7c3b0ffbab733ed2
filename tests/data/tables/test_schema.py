"""New rows become the same numbers as the rows of training."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from isinglass.data import Schema, from_frame, read_table
from isinglass.data.tables.parsing import typed
from isinglass.data.tables.sources import open_table
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe
from isinglass.spec import Kind


def frame(rows: int = 60) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    hours = [datetime(2020, 1, 1) + timedelta(hours=7 * k) for k in range(rows)]
    return pl.DataFrame(
        {
            "t [K]": rng.normal(300, 1, rows),
            "n": rng.integers(0, 9, rows),
            "sky": rng.choice(["clear", "rain"], rows),
            "station": [f"s{k % 20}" for k in range(rows)],
            "wet": rng.choice([True, False], rows),
            "when": hours,
            "code": rng.choice([1.0, 2.0, 2.5], rows),
            "y": rng.normal(size=rows),
        }
    )


@pytest.fixture
def schema() -> Schema:
    return from_frame(frame(), RECIPE, name="t").schema


RECIPE = DataRecipe(source="t", target=("y",), kinds={"code": Kind.CATEGORICAL})


def test_features_in_order_codes_last(schema: Schema) -> None:
    kinds = [feature.kind for feature in schema.features]
    names = [feature.name for feature in schema.features]
    assert names[:5] == ["t", "n", "sky=clear", "sky=rain", "wet"]
    assert kinds[-1] == "code"
    assert names[-1] == "station"
    assert schema.cardinalities == (21,)
    assert {"when days", "when year sin", "when day cos", "code=2.5"} <= set(names)


def test_encoding_equals_that_of_training(schema: Schema) -> None:
    data = from_frame(frame(), RECIPE, name="t")
    np.testing.assert_array_equal(schema.encode(frame()), data.inputs)
    np.testing.assert_array_equal(schema.encode_targets(frame()), data.targets)


def test_text_file_pandas_and_one_row_give_the_same_numbers(schema: Schema, tmp_path: Path) -> None:
    expected = schema.encode(frame())
    frame().write_csv(tmp_path / "a.csv")
    np.testing.assert_array_equal(schema.encode(open_table(tmp_path / "a.csv").frame), expected)
    np.testing.assert_array_equal(schema.encode(read_table(tmp_path / "a.csv")), expected)
    for row in (0, 17):
        np.testing.assert_array_equal(schema.encode(frame()[row : row + 1]), expected[row : row + 1])


def test_reordered_and_extra_columns(schema: Schema) -> None:
    more = frame().select(sorted(frame().columns, reverse=True)).with_columns(extra=pl.lit(1), also=pl.lit(2))
    np.testing.assert_array_equal(schema.encode(more), schema.encode(frame()))
    assert schema.examine(more) == ("2 columns are not used: extra, also.",)
    assert schema.examine(frame().drop("y")) == ()


def test_missing_columns_are_named(schema: Schema) -> None:
    with pytest.raises(DataError, match=r"new\.csv: 2 columns are missing: t, sky"):
        schema.encode(frame().drop("t [K]", "sky"), where="new.csv")
    with pytest.raises(DataError, match=r"no column 'sky'.*did you mean 'Sky'"):
        schema.encode(frame().rename({"sky": "Sky"}))


def test_a_unit_may_be_absent_but_not_another(schema: Schema) -> None:
    np.testing.assert_array_equal(schema.encode(frame().rename({"t [K]": "t"})), schema.encode(frame()))
    with pytest.raises(DataError, match=r"unit of 't' has changed.*\[degC\].*\[K\]"):
        schema.encode(frame().rename({"t [K]": "t [degC]"}))


def test_unknown_categories_are_counted(schema: Schema) -> None:
    new = frame().with_columns(
        sky=pl.when(pl.arange(60) < 2).then(pl.lit("snow")).otherwise("sky"),
        station=pl.when(pl.arange(60) < 3).then(pl.lit("far")).otherwise("station"),
        n=pl.when(pl.arange(60) < 4).then(None).otherwise("n"),
    )
    inputs = schema.encode(new)
    names = [feature.name for feature in schema.features]
    assert inputs[:2, [names.index("sky=clear"), names.index("sky=rain")]].tolist() == [[0, 0], [0, 0]]
    assert inputs[:3, -1].tolist() == [0, 0, 0]
    assert np.isnan(inputs[:4, names.index("n")]).all()
    assert schema.examine(new) == (
        "n: 4 missing values; in training there were none.",
        "sky: 2 rows with categories never seen in training ('snow').",
        "station: 3 rows with categories never seen in training ('far').",
    )


def test_faults_in_new_rows_are_named(schema: Schema) -> None:
    text = frame().with_columns(n=pl.Series(["1"] * 30 + ["many"] * 30))
    with pytest.raises(DataError, match=r"new\.csv, row 31, column 'n': text in a numeric column \(30 such cells\)"):
        schema.encode(text, where="new.csv")
    with pytest.raises(DataError, match="row 60, column 't': an infinite value"):
        schema.encode(frame().with_columns(pl.Series("t [K]", [1.0] * 59 + [float("inf")])))
    with pytest.raises(DataError, match="row 2, column 'when': not a date"):
        schema.encode(frame().with_columns(when=pl.Series(["2020-01-01", *["later"] * 59])))
    with pytest.raises(DataError, match="'t': the column holds no numbers"):
        schema.encode(frame().with_columns(pl.lit(date(2020, 1, 1)).alias("t [K]")))


def test_more_classes_than_in_training() -> None:
    schema = from_frame(frame(), DataRecipe(source="t", target=("sky",)), name="t").schema
    assert schema.encode_targets(frame()[:1])[0, 0] in (0, 1)
    with pytest.raises(DataError, match=r"row 1, column 'sky': a class that was not there.*'snow'.*clear, rain"):
        schema.encode_targets(frame().with_columns(sky=pl.lit("snow")))


def test_written_as_json_and_read_back(schema: Schema) -> None:
    assert Schema.from_json(schema.to_json()) == schema
    assert Schema.from_json(json.loads(schema.to_json())) == schema
    assert Schema.from_json(schema.to_json()).features == schema.features


def test_date_time_parts_lie_on_a_circle() -> None:
    days = [date(2019, 1, 1) + timedelta(days=k) for k in range(800)]
    data = from_frame(
        pl.DataFrame({"d": days, "y": np.arange(800.0) % 7}), DataRecipe(source="t", target=("y",)), name="t"
    )
    names = [feature.name for feature in data.schema.features]
    assert names == ["d days", "d year sin", "d year cos", *(f"d {day}" for day in (
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))]  # fmt: skip
    np.testing.assert_allclose(data.inputs[:, 1] ** 2 + data.inputs[:, 2] ** 2, 1, rtol=1e-6)
    new_year = np.abs(data.inputs[364, 1:3] - data.inputs[365, 1:3]).max()
    assert new_year < 0.02  # 31 December is beside 1 January
    assert data.inputs[0, 3:].tolist() == [0, 1, 0, 0, 0, 0, 0]  # a Tuesday
    assert data.inputs[:, 3:].sum(axis=1).tolist() == [1.0] * 800


def test_monthly_dates_have_no_weekday() -> None:
    months = pl.date_range(date(1990, 1, 1), date(2000, 1, 1), "1mo", eager=True)
    data = from_frame(
        pl.DataFrame({"d": months, "y": np.arange(len(months)) * 1.5}), DataRecipe(source="t", target=("y",)), name="t"
    )
    assert [feature.name for feature in data.schema.features] == ["d days", "d year sin", "d year cos"]


@pytest.mark.parametrize(
    "texts",
    [
        ["5%", "10%"] * 20,
        [f"{k}a" for k in range(10)] * 4,
        [f"{k}{'abcd'[k % 4]}" for k in range(40)],
        [f"STN {k}" for k in range(40)],
    ],
)
def test_codes_that_begin_with_numbers_are_categories(texts):
    assert typed(pl.Series("c", texts)).dtype == pl.String


@pytest.mark.parametrize(
    ("form", "unit"), [("{}.5%", "%"), ("{},5 %", "%"), ("1.{},50 €", "€"), ("${}.5", r"\$"), ("EUR {}", "EUR")]
)
def test_many_numbers_with_a_unit_are_no_categories(form, unit):
    series = pl.Series("c", [form.format(k) for k in range(100, 140)])
    with pytest.raises(DataError, match=rf"row 1, column 'c': a number with its unit .*`c \[{unit}\]`"):
        typed(series)
    assert typed(series, kind=Kind.CATEGORICAL).dtype == pl.String


def test_names_that_differ_in_case_alone_are_called_as_in_training() -> None:
    frame = pl.DataFrame({"Wind speed": [1.0, 2, 4], "x": [1.0, 3, 2], "y": [1.0, 2, 3]})
    schema = from_frame(frame, DataRecipe(source="t", target=("y",)), name="t").schema
    with pytest.raises(DataError, match="call 'wind_speed' 'Wind speed', 'X' 'x'"):
        schema.encode(frame.rename({"Wind speed": "wind_speed", "x": "X"}))
