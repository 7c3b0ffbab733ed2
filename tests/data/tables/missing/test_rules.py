"""What is read as missing, what is told of it, and what a recipe says instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from isinglass.data import Dataset, Schema, from_frame
from isinglass.errors import DataError
from isinglass.kinds.opening import load
from isinglass.recipe import DataRecipe, Recipe
from isinglass.spec import Kind, Task

N = 200
RNG = np.random.default_rng(4)
X = RNG.normal(size=N).round(3)
SOME = RNG.random(N) < 0.6
GAS = RNG.gamma(2, 2, N).round(1)


def study(columns: dict[str, Any], target: str = "y", **recipe: Any) -> Dataset:
    frame = pl.DataFrame({"x": X, **columns} if target != "x" else columns)
    return from_frame(frame, DataRecipe(source="table", target=target, **recipe), name="table")


def told(found: Dataset, start: str) -> str:
    return next((note for note in found.notes if note.startswith(start)), "")


def temperature(code: str) -> np.ndarray:
    return np.where(SOME, code, [f"{value:.1f}" for value in RNG.normal(10, 5, N)])


@pytest.mark.parametrize("text", [False, True], ids=["numbers", "text"])
def test_a_code_in_most_of_a_sensors_rows_is_missing_and_told(text: bool) -> None:
    values = np.where(SOME, -200.0, GAS)
    found = study({"y": X, "co": [f"{value:g}" for value in values] if text else values})
    assert np.isnan(found.inputs[:, 1]).tolist() == SOME.tolist()
    assert found.inputs[:, 2].tolist() == SOME.tolist()  # marked by a feature of its own
    note = told(found, f"{SOME.sum()} cells -200 read as missing (co {SOME.sum()}, beside ")
    assert note.endswith("data.missing = {co = []} keeps them.")


@pytest.mark.parametrize(
    "code", [-9999, -999.0, 9999, 99.9, 1e20, 9.96921e36, -1e34, -3.4028235e38, -32768, 9.999e20, 2147483647]
)
def test_rows_whose_target_is_a_code_are_left_out(code: float) -> None:
    found = study({"y": np.where(SOME, code, GAS)})
    assert len(found) == N - SOME.sum()
    assert found.targets.max() < 30
    assert found.targets.min() > 0
    assert told(found, f"{SOME.sum()} cells {code:g} read as missing (y ")


def test_a_number_that_is_a_code_elsewhere_is_one_here_too() -> None:
    few = np.arange(N) % 20 == 0
    found = study({"y": X, "co": np.where(SOME, -200, GAS), "nox": np.where(few, -200, np.arange(N) * 8 - 60)})
    assert "nox 10, beside -52 to 1532" in told(found, f"{SOME.sum() + 10} cells -200 read as missing")
    alone = study({"y": X, "nox": np.where(few, -200, np.arange(N) * 8 - 60)})
    assert not told(alone, "10 cells")


def test_both_codes_of_a_column() -> None:
    found = study({"y": X, "t": np.where(SOME, np.where(GAS > 4, -99, -999), GAS)})
    assert np.isnan(found.inputs[:, 1]).sum() == SOME.sum()


@pytest.mark.parametrize(
    "values",
    [
        np.where(SOME, 0.0, GAS + 1000),  # nothing measured is no code
        np.where(SOME, 999.0, 990 + GAS),  # pressures near it
        np.where(SOME, 99, np.arange(N) % 99),  # the last of many ages
        np.where(SOME, 200.0, GAS),
    ],
)
def test_numbers_that_mean_something_stay(values: np.ndarray) -> None:
    found = study({"y": X, "v": values})
    assert not np.isnan(found.inputs).any()


def test_a_number_that_archives_do_not_use_is_named_and_kept() -> None:
    found = study({"y": X, "v": np.where(SOME, -555.0, GAS)})
    assert not np.isnan(found.inputs).any()
    note = told(found, f"v: -555 in {SOME.sum()} rows, far from all other values")
    assert note.endswith("say data.missing = {v = [-555]}.")


@pytest.mark.parametrize(
    ("missing", "expected"),
    [([-200], True), ({"co": [-200]}, True), ({"CO": ["-200.0"]}, True), ([], False), ({"co": []}, False)],
)
def test_the_recipe_sets_and_empties_the_codes(missing: Any, expected: bool) -> None:
    found = study({"y": X, "co": np.where(SOME, -200.0, GAS)}, missing=missing)
    assert bool(np.isnan(found.inputs).any()) is expected


def test_numbers_alone_leave_the_usual_texts() -> None:
    texts = np.where(SOME, "NA", [f"{value:g}" for value in GAS])
    found = study({"y": X, "co": np.where(np.arange(N) % 7 == 0, "-77", texts)}, missing=[-77])
    assert np.isnan(found.inputs[:, 1]).tolist() == (SOME | (np.arange(N) % 7 == 0)).tolist()


@pytest.mark.parametrize("code", ["M", "---", "***", "*", "#N/A", "unknown", "-----", "nil"])
def test_a_text_for_no_value_among_numbers_never_makes_classes(code: str) -> None:
    found = study({"y": temperature(code)})
    assert found.schema.task is Task.REGRESSION
    assert len(found) == N - SOME.sum()
    if code != "#N/A":
        assert told(found, f"{SOME.sum()} cells '{code}' read as missing (y)")


@pytest.mark.parametrize("code", ["calm", "VRB"])
def test_any_other_text_among_many_numbers_is_an_error_however_often_it_occurs(code: str) -> None:
    with pytest.raises(DataError, match=rf"'y': text in a numeric column.*Given: '{code}'.*data.missing"):
        study({"y": temperature(code)})
    assert len(study({"y": temperature(code)}, missing=[code])) == N - SOME.sum()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (["+", "-"], "-"),
        (["++", "+", "-"], "-"),
        (["BW", "ZA", "NA"], "NA"),
        (["EU", "AS", "SA", "NA"], "NA"),
        (["de", "fr", "na"], "na"),
        (["Na", "K", "Cl"], "Na"),
        (["None", "Some", "Mild"], "None"),
    ],
)
def test_a_marker_that_is_a_value_beside_the_others(values: list[str], code: str) -> None:
    column = [values[k % len(values)] for k in range(N)]
    found = study({"y": column})
    assert found.schema.targets[0].categories == tuple(sorted(values))
    assert len(found) == N
    again = Schema.from_json(found.schema.to_json())
    assert again.encode_targets(pl.DataFrame({"y": [code]}))[0, 0] == sorted(values).index(code)
    feature = study({"y": X, "c": column})
    assert not feature.schema.indicators
    unlike = study({"y": X, "c": column}, missing={"c": [code]}).schema.columns[1]
    assert unlike.categories == tuple(value for value in sorted(values) if value != code)


@pytest.mark.parametrize("values", [["CA", "NY", "TX", "NA"], ["Na", "red", "blue"], ["A", "B", "-"]])
def test_elsewhere_it_is_no_value_and_told(values: list[str]) -> None:
    found = study({"y": X, "c": [values[k % len(values)] for k in range(N)]})
    gone = next(value for value in values if value in ("NA", "Na", "-"))
    assert gone not in found.schema.columns[1].categories
    assert " cells " in told(
        found, f"{sum(k % len(values) == values.index(gone) for k in range(N))} cells '{gone}' read"
    )


@pytest.mark.parametrize("values", [["pos", "-"], ["a", "b", "NA"], ["x", "y", "?"]])
def test_a_class_that_would_disappear_is_an_error_with_the_key(values: list[str]) -> None:
    column = [values[k % len(values)] for k in range(N)]
    with pytest.raises(DataError, match="a class of its own, or no value") as caught:
        study({"y": column})
    assert f'data.missing = {{y = ["{values[-1]}"]}}' in str(caught.value)
    assert study({"y": column}, missing=[]).schema.targets[0].categories == tuple(sorted(values))


def test_a_few_targets_without_a_value_are_left_out() -> None:
    found = study({"y": ["NA" if k % 50 == 0 else "ab"[k % 2] for k in range(N)]})
    assert len(found) == N - 4
    assert told(found, "4 cells 'NA' read as missing (y)")


def test_new_rows_are_read_alike() -> None:
    found = study({"y": X, "co": np.where(SOME, -200.0, GAS), "rh": ["+-"[k % 2] for k in range(N)]})
    schema = Schema.from_json(found.schema.to_json())
    encoded = schema.encode(pl.DataFrame({"x": [0.0, 0.0], "co": ["-200.0", "3"], "rh": ["-", "+"]}))
    assert np.isnan(encoded[0, 1])
    assert encoded[1, 1] == 3
    assert encoded[:, 2:4].tolist() == [[0, 1], [1, 0]]


def test_a_recipe_keeps_it() -> None:
    for given in (["NA", -200.0], {"dew point": [-999.0]}, [], "auto"):
        recipe = Recipe.from_dict({"data": {"source": "a.csv", "target": ["y"], "missing": given}})
        assert Recipe.from_toml(recipe.to_toml()) == recipe
    assert Recipe.from_dict({"data": {"source": "a.csv", "missing": "NA"}}).data.missing == ("NA",)


def test_a_declared_kind_is_not_overruled() -> None:
    found = study({"y": X, "c": np.where(SOME, -999, 1 + np.arange(N) % 3)}, kinds={"c": Kind.CATEGORICAL})
    assert found.schema.columns[1].categories == ("-999", "1", "2", "3")


def test_places_beyond_the_earth_that_are_codes_are_rows_without_a_place() -> None:
    found = study({"y": X, "lat": np.where(SOME, -9999.0, GAS), "lon": GAS}, latitude="lat", longitude="lon")
    assert len(found) == N - SOME.sum()


def test_country_and_rhesus(shared: Path) -> None:
    cases = shared.parent / "cases" / "09-na-is-a-value"
    country = load(DataRecipe(source=str(cases / "country.csv"), target="country"))
    assert country.schema.targets[0].categories == ("BW", "NA", "ZA")
    assert len(country) == 120
    rhesus = load(DataRecipe(source=str(cases / "rhesus.csv"), target="rh"))
    assert rhesus.schema.targets[0].categories == ("+", "-")
    assert len(rhesus) == 120


def test_below_detection_never_becomes_classes(shared: Path) -> None:
    path = shared.parent / "cases" / "14-below-detection" / "nitrate.csv"
    with pytest.raises(DataError, match="only known to lie below or above a limit") as caught:
        load(DataRecipe(source=str(path), target="nitrate"))
    for way in ('data.censored = ["nitrate"]', "a number in its place", "data.missing", "categorical"):
        assert way in str(caught.value)


@pytest.mark.parametrize("cell", ["<1", "< 0.05", ">2419.6", "<=3", "ND", "trace", "T", "<LOD"])
@pytest.mark.parametrize("share", [0.1, 0.9])
def test_limits_in_a_column_of_numbers_are_refused_at_any_share(cell: str, share: float) -> None:
    below = np.arange(N) < share * N
    for role in ("y", "v"):
        columns = {"y": X, role: np.where(below, cell, [f"{value:.1f}" for value in GAS])}
        with pytest.raises(DataError, match=rf"'{role}': a value that is only known to lie below or above"):
            study(columns)


@pytest.mark.parametrize("values", [["<18", "18-30", ">30"], ["<30", ">30", "NO"]])
def test_bands_are_categories(values: list[str]) -> None:
    found = study({"y": X, "age": [values[k % 3] for k in range(N)]})
    assert found.schema.columns[1].kind is Kind.CATEGORICAL
