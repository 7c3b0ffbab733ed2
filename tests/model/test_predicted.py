"""What `predict` hands back: shapes as a user expects them, and tables with who, when and where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import isinglass as ig
from isinglass.errors import UsageError

QUICK = {"learning.members": 2, "learning.epochs": 2, "evaluation.baselines": "none", "evaluation.bootstrap": 0}


def table(count: int = 90) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=count), "b": rng.normal(size=count)})
    frame["station"] = np.repeat([f"s{number}" for number in range(count // 3)], 3)
    frame["when"] = pd.date_range("2021-01-01", periods=count)
    frame["u"], frame["v"] = frame.a + 0.1 * rng.normal(size=count), frame.b + rng.normal(size=count)
    frame["kind"] = np.where(frame.a > 0, "warm", "cold")
    frame["note_id"] = [f"n{number}" for number in range(count)]
    return frame


def fitted(*target: str, **columns: object) -> ig.Model:
    rows = table().drop(columns=[name for name in ("u", "v", "kind") if name not in target])
    return ig.fit(rows, list(target), settings=QUICK, **columns)


@pytest.fixture(scope="module")
def one() -> ig.Model:
    return fitted("u", group="station", drop="when")


def test_of_one_target_there_is_one_number_a_row(one: ig.Model) -> None:
    rows = table()
    found = one.predict(rows.drop(columns=["v", "kind"]))
    assert isinstance(found, ig.Prediction)
    low, high = found.interval(0.8)
    for values in (found.mean, found.std, found.noise, found.ignorance, low, high):
        assert values.shape == (90,)
    assert found.members.shape == (2, 90)
    rmse = np.sqrt(((found.mean - rows["u"].to_numpy()) ** 2).mean())  # the natural line
    assert rmse == pytest.approx(np.sqrt(np.mean((found.answers.mean[:, 0] - rows["u"].to_numpy()) ** 2)), rel=1e-12)


def test_of_one_row_the_shapes_stay(one: ig.Model) -> None:
    assert one.predict(table()[:1]).mean.shape == (1,)


def test_of_several_targets_there_is_a_column_each() -> None:
    found = fitted("u", "v").predict(table())
    assert found.mean.shape == found.interval()[0].shape == (90, 2)
    assert found.members.shape == (2, 90, 2)
    assert [target.name for target in found.targets] == ["u", "v"]
    assert {"u_mean", "v_mean", "u_low"} <= set(found.to_frame().columns)


def test_of_classes() -> None:
    found = fitted("kind").predict(table())
    assert found.mean.shape == found.noise.shape == (90,)
    assert found.probabilities is not None
    assert found.probabilities.shape == (90, 2)
    assert found.members.shape == (2, 90, 2)
    assert set(found.to_frame()["label"]) <= {"warm", "cold"}


def test_a_frame_is_of_the_library_that_was_given_and_keeps_its_index(one: ig.Model) -> None:
    rows = table()[40:50].set_index("note_id")
    frame = one.predict(rows).to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert frame.index.equals(rows.index)
    assert frame["station"].tolist() == rows["station"].tolist()
    assert "note_id" not in frame.columns  # it is the index
    np.testing.assert_array_equal(frame["mean"], one.predict(rows).mean)
    (shared,) = frame.loc[["n41"]].to_dict("records")
    assert shared["row"] == 2
    polars = one.predict(pl.from_pandas(table())).to_frame()
    assert isinstance(polars, pl.DataFrame)
    assert isinstance(one.predict(rows).to_frame(library="polars"), pl.DataFrame)
    with pytest.raises(UsageError, match="no such library"):
        one.predict(rows).to_frame(library="dask")  # pyright: ignore[reportArgumentType]


def test_who_when_and_where_stand_beside_the_predictions(one: ig.Model, tmp_path: Path) -> None:
    rows = table()
    rows.to_csv(tmp_path / "new.csv", index=False)
    frame = one.predict(tmp_path / "new.csv").to_frame(library="polars", members=True)
    assert frame.columns[:4] == ["row", "station", "when", "note_id"]
    assert frame["note_id"].to_list() == rows["note_id"].tolist()
    assert frame.columns[-2:] == ["member_1", "member_2"]


def test_the_time_of_a_forecast_is_beside_it() -> None:
    model = fitted("u", time="when", drop="station")
    frame = model.predict(table()).to_frame()
    assert (frame["when"] == table()["when"]).all()


def test_a_column_that_is_called_as_a_result_is_marked() -> None:
    rows = table().rename(columns={"station": "std"})[["a", "b", "std", "u"]]
    model = ig.fit(rows, "u", group="std", settings=QUICK)
    frame = model.predict(rows).to_frame()
    assert frame["std (given)"].tolist() == rows["std"].tolist()
    assert frame["std"].dtype == float


@pytest.mark.parametrize("kind", ["several", "of times", "of texts"])
def test_an_index(kind: str) -> None:
    """As xarray's to_dataframe makes it; a pandas series of times; names of rows."""
    rows = table()[["a", "when", "station", "u"]]
    if kind == "several":
        with pytest.warns(ig.StudyWarning, match="the index is read as columns: when, station"):
            model = ig.fit(rows.set_index(["when", "station"]), "u", group="station", settings=QUICK)
        assert [column.name for column in model.schema.columns] == ["a", "when"]
        assert model.predict(rows.set_index(["when", "station"])).mean == pytest.approx(model.predict(rows).mean)
    elif kind == "of times":
        with pytest.warns(ig.StudyWarning, match="the index is read as a column: when"):
            model = ig.fit(rows.drop(columns="station").set_index("when"), "u", settings=QUICK)
        assert [column.name for column in model.schema.columns] == ["a", "when"]
    else:
        with pytest.warns(ig.StudyWarning, match=r"the index 'station' is not used: rows.reset_index\(\)"):
            model = ig.fit(rows.drop(columns="when").set_index("station"), "u", settings=QUICK)
        assert [column.name for column in model.schema.columns] == ["a"]
        assert "the index 'station' is not used: rows.reset_index() makes a column of it" in model.notes


def test_a_named_group_is_found_in_the_index() -> None:
    rows = table()[["a", "b", "station", "u"]].set_index("station")
    model = ig.fit(rows, "u", group="station", settings=QUICK)
    assert model.findings.splits.kind == "group"


def test_leaks_are_told_in_python_with_keywords_for_flags() -> None:
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"a": rng.normal(size=200), "date": pd.date_range("2020-01-01", periods=200)})
    rows["y"] = np.cumsum(rng.normal(size=200))
    with pytest.warns(
        ig.StudyWarning, match="Rows close in time .* write time='date' to test on the latest rows"
    ) as told:
        model = ig.fit(rows, "y", settings=QUICK)
    assert all(warning.filename == __file__ for warning in told if warning.category is ig.StudyWarning)
    assert any("write time='date'" in note for note in model.notes)
    assert model.findings.verdict.startswith("The scores flatter: rows close in time ('date') are alike")
    assert any("write --time date" in note for note in model.findings.doubts)


def test_new_rows_are_warned_of(one: ig.Model) -> None:
    with pytest.warns(ig.StudyWarning, match="a: 1 missing value;"):
        found = one.predict(table().assign(a=[np.nan, *[0.0] * 89]))
    assert any("a: 1 missing value;" in note for note in found.notes)
