"""Doubts about a random division: found where neighbours are alike, silent where rows may change places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import rankdata

from isinglass.data.dataset import Dataset
from isinglass.data.leaks.doubts import Doubt, doubts_of
from isinglass.data.leaks.likeness import _ranks, likeness
from isinglass.data.leaks.words import brief_words, doubt_words, written
from isinglass.data.opening import from_frame
from isinglass.recipe import DataRecipe
from isinglass.spec import Task

Columns = dict[str, object]


def dataset(columns: Columns, target: str = "y") -> Dataset:
    return from_frame(pl.DataFrame(columns), DataRecipe(source="table", target=(target,)), name="table")


def series(count: int, correlation: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=count)
    for place in range(1, count):
        values[place] = correlation * values[place - 1] + np.sqrt(1 - correlation**2) * values[place]
    return values


def days(count: int) -> np.ndarray:
    return np.datetime64("2019-01-01") + np.arange(count)


def inputs(count: int, seed: int, width: int = 3) -> Columns:
    return {f"x{k}": column for k, column in enumerate(np.random.default_rng(seed).normal(size=(width, count)))}


def law(columns: Columns, noise: float, seed: int) -> np.ndarray:
    x = [np.asarray(values) for values in columns.values()]
    return np.sin(1.5 * x[0]) + 0.5 * x[1] * x[2] + noise * np.random.default_rng(seed).normal(size=len(x[0]))


def stations(seed: int, count: int = 24, each: int = 12) -> tuple[Columns, np.ndarray, np.ndarray]:
    """Inputs, the station of each row and its effect; the rows in any order."""
    rng = np.random.default_rng(seed)
    station = rng.permutation(np.repeat(np.arange(count), each))
    return inputs(len(station), seed), station, rng.normal(size=count)[station]


def found(columns: Columns, target: str = "y") -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    return [(doubt.near, doubt.cure) for doubt in doubts_of(dataset(columns, target))]


def test_morans_i_of_rows_in_order_is_half_of_von_neumanns_ratio_below_one() -> None:
    values = series(400, 0.6, 1)
    pairs = np.stack([np.arange(399), np.arange(1, 400)], axis=1)
    alike, above = likeness(values, pairs)
    centred = values - values.mean()
    ratio = (np.diff(centred) ** 2).sum() / (centred**2).sum()
    assert alike == pytest.approx(1 - ratio / 2, abs=0.03)  # of normal scores instead of the values
    assert above > 8


def test_likeness_of_permuted_rows_has_the_mean_and_spread_that_it_claims() -> None:
    rng = np.random.default_rng(0)
    pairs = np.stack([np.arange(59), np.arange(1, 60)], axis=1)
    above = np.array([likeness(rng.standard_cauchy(60), pairs)[1] for _ in range(600)])
    assert above.mean() == pytest.approx(0.0, abs=0.15)
    assert above.std() == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("order", ["as it came", "shuffled"])
def test_a_series_with_a_date_is_a_doubt_by_that_date(order: str) -> None:
    columns = inputs(300, 3) | {"date": days(300), "y": series(300, 0.9, 3)}
    if order == "shuffled":
        rows = np.random.default_rng(0).permutation(300)
        columns = {name: np.asarray(values)[rows] for name, values in columns.items()}
    assert found(columns) == [("time", (("time", "date"),))]


def test_a_counter_named_as_a_time() -> None:
    assert found(inputs(250, 5) | {"t": np.arange(250) * 0.5, "y": series(250, 0.9, 5)}) == [("time", (("time", "t"),))]


def test_a_series_without_any_column_that_says_when() -> None:
    assert found(inputs(250, 5) | {"y": series(250, 0.9, 5)}) == [("order", ())]


def test_slow_inputs_that_know_nothing_of_a_slow_target() -> None:
    columns: Columns = {f"x{k}": series(400, 0.98, k) for k in range(4)}
    (doubt,) = doubts_of(dataset(columns | {"y": series(400, 0.95, 9)}))
    assert doubt.near == "order"
    assert doubt.random > 0.3
    assert doubt.apart < 0.1


def test_inputs_in_series_with_independent_noise_are_no_leak() -> None:
    columns: Columns = {f"x{k}": series(400, 0.7, k) for k in range(3)}
    assert found(columns | {"date": days(400), "y": law(columns, 0.8, 1)}) == []


@pytest.mark.parametrize("kind", ["columns that are constant within stations", "a name", "two numbers"])
def test_stations(kind: str) -> None:
    columns, station, effect = stations(1)
    rng = np.random.default_rng(4)
    places = rng.uniform(0, 60, (3, 24)).round(2)
    if kind == "a name":
        columns["site"] = np.array([f"s{number}" for number in station])
        wanted = [("group", (("group", "site"),))]
    elif kind == "two numbers":
        columns |= {"depth": places[0][station], "area": places[1][station]}
        wanted = [("group", (("group", "depth"),))]
    else:
        columns |= {"lat": places[0][station], "lon": places[1][station], "elevation": places[2][station]}
        wanted = [("group", (("group", "lat"),))]
    doubts = doubts_of(dataset(columns | {"y": effect + 0.2 * rng.normal(size=len(effect))}))
    assert [(doubt.near, doubt.cure) for doubt in doubts] == wanted
    assert doubts[0].random > (0.3 if kind == "a name" else 0.8)  # the quick forest orders names, which says little
    assert doubts[0].apart < 0.2


def test_a_field_on_a_map() -> None:
    rng = np.random.default_rng(2)
    latitude, longitude = rng.uniform(40, 60, 400), rng.uniform(0, 30, 400)
    phase = np.stack([latitude, longitude], axis=1) @ rng.normal(size=(2, 100)) + rng.uniform(0, 6, 100)
    columns = inputs(400, 2) | {"Latitude": latitude, "Longitude": longitude, "y": np.cos(phase).sum(axis=1)}
    assert found(columns) == [("place", (("latitude", "Latitude"), ("longitude", "Longitude")))]


def test_classes_of_a_slow_state() -> None:
    state = np.array(["calm", "storm"])[(series(400, 0.95, 4) > 0).astype(int)]
    assert found(inputs(400, 1) | {"date": days(400), "y": state}) == [("time", (("time", "date"),))]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("looks", ["plain", "dates", "places", "stations", "by an input", "by the target", "by class"])
def test_no_doubt_about_exchangeable_rows(looks: str, seed: int) -> None:
    columns = inputs(240, seed)
    y, rng, rows = law(columns, 0.3, seed), np.random.default_rng(seed), np.arange(240)
    if looks == "dates":
        columns["date"] = days(240)
    if looks == "places":
        columns |= {"lat": rng.uniform(-80, 80, 240), "lon": rng.uniform(-170, 170, 240)}
    if looks == "stations":
        places = rng.uniform(0, 60, (3, 20))
        columns |= {name: places[k][rng.integers(0, 20, 240)] for k, name in enumerate(("lat", "lon", "site_id"))}
    if looks == "by an input":
        rows = np.argsort(np.asarray(columns["x0"]))
    if looks in ("by the target", "by class"):
        rows = np.argsort(y)
    target = np.array(["a", "b", "c"])[np.digitize(y, [-0.4, 0.4])] if looks == "by class" else y
    table = {name: np.asarray(values)[rows] for name, values in (columns | {"y": target}).items()}
    assert found(table) == []


def test_the_tables_that_come_with_it(shared: Path) -> None:
    def near(name: str, target: str) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
        frame = pl.read_csv(shared / "tables" / name, try_parse_dates=True)
        return [
            (d.near, d.cure) for d in doubts_of(from_frame(frame, DataRecipe(source=name, target=(target,)), name=name))
        ]

    assert near("seattle-weather.csv", "temp_max") == [("time", (("time", "date"),))]
    assert near("enso_data.csv", "Nino34") == [("time", (("time", "datetime"),))]
    place = (("latitude", "latitude"), ("longitude", "longitude"))
    assert near("california_housing.csv", "median_house_value") == [("place", place)]
    assert near("penguins.csv", "species") == []


def test_sorted_sets_of_the_catalogue() -> None:
    from isinglass.kinds.opening import load

    assert all(doubts_of(load(DataRecipe(source=name))) == () for name in ("iris", "wine", "breast_cancer", "diabetes"))


def test_the_words() -> None:
    doubt = Doubt("group", ("lat", "lon", "height above sea"), (("group", "height above sea"),), 0.1, 0.956, -0.02, 24)
    assert doubt_words(doubt, Task.REGRESSION) == (
        "Rows with the same 'lat', 'lon' and 'height above sea' are alike, and random parts put them on both sides: a "
        "quick forest has R2 0.956 on rows left out at random, -0.02 where whole such groups are left out; write "
        "--group 'height above sea' to test on others than were learnt."
    )
    assert "write group='height above sea' to" in doubt_words(doubt, Task.REGRESSION, python=True)
    assert brief_words([doubt]).endswith("are alike and fall into both parts (--group 'height above sea')")
    time = Doubt("time", ("date",), (("time", "date"),), 0.47, 0.2, 0.15, 20)
    assert "what the inputs do not tell correlates by 0.47 in neighbours; write --time date to" in doubt_words(
        time, Task.REGRESSION
    )
    assert written(Doubt("order", (), (), 0.5, 0.1, 0.1, 20)) == "--time COLUMN"


def test_profiles_at_stations_are_of_their_station() -> None:
    rng = np.random.default_rng(0)
    station, depth = np.repeat(np.arange(15), 12), np.tile(np.arange(12) * 50.0, 15)
    place = {"lat [deg]": rng.uniform(-60, 60, 15)[station], "lon [deg]": rng.uniform(0, 40, 15)[station]}
    y = 2 * rng.normal(size=15)[station] + np.cos(depth / 200) + 0.2 * rng.normal(size=180)
    first, *_ = doubts_of(dataset(place | {"depth": depth, "y": y}))
    assert (first.near, first.cure) == ("group", (("group", "lat"),))


@pytest.mark.parametrize("named", [True, False])
def test_patients_who_come_again(named: bool) -> None:
    rng = np.random.default_rng(3)
    patient = np.repeat(np.arange(30), 10)
    print_ = rng.normal(size=(30, 4))[patient] + 0.1 * rng.normal(size=(300, 4))
    columns: Columns = {f"f{k}": print_[:, k] for k in range(4)}
    columns["y"] = np.where(rng.random(30) < 0.5, "ill", "well")[patient]
    if named:
        rows = rng.permutation(300)
        columns = {name: np.asarray(values)[rows] for name, values in (columns | {"patient_id": patient}).items()}
    (doubt,) = doubts_of(dataset(columns))
    assert (doubt.near, doubt.cure) == (("group", (("group", "patient_id"),)) if named else ("order", ()))
    assert doubt.random > 0.8 > 0.3 > doubt.apart


@pytest.mark.parametrize("seed", range(3))
def test_a_factorial_design_in_its_order_is_no_leak(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.arange(5), np.arange(5), np.arange(4), np.arange(3), indexing="ij"), -1).reshape(
        -1, 4
    )
    y = (grid[:, 0] - 2) ** 2 * (grid[:, 2] - 1) + 0.4 * rng.normal(size=len(grid))
    assert found({"heat": grid[:, 0], "pressure": 10 * grid[:, 1], "catalyst": grid[:, 2], "y": y}) == []


def test_a_table_of_one_input_that_is_the_axis_itself_is_looked_at_too() -> None:
    year = np.arange(200) + 0.5
    found({"year": year, "y": np.exp(-year / 100)})  # nothing else is left to predict from: no error
    assert found({"when": days(300), "y": series(300, 0.9, 0)})


@pytest.mark.parametrize("seed", range(4))
def test_a_handful_of_stations_is_enough(seed: int) -> None:
    x, station, effect = stations(seed, count=6, each=60)
    y = 1.5 * effect + law(x, 0.5, seed)
    (only,) = found({**x, "station": [f"S{place}" for place in station], "y": y})
    assert only == ("group", (("group", "station"),))


@pytest.mark.parametrize(
    "column",
    [np.random.default_rng(0).normal(size=500), np.arange(500.0) // 7 % 5, np.zeros(9), np.array([1.0, np.nan, 0.0])],
    ids=["distinct", "ties", "all equal", "missing"],
)
def test_ranks_against_scipy(column: np.ndarray) -> None:
    assert _ranks(column) == pytest.approx(rankdata(column), rel=0, nan_ok=True)
