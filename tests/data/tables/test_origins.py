"""Numbers far from 0 keep their digits; what cannot be kept is told."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from isinglass.data.dataset import Dataset
from isinglass.data.opening import from_frame
from isinglass.data.tables.origins import merged, origin_of
from isinglass.data.tables.schema import Schema
from isinglass.recipe import DataRecipe
from isinglass.spec import Feature

N = 500
EPOCH_MS = 1_700_000_000_000


def read(**columns: object) -> Dataset:
    generator = np.random.default_rng(0)
    frame = pl.DataFrame({**columns, "z": generator.normal(size=N), "y": generator.normal(size=N)})
    return from_frame(frame, DataRecipe(source="made", target=["y"]), name="made")


def column(data: Dataset, name: str) -> tuple[np.ndarray, Feature]:
    place = next(k for k, feature in enumerate(data.schema.features) if feature.name == name)
    return data.inputs[:, place].astype(np.float64), data.schema.features[place]


def kept(data: Dataset, name: str) -> np.ndarray:
    values, feature = column(data, name)
    return values + feature.origin


@pytest.mark.parametrize(
    "values",
    [
        EPOCH_MS + 1000 * np.arange(N),  # milliseconds since 1970
        101_325_000 + np.linspace(-1, 1, N),  # pressure
        5_701_234.25 + np.arange(N) / 8,  # a northing in metres
        2_459_945.5 + np.arange(N) / 86_400,  # Julian days, a row a second
        -1e15 + np.arange(N),
    ],
    ids=["epoch", "pressure", "northing", "julian", "negative"],
)
def test_values_far_from_zero_are_all_told_apart_and_can_be_had_back(values: np.ndarray) -> None:
    data = read(x=values)
    assert len(np.unique(column(data, "x")[0])) == N
    assert kept(data, "x") == pytest.approx(values, abs=1e-5 * np.ptp(values), rel=0)
    assert not any("tell apart" in note for note in data.notes)


def test_whole_numbers_beyond_double_precision_are_subtracted_as_such() -> None:
    nanoseconds = 1_700_000_000_000_000_000 + 7 * np.arange(N)  # float64 holds steps of 256 there
    for written in (nanoseconds, [str(value) for value in nanoseconds]):
        values, feature = column(read(x=written), "x")
        assert np.diff(values) == pytest.approx(np.full(N - 1, 7.0))
        assert int(values[0]) + int(feature.origin) == nanoseconds[0]


def test_dates_keep_parts_of_a_second() -> None:
    moments = [datetime(2026, 3, 1, 12) + timedelta(milliseconds=10 * k) for k in range(N)]
    data = read(t=moments)
    values, feature = column(data, "t days")
    assert np.diff(values) * 86_400 == pytest.approx(np.full(N - 1, 0.01), abs=1e-4)
    assert feature.origin != 0


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(1).normal(288.15, 8, N).round(2),  # kelvin
        np.random.default_rng(1).normal(1013.2, 12, N).round(1),  # hectopascal
        np.random.default_rng(1).integers(1990, 2024, N),
        np.random.default_rng(1).integers(2020, 2024, N),
        np.random.default_rng(1).lognormal(3, 2, N),
        np.full(N, 1e12) + (np.arange(N) == 3),  # all but one equal: the range is what varies
        np.where(np.arange(N) == 0, 1e12, np.random.default_rng(1).normal(size=N)),  # one outlier
    ],
    ids=["kelvin", "hPa", "years", "few years", "lognormal", "one differs", "outlier"],
)
def test_ordinary_columns_are_kept_as_they_were(values: np.ndarray) -> None:
    data = read(x=values)
    encoded, feature = column(data, "x")
    if feature.origin:  # of 1e12 and 1e12 + 1 both must be there
        assert set(encoded + feature.origin) == {1e12, 1e12 + 1}
    else:
        assert (encoded == np.asarray(values).astype(np.float32)).all()


def test_the_origin_is_the_same_when_rows_are_added() -> None:
    generator = np.random.default_rng(2)
    few = EPOCH_MS + generator.integers(0, 10**6, 300)
    more = np.concatenate([few, EPOCH_MS + generator.integers(0, 10**6, 300)])
    assert origin_of(few.astype(float)) == origin_of(more.astype(float)) != 0


def test_missing_values_stay_missing() -> None:
    values = [None if k % 7 == 0 else EPOCH_MS + k for k in range(N)]
    encoded = column(read(x=values), "x")[0]
    assert (np.isnan(encoded) == (np.arange(N) % 7 == 0)).all()
    text = [None if value is None else str(value) for value in values]
    assert column(read(x=text), "x")[0] == pytest.approx(encoded, nan_ok=True)


def test_what_cannot_be_told_apart_is_named_with_its_count() -> None:
    spread = 10**14 + 10**9 * np.arange(N)
    spread[1::2] = spread[::2] + 1  # pairs one apart over a range of 5e11
    (note,) = (note for note in read(x=spread, ordinary=np.arange(N) * 0.1).notes if "tell apart" in note)
    assert "x (250 of 500)" in note
    assert "ordinary" not in note
    two = np.where(np.arange(N) % 2, 1.7e12 + np.arange(N), 0)  # nothing and milliseconds: no origin serves both
    assert any("x (" in note and "tell apart" in note for note in read(x=two).notes)


def test_the_last_digits_of_random_fractions_are_not_missed() -> None:
    values = np.random.default_rng(0).random(200_000)
    assert merged(pl.Series(values), values) == 0


def test_a_schema_keeps_its_origins_and_reads_one_without() -> None:
    schema = read(x=EPOCH_MS + np.arange(N), w=np.arange(N) * 0.5).schema
    assert isinstance(schema, Schema)
    document = json.loads(schema.to_json())
    assert Schema.from_json(document) == schema
    assert "origin" not in document["columns"][1]  # as files of 0.1.0 have it
    del document["columns"][0]["origin"]
    old = Schema.from_json(document).encode(pl.DataFrame({"x": [float(EPOCH_MS)], "w": [1.0], "z": [0.0]}))
    assert old[0, 0] == np.float32(EPOCH_MS)


def test_a_feature_says_from_where_it_is_counted() -> None:
    assert Feature("x", "x", "numeric").shown == "x"
    assert Feature("x", "x", "numeric", origin=1.7e12).shown == "x - 1700000000000"
    assert Feature("x", "x", "numeric", origin=-2.5).shown == "x + 2.5"
