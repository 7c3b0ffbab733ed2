"""Lags take a value of the row's own group from exactly so many steps before, and from nowhere else."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

import isinglass as ig
from isinglass.data.opening import from_frame
from isinglass.data.tables.lags import with_lags
from isinglass.errors import DataError, RecipeError
from isinglass.recipe import DataRecipe

QUICK = {"learning.members": 2, "learning.epochs": 2, "evaluation.bootstrap": 0}


def days(*numbers: int) -> list[date]:
    return [date(2021, 1, 1) + timedelta(days=number) for number in numbers]


def lagged(
    columns: dict[str, object], lags: dict[str, object], **recipe: object
) -> tuple[dict[str, list], tuple[str, ...]]:
    data = DataRecipe.model_validate({"source": "t", "target": "y", "time": "when", "lags": lags, **recipe})
    frame, notes = with_lags(pl.DataFrame(columns), data, where="t")
    return {name: frame[name].to_list() for name in frame.columns if " lag " in name}, notes


def test_by_days_with_a_gap_and_in_any_order() -> None:
    when, y = days(0, 1, 2, 4, 5, 6, 7, 8, 9, 10), [float(k) for k in range(10)]
    order = [3, 0, 2, 1, 4, 9, 8, 7, 6, 5]
    shuffled = {"when": [when[k] for k in order], "y": [y[k] for k in order]}
    found, notes = lagged(shuffled, {"y": [1, 2]})
    by_time = dict(zip(order, found["y lag 1"], strict=True))
    assert [by_time[k] for k in range(10)] == [None, 0.0, 1.0, None, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    by_time = dict(zip(order, found["y lag 2"], strict=True))
    assert [by_time[k] for k in range(10)] == [None, None, 0.0, 2.0, None, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert notes == ("1 row has none of the earlier values that lags ask for: read as missing",)


def test_months_and_years_are_steps_of_the_calendar() -> None:
    months = [date(2020 + k // 12, 1 + k % 12, 1) for k in range(15)]
    found, notes = lagged({"when": months, "y": list(range(15))}, {"y": [1, 12]})
    assert found["y lag 1"] == [None, *map(float, range(14))]
    assert found["y lag 12"] == [None] * 12 + [0.0, 1.0, 2.0]
    years = [date(2000 + k, 7, 1) for k in range(9) if k != 4]
    found, _ = lagged({"when": years, "y": list(range(8))}, {"y": 1})
    assert found["y lag 1"] == [None, 0, 1, 2, None, 4, 5, 6]
    assert len(notes) == 1


def test_hours_and_plain_numbers() -> None:
    hours = [f"2021-03-01 {hour:02d}:00" for hour in (0, 6, 12, 18)] + ["2021-03-02 00:00"]
    assert lagged({"when": hours, "y": [1.0, 2, 3, 4, 5]}, {"y": 4})[0]["y lag 4"] == [None] * 4 + [1.0]
    half = [0.0, 0.5, 1.0, 2.0, 2.5, 3.0]
    assert lagged({"when": half, "y": [1.0, 2, 3, 4, 5, 6]}, {"y": 1})[0]["y lag 1"] == [None, 1.0, 2.0, None, 4.0, 5.0]


def test_within_groups_alone() -> None:
    columns = {"when": days(0, 1, 2) * 2, "site": ["a"] * 3 + ["b"] * 3, "y": [1.0, 2, 3, 10, 20, 30]}
    found, _ = lagged(columns, {"y": [1]}, group="site")
    assert found["y lag 1"] == [None, 1.0, 2.0, None, 10.0, 20.0]
    with pytest.raises(DataError, match=r"3 rows have the time of another row of their group.*--group"):
        lagged(columns, {"y": [1]})


def test_times_without_a_step_count_rows_and_say_so() -> None:
    found, notes = lagged({"when": [0.0, 1.3, 1.9, 4.4, 9.0, 9.7], "y": [1.0, 2, 3, 4, 5, 6]}, {"y": 2})
    assert found["y lag 2"] == [None, None, 1.0, 2.0, 3.0, 4.0]
    assert notes[0] == "when: the times keep no step: lags count the rows before"


def test_nothing_of_the_rows_own_time_or_later() -> None:
    rng = np.random.default_rng(0)
    columns: dict[str, object] = {"when": days(*range(60)), "y": rng.normal(size=60).tolist()}
    before, _ = lagged(columns, {"y": [1, 3]})
    changed = np.array(columns["y"])
    changed[40:] += 100
    after, _ = lagged(columns | {"y": changed.tolist()}, {"y": [1, 3]})
    assert before["y lag 1"][:41] == after["y lag 1"][:41]
    assert before["y lag 3"][:43] == after["y lag 3"][:43]
    assert after["y lag 1"][41] == pytest.approx(changed[40])


def test_refusals() -> None:
    columns: dict[str, object] = {"when": days(0, 1, 2), "y": [1.0, 2, 3], "word": ["a", "b", "c"]}
    with pytest.raises(RecipeError, match=r"lags need a time.*y = 1.*--time COLUMN"):
        lagged(columns, {"y": [1]}, time="")
    with pytest.raises(DataError, match="lags are of numbers"):
        lagged(columns, {"word": [1]})
    with pytest.raises(DataError, match="no column for lags 'z'"):
        lagged(columns, {"z": [1]})
    with pytest.raises(RecipeError):
        ig.fit(pl.DataFrame(columns), "y", time="when", lags={"y": [0]})


def series() -> pl.DataFrame:
    rng = np.random.default_rng(1)
    y = np.zeros(200)
    for place in range(1, 200):
        y[place] = 0.9 * y[place - 1] + rng.normal()
    return pl.DataFrame({"when": pl.date_range(date(2020, 1, 1), date(2020, 7, 18), eager=True), "y [K]": 280 + y})


def test_a_lag_is_an_input_with_its_unit_beside_features_that_were_chosen() -> None:
    recipe = DataRecipe.model_validate(
        {"source": "t", "target": "y", "time": "when", "features": ["when"], "lags": {"y": [1, 2]}}
    )
    found = from_frame(series(), recipe, name="t")
    assert [(column.name, column.unit) for column in found.schema.columns] == [
        ("when", ""),
        ("y lag 1", "K"),
        ("y lag 2", "K"),
    ]


def test_a_study_with_lags_predicts_the_next_day(tmp_path) -> None:
    model = ig.fit(series(), "y", time="when", lags={"y": [1]}, settings=QUICK | {"learning.epochs": 40})
    methods = {method.name: method.values["rmse"].value for method in model.findings.methods}
    assert methods["persistence (the last value)"] == pytest.approx(1.0, abs=0.25)
    assert "climatology (the season's mean)" not in methods  # half a year is no season
    model.save(tmp_path / "m.isinglass")
    tail = pl.DataFrame({"when": [date(2020, 7, 18), date(2020, 7, 19)], "y [K]": [285.0, None]})
    (_, next_day) = ig.load(tmp_path / "m.isinglass").predict(tail).mean
    assert 282 < next_day < 286
    with pytest.raises(DataError, match=r"none of these rows has an earlier one.*in one table"):
        model.predict(tail[1:])
    with pytest.raises(DataError, match=r"no column for lags 'y'.*earlier rows with that column"):
        model.predict(tail.drop("y [K]"))
