"""Partial dependence and individual curves."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import partial_dependence

from isinglass.errors import UsageError
from isinglass.explanation import METHODS, Probe
from isinglass.spec import Column, Feature, Kind


def rows(count: int = 500) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, 3)).astype(np.float32)


def numeric() -> tuple[Feature, ...]:
    return tuple(Feature(name, name, "numeric") for name in "abc")


def test_the_curve_of_an_additive_model_is_its_term():
    inputs = rows()
    probe = Probe(lambda r: r[:, 0] ** 2 + 5 * r[:, 1], inputs, numeric())
    (found,) = METHODS["partial_dependence"](probe, ["a"])
    grid = found.coords["grid"]
    assert len(grid) == 30
    expected = grid**2 + 5 * inputs[:, 1].astype(np.float64).mean()
    np.testing.assert_allclose(found.values, expected, atol=1e-4)
    assert found.check["heterogeneity"] == pytest.approx(0, abs=1e-6)


def test_an_interaction_hides_from_the_average_and_is_reported():
    probe = Probe(lambda r: r[:, 0] * np.sign(r[:, 1]), rows(4000), numeric())
    (found,) = METHODS["partial_dependence"](probe, ["a"])
    assert np.abs(found.values).max() < 0.2
    assert found.check["heterogeneity"] > 0.95


def test_individual_curves_average_to_the_partial_dependence():
    probe = Probe(lambda r: np.stack([r[:, 0] * r[:, 1], r[:, 2]], axis=1), rows(), numeric())
    (curves,) = METHODS["individual"](probe, ["a"])
    (mean,) = METHODS["partial_dependence"](probe, ["a"])
    assert curves.values.shape == (30, 500, 2)
    assert curves.spec.dims == ("grid", "sample", "output_0")
    np.testing.assert_allclose(curves.values.mean(axis=1), mean.values)


def test_equals_scikit_learn():
    inputs = rows(200)
    forest = RandomForestRegressor(10, random_state=0).fit(inputs, inputs[:, 0] + np.abs(inputs[:, 1]))
    probe = Probe(forest.predict, inputs, numeric())
    for place, found in enumerate(METHODS["partial_dependence"](probe)):
        theirs = partial_dependence(
            forest,
            inputs,
            [place],
            custom_values={place: found.coords["grid"].astype(np.float32)},
            method="brute",
        )
        np.testing.assert_allclose(found.values, theirs["average"][0], rtol=1e-6)


def test_few_values_are_all_taken_and_missing_ones_left_out():
    inputs = np.array([[1.0], [2.0], [np.nan], [2.0], [5.0]], dtype=np.float32)
    probe = Probe(lambda r: np.nan_to_num(r[:, 0]), inputs, (Feature("count", "count", "numeric"),))
    (found,) = METHODS["partial_dependence"](probe)
    np.testing.assert_array_equal(found.coords["grid"], [1, 2, 5])
    np.testing.assert_array_equal(found.values, [1, 2, 5])


def test_the_indicator_of_missing_values_is_swept_along():
    inputs = np.array([[np.nan, 1.0], [3.0, 0.0], [4.0, 0.0]], dtype=np.float32)
    features = (Feature("t", "t", "numeric"), Feature("t missing", "t", "indicator"))
    probe = Probe(lambda r: np.where(r[:, 1] > 0, -99.0, np.nan_to_num(r[:, 0])), inputs, features)
    (found,) = METHODS["partial_dependence"](probe)
    np.testing.assert_array_equal(found.values, [3, 4])


def test_categories_one_hot_and_coded():
    inputs = np.array([[1, 0, 2], [0, 1, 1], [0, 1, 2]], dtype=np.float32)
    features = (
        Feature("ice=new", "ice", "onehot"),
        Feature("ice=old", "ice", "onehot"),
        Feature("ship", "ship", "code", 4),
    )
    columns = (Column("ship", Kind.CATEGORICAL, categories=("Fram", "Gjøa", "Maud")),)
    probe = Probe(lambda r: 10 * r[:, 0] + r[:, 2], inputs, features, columns=columns)
    ice, ship = METHODS["partial_dependence"](probe)
    assert list(ice.coords["grid"]) == ["new", "old"]
    np.testing.assert_allclose(ice.values, [10 + 5 / 3, 5 / 3])
    assert list(ship.coords["grid"]) == ["Fram", "Gjøa"]
    np.testing.assert_allclose(ship.values, [10 / 3 + 1, 10 / 3 + 2])
    assert ice.spec.kind == ship.spec.kind == Kind.CATEGORICAL


def test_a_date_gives_a_curve_for_each_cycle():
    phase = np.random.default_rng(0).uniform(0, 2 * np.pi, size=(50, 2))
    inputs = np.column_stack([np.sin(phase[:, 0]), np.cos(phase[:, 0]), np.sin(phase[:, 1]), np.cos(phase[:, 1])])
    names = ("date year sine", "date year cosine", "date day sine", "date day cosine")
    probe = Probe(
        lambda r: r[:, 0], inputs.astype(np.float32), tuple(Feature(name, "date", "cyclic") for name in names)
    )
    year, day = METHODS["partial_dependence"](probe)
    assert year.spec.names == ("date year",)
    assert day.spec.names == ("date day",)
    np.testing.assert_allclose(year.values, np.sin(2 * np.pi * year.coords["grid"]), atol=1e-6)
    assert np.ptp(day.values) == pytest.approx(0, abs=1e-6)


def test_a_date_of_the_schema_gives_time_season_and_weekday():
    from datetime import date, timedelta

    import polars as pl

    from isinglass.data import from_frame
    from isinglass.recipe import DataRecipe

    days = [date(2020, 1, 1) + timedelta(days=k) for k in range(400)]
    frame = pl.DataFrame({"day": days, "open": [k % 3 == 0 for k in range(400)], "y": [float(k) for k in range(400)]})
    data = from_frame(frame, DataRecipe(source="test", target=("y",)), name="test")
    features = data.schema.features
    monday = next(place for place, feature in enumerate(features) if feature.name == "day Monday")
    probe = Probe(lambda r: r[:, monday], data.inputs, features, columns=data.schema.columns)
    found = {explanation.spec.names[0]: explanation for explanation in METHODS["partial_dependence"](probe)}
    assert list(found) == ["day days", "day year", "day weekday", "open"]
    np.testing.assert_array_equal(found["day weekday"].values, [1, 0, 0, 0, 0, 0, 0])
    assert found["day weekday"].coords["grid"][0] == "Monday"
    assert len(found["open"].coords["grid"]) == 2


def test_a_column_without_values_is_refused():
    inputs = np.full((3, 1), np.nan, dtype=np.float32)
    with pytest.raises(UsageError, match="without any value"):
        METHODS["partial_dependence"](Probe(lambda r: r[:, 0], inputs, (Feature("x", "x", "numeric"),)))


def test_of_all_columns_those_without_values_are_left_out():
    inputs = np.column_stack([np.full(3, np.nan), np.arange(3)]).astype(np.float32)
    features = (Feature("x", "x", "numeric"), Feature("z", "z", "numeric"))
    (found,) = METHODS["partial_dependence"](Probe(lambda r: r[:, 1], inputs, features))
    assert found.spec.names == ("z",)
