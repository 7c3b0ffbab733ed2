"""A column that says nothing the networks know is answered for by what training rows hold."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from studies import quick, tell

import isinglass as ig
from isinglass.data.opening import from_frame
from isinglass.inference.gaps import gaps, mixed_numbers, mixed_probabilities
from isinglass.inference.prediction import Prediction
from isinglass.model import Model
from isinglass.spec import Feature

FEATURES = (
    Feature("x", "x", "numeric"),
    Feature("w", "w", "numeric"),
    Feature("k=a", "k", "onehot"),
    Feature("k=b", "k", "onehot"),
    Feature("b", "b", "onehot"),
    Feature("w missing", "w", "indicator"),
    Feature("s", "s", "code", 40),
)
KNOWN = np.array([[0, 0, 1, 0, 1, 0, 3], [1, 0, 0, 1, 0, 0, 4], [2, np.nan, 1, 0, 1, 1, 3], [3, 0, 1, 0, 1, 0, 3.0]])


def found(**changes: float) -> list[tuple[str, ...]]:
    """The columns that say nothing in a row of x, w, k, b, s with some features changed."""
    row = dict(zip((f.name for f in FEATURES), [0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 3.0], strict=True)) | changes
    told = gaps(np.array([list(row.values())]), FEATURES, KNOWN)
    return [tuple(dict.fromkeys(FEATURES[k].column for k in gap.places)) for gap in told]


def test_what_says_nothing_is_found() -> None:
    assert found() == []
    assert found(**{"k=a": 0.0}) == [("k",)]
    assert found(s=0.0) == [("s",)]
    assert found(x=np.nan, b=np.nan) == [("x", "b")]
    assert found(w=np.nan, **{"w missing": 1.0}) == []  # missing values were there in training


def test_values_are_those_of_training_rows_with_their_frequencies() -> None:
    (gap,) = gaps(np.array([[0, 0, 0, 0, 1, 0, 3.0]]), FEATURES, KNOWN)
    assert gap.values.tolist() == [[0, 1], [1, 0]]
    assert gap.weights.tolist() == [0.25, 0.75]
    assert gap.filled(np.array([[7, 0, 0, 0, 1, 0, 3.0]])).tolist() == [[7, 0, 0, 1, 1, 0, 3], [7, 0, 1, 0, 1, 0, 3]]
    k = 1 / (0.25**2 + 0.75**2)
    assert gap.widened == pytest.approx((k + 1) / (k - 1))
    mean, noise, ignorance = mixed_numbers(
        gap, *(np.array([[v], [u]]) for v, u in ((0.0, 4.0), (1.0, 2.0), (0.5, 0.0)))
    )
    assert mean.item() == pytest.approx(3.0)
    assert noise.item() == pytest.approx(np.sqrt(0.25 * 1 + 0.75 * 4))
    assert ignorance.item() == pytest.approx(np.sqrt(0.25 * 0.25 + gap.widened * (0.25 * 9 + 0.75 * 1)))
    assert mixed_probabilities(gap, np.array([[1.0, 0.0], [0.0, 1.0]])).tolist() == [[0.25, 0.75]]


def test_many_rows_are_filled_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = np.tile([0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 3.0], (20, 1))
    (whole,) = gaps(inputs, FEATURES, KNOWN)
    monkeypatch.setattr("isinglass.inference.gaps.ROWS", 8)
    pieces = list(gaps(inputs, FEATURES, KNOWN))
    assert [len(piece.rows) for piece in pieces] == [8, 8, 4]
    assert np.concatenate([piece.rows for piece in pieces]).tolist() == whole.rows.tolist()
    assert all(piece.values is pieces[0].values for piece in pieces)


def sites(seed: int, *, kinds: int = 12, rows: int = 40) -> pl.DataFrame:
    """A level of each site, from one normal distribution, and a slope: new sites are like the others."""
    generator = np.random.default_rng(seed)
    site = np.repeat(np.arange(kinds), rows)
    x = generator.normal(size=len(site))
    y = 3 * generator.normal(size=kinds)[site] + x + 0.3 * generator.normal(size=len(site))
    return pl.DataFrame({"x": x, "site": [f"s{k:02d}" for k in site], "y": y})


def answers(model: Model, rows: pl.DataFrame) -> Prediction:
    """What is said of rows, with an axis for the target."""
    return model.answers(model.read(rows))


def model_of(table: pl.DataFrame, **changes: object) -> Model:
    recipe = quick(
        {"source": "made", "target": ["y"]}, learning__epochs=60, machine__hidden=[16], learning__plan="auto",
        evaluation__baselines="none", **changes,
    )  # fmt: skip
    return tell(recipe, dataset=from_frame(table, recipe.data, name="made")).model


@pytest.mark.slow
def test_the_band_of_an_unseen_category_is_as_wide_as_without_the_column_and_holds_new_ones() -> None:
    inside, wide, narrow = [], [], []
    for seed in range(3):
        table = sites(seed)
        new = sites(100 + seed, kinds=30, rows=4).with_columns(site="new " + pl.col("site"))
        model, without = model_of(table), model_of(table.drop("site"))
        told = answers(model, new)
        low, high = told.interval(0.9)
        y = new["y"].to_numpy()[:, None]
        inside.append(np.mean((y >= low) & (y <= high)))
        wide.append(np.median(high - low))
        plain = answers(without, new.drop("site")).interval(0.9)
        narrow.append(np.median(plain[1] - plain[0]))
        assert np.median(told.std) > 3 * np.median(answers(model, table).std)
    assert np.mean(wide) >= 0.95 * np.mean(narrow)
    assert np.mean(inside) > 0.8


@pytest.mark.slow
def test_a_number_that_was_never_missing_and_a_class_too(tmp_path) -> None:
    table = sites(0).with_columns(z=pl.col("x") * 2).drop("site")
    model = model_of(table.select("z", "y"))
    gone = pl.DataFrame({"z": [None, None], "y": [0.0, 0.0]}, schema={"z": pl.Float64, "y": pl.Float64})
    path = tmp_path / "kept.isinglass"
    model.save(path)
    for one in (model, ig.load(path)):
        told, known = answers(one, gone), answers(one, table)
        spread = np.hypot(known.mean.std(), np.median(known.std))
        assert told.std[0, 0] > 0.9 * spread
        assert told.mean[0, 0] == pytest.approx(known.mean.mean(), abs=0.2 * spread)
    classes = table.with_columns(y=pl.when(pl.col("y") > 0).then(pl.lit("up")).otherwise(pl.lit("down")))
    judged = model_of(classes.select("z", "y"))
    found = answers(judged, gone.with_columns(y=pl.lit("up")))
    assert found.probabilities is not None
    assert found.probabilities.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert found.probabilities[0, 0] == pytest.approx((classes["y"] == "down").mean(), abs=0.15)
