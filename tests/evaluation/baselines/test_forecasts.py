"""The last value and the season's mean, from training rows alone."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from isinglass.data.dataset import Dataset
from isinglass.data.opening import from_frame
from isinglass.data.splits import split
from isinglass.evaluation.baselines import TIMED, BaselineRun, run_timed
from isinglass.recipe import DataRecipe, SplitRecipe


def dataset(count: int = 1500, seed: int = 0, **recipe: object) -> Dataset:
    """Four years of a season, at two sites of different levels."""
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(count), 2)
    site = np.tile([0, 1], count)
    y = 10 * np.sin(2 * np.pi * day / 365.2425) + 5 * site + rng.normal(size=2 * count)
    when = np.datetime64("2018-01-01") + day
    frame = pl.DataFrame({"when": when, "site": np.where(site, "b", "a"), "x": rng.normal(size=2 * count), "y": y})
    data = DataRecipe.model_validate({"source": "t", "target": "y", "time": "when", "group": "site", **recipe})
    return from_frame(frame, data, name="t")


def runs(data: Dataset, **recipe: object) -> dict[str, BaselineRun]:
    splits = split(data, SplitRecipe.model_validate({"kind": "time", **recipe}), seed=0)
    found = {run.name: run for run in run_timed(tuple(TIMED), data, splits, coverage=0.9)}
    assert all(isinstance(run, BaselineRun) for run in found.values())
    return found  # pyright: ignore[reportReturnType]


def rmse(run: BaselineRun) -> float:
    assert run.outcome.mean is not None
    return float(np.sqrt(np.mean((run.outcome.observed - run.outcome.mean) ** 2)))


def test_the_season_is_known_and_its_band_holds() -> None:
    run = runs(dataset())["climatology"]
    assert rmse(run) == pytest.approx(1.0, abs=0.08)
    inside = (run.outcome.observed > run.outcome.low) & (run.outcome.observed < run.outcome.high)
    assert inside.mean() == pytest.approx(0.9, abs=0.03)
    assert np.unique(run.outcome.std)[0] == pytest.approx(1.0, abs=0.05)


def test_the_last_value_of_each_group_before_the_test_rows() -> None:
    data = dataset()
    run = runs(data)["persistence"]
    train = len(data) - len(run.rows)
    last = {site: data.targets[:train][data.coords["group"][:train] == site][-1, 0] for site in ("a", "b")}
    expected = [last[site] for site in data.coords["group"][run.rows]]
    assert run.outcome.mean is not None
    np.testing.assert_array_equal(run.outcome.mean[:, 0], expected)


def test_with_lags_the_last_value_is_that_of_the_day_before() -> None:
    data = dataset(lags={"y": [1, 7]})
    run = runs(data)["persistence"]
    place = [column.name for column in data.schema.columns].index("y lag 1")
    assert run.outcome.mean is not None
    assert run.outcome.mean[:, 0] == pytest.approx(data.inputs[run.rows, place], rel=1e-6)
    assert rmse(run) == pytest.approx(np.sqrt(2), abs=0.1)


def test_test_rows_are_never_seen() -> None:
    data = dataset()
    before = runs(data)
    data.targets[before["climatology"].rows] += 1000.0
    for name, after in runs(data).items():
        np.testing.assert_array_equal(after.outcome.mean, before[name].outcome.mean)
        np.testing.assert_array_equal(after.outcome.std, before[name].outcome.std)


def test_forward_folds() -> None:
    found = runs(dataset(), folds=3)
    assert np.isfinite(found["climatology"].outcome.mean).all() if "climatology" in found else True
    assert np.isfinite(found["persistence"].outcome.mean).all()


def test_nothing_for_other_divisions_or_times_that_are_no_dates() -> None:
    data = dataset()
    splits = split(data, SplitRecipe(kind="random"), seed=0)
    assert list(run_timed(tuple(TIMED), data, splits, coverage=0.9)) == []
    frame = pl.DataFrame(
        {"t": np.arange(300.0), "x": np.arange(300) % 7, "y": np.random.default_rng(0).normal(size=300)}
    )
    numbers = from_frame(frame, DataRecipe.model_validate({"source": "t", "target": "y", "time": "t"}), name="t")
    assert list(runs(numbers)) == ["persistence"]
