"""From a table and a recipe to numbers, and the message of every table that cannot be used."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from isinglass.data import from_frame
from isinglass.errors import DataError, RecipeError
from isinglass.kinds.opening import load
from isinglass.recipe import DataRecipe, Recipe
from isinglass.spec import Kind, Task


def table(rows: int = 40) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "sst [degC]": rng.normal(27, 1, rows),
            "wind": rng.normal(5, 2, rows),
            "sky": rng.choice(["clear", "cloudy", "rain"], rows),
            "buoy": [f"b{k % 4}" for k in range(rows)],
            "day": [datetime(2020, 1, 1) + timedelta(days=k) for k in range(rows)],
            "humidity [%]": rng.normal(80, 5, rows),
        }
    )


def dataset(frame: pl.DataFrame, **recipe):
    recipe.setdefault("target", ("humidity",))
    return from_frame(frame, DataRecipe(source="table", **recipe), name="table")


def changed(column: str, row: int, value: object) -> pl.DataFrame:
    frame = table()
    values = frame[column].to_list()
    values[row] = value
    return frame.with_columns(pl.Series(column, values))


def test_shapes_names_and_types() -> None:
    data = dataset(table(), group="buoy", time="day")
    assert data.inputs.dtype == np.float32
    assert data.targets.dtype == np.float64
    assert data.inputs.shape == (40, 5)
    assert [feature.name for feature in data.schema.features] == [
        "sst", "wind", "sky=clear", "sky=cloudy", "sky=rain",
    ]  # fmt: skip
    assert (data.schema.columns[0].name, data.schema.columns[0].unit) == ("sst", "degC")
    assert data.schema.targets[0].unit == "%"
    assert data.schema.task is Task.REGRESSION
    assert data.coords["group"].tolist()[:5] == ["b0", "b1", "b2", "b3", "b0"]
    np.testing.assert_array_equal(np.diff(data.coords["time"]), 1.0)
    assert data.coords["time"][0] == 7305  # days from 2000-01-01 to 2020-01-01
    assert len(data) == 40
    assert data.ids.dtype == np.uint64


def test_tao_is_what_its_catalogue_entry_says() -> None:
    data = load(DataRecipe(source="tao", target=("humidity",)))
    assert data.inputs.shape == (643, 6)
    assert len(np.unique(data.coords["group"])) == 7
    assert "1 group has no usable row: 0N 95W 1993." in data.notes
    assert {"0N 110W 1997", "5S 95W 1997", "2S 95W 1993"} <= set(data.coords["group"])
    assert [column.name for column in data.schema.columns] == ["Sea.Surface.Temp", "Air.Temp", "UWind", "VWind"]
    assert [column.unit for column in data.schema.columns] == ["degC", "degC", "m/s", "m/s"]
    assert "Humidity: 93 rows without target left out." in data.notes
    assert any("Sea.Surface.Temp (1 row, 0.16 %), Air.Temp (78 rows, 12 %)" in note for note in data.notes)
    assert set(data.coords) == {"group", "latitude", "longitude"}


def test_the_recipe_wins_over_the_catalogue() -> None:
    data = load(DataRecipe(source="tao", target=("Air.Temp",), features=("Latitude", "UWind"), units={"UWind": "kn"}))
    assert [(column.name, column.unit) for column in data.schema.columns] == [("Latitude", ""), ("UWind", "kn")]


def test_a_feature_that_the_catalogue_drops_is_used() -> None:
    data = load(DataRecipe(source="tao", target=("Air.Temp",), features=("Year", "UWind")))
    assert [column.name for column in data.schema.columns] == ["Year", "UWind"]


def test_ids_depend_on_content_alone() -> None:
    frame = pl.concat([table(), table()[:3]])
    data = dataset(frame)
    assert data.ids[:3].tolist() == data.ids[40:].tolist()
    assert len(np.unique(data.ids)) == 40
    order = np.random.default_rng(1).permutation(len(frame))
    assert dataset(frame[order]).ids.tolist() == data.ids[order].tolist()


def test_fingerprint_changes_with_any_content() -> None:
    first = dataset(table()).fingerprint
    assert dataset(table()).fingerprint == first
    assert dataset(changed("wind", 3, 5.0)).fingerprint != first
    assert dataset(table(), group="buoy").fingerprint != first
    assert dataset(table(), units={"wind": "m/s"}).fingerprint != first


def test_rows_without_target_are_left_out_with_a_note_and_keep_their_numbers() -> None:
    data = dataset(changed("humidity [%]", 7, None))
    assert "humidity: 1 rows without target left out." in data.notes
    assert data.rows.tolist() == [*range(1, 8), *range(9, 41)]


def test_take_keeps_rows_together() -> None:
    data = dataset(table(), group="buoy")
    part = data.take(np.array([5, 2]))
    assert part.rows.tolist() == [6, 3]
    assert part.coords["group"].tolist() == ["b1", "b2"]
    np.testing.assert_array_equal(part.inputs, data.inputs[[5, 2]])


def test_missing_values_get_an_indicator() -> None:
    data = dataset(changed("sky", 2, None).with_columns(pl.Series("wind", [float("nan"), *[1.0, 2.0] * 19, 3.0])))
    names = [feature.name for feature in data.schema.features]
    assert names[-2:] == ["wind missing", "sky missing"]
    assert np.isnan(data.inputs[0, names.index("wind")])
    assert data.inputs[0, names.index("wind missing")] == 1
    assert data.inputs[2, [names.index(f"sky={sky}") for sky in ("clear", "cloudy", "rain")]].tolist() == [0, 0, 0]


def test_coordinates_are_features_only_when_named() -> None:
    frame = table().with_columns(lat=pl.lit(1.0) * pl.arange(40), lon=pl.lit(2.0) * pl.arange(40))
    silent = dataset(frame, latitude="lat", longitude="lon")
    assert "lat" not in [column.name for column in silent.schema.columns]
    assert any(note.startswith("lat, lon: used as coordinates") for note in silent.notes)
    assert [c.name for c in dataset(frame, latitude="lat", features=("lat",)).schema.columns] == ["lat"]


def test_identifiers_row_counters_and_empty_columns_are_left_out_with_a_note() -> None:
    frame = table().with_columns(
        pl.Series("name", [f"station {k}" for k in range(40)]),
        pl.Series("row", range(1, 41)),
        pl.Series("nothing", [None] * 40),
        pl.Series("lists", [[1]] * 40),
    )
    data = dataset(frame)
    told = " ".join(data.notes)
    for name in ("name", "row", "nothing", "lists"):
        assert f"{name}: " in told
        assert name not in [column.name for column in data.schema.columns]
    assert "names the rows: left out; its cells: 'station 0', 'station 1', 'station 2'." in told
    assert "row: it counts the rows: left out; its cells: 1, 2, 3." in told
    assert "nothing: every value is missing: left out." in told
    assert "lists: values of type List(Int64) cannot be features: left out; its cells: [1]." in told
    named = dataset(frame, features=("name", "row"))
    assert [column.name for column in named.schema.columns] == ["name", "row"]


def test_a_single_feature_may_count_the_rows() -> None:
    frame = pl.DataFrame({"x": range(20), "y": np.sin(np.arange(20.0))})
    assert [column.name for column in dataset(frame, target=("y",)).schema.columns] == ["x"]


def test_ten_thousand_categories_are_one_code() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"station": [f"s{k % 10_000}" for k in range(20_000)], "y": rng.normal(size=20_000)})
    data = dataset(frame, target=("y",))
    assert data.schema.cardinalities == (10_001,)
    assert data.inputs.shape == (20_000, 1)
    assert len(np.unique(data.inputs)) == 10_000
    assert data.inputs.min() == 1


def test_constant_columns_are_noted() -> None:
    nearly = [1.0] + [0.0] * 1999
    frame = pl.DataFrame({"x": np.arange(2000) % 7.3, "same": [5.0] * 2000, "nearly": nearly, "y": np.arange(2000.0)})
    notes = dataset(frame, target=("y",)).notes
    assert "Constant columns, which cannot help: same." in notes
    assert "Nearly constant columns: nearly (1 rows differ)." in notes


def test_weights() -> None:
    frame = table().with_columns(w=pl.arange(40).cast(pl.Float64))
    data = dataset(frame, weight="w")
    assert data.weights.tolist() == list(range(40))
    assert "w" not in [column.name for column in data.schema.columns]


def test_several_targets_and_tasks() -> None:
    assert dataset(table(), target=("humidity", "wind")).targets.shape == (40, 2)
    assert dataset(table(), target=("sky",)).schema.classes == ("clear", "cloudy", "rain")
    frame = table().with_columns(
        a=pl.Series([True, False] * 20), b=pl.Series(["yes", "no", "no", "no"] * 10), c=pl.Series([0, 1] * 20)
    )
    many = dataset(frame, target=("a", "b", "c"))
    assert many.schema.task is Task.MULTILABEL
    assert many.targets[:2].tolist() == [[1, 1, 0], [0, 0, 1]]
    assert dataset(frame, target=("c",)).schema.task is Task.CLASSIFICATION
    assert dataset(frame, target=("c",), task="regression").schema.task is Task.REGRESSION
    assert dataset(frame, target=("c",), kinds={"c": Kind.CONTINUOUS}).schema.task is Task.REGRESSION
    grades = frame.with_columns(grade=pl.Series([3, 4, 5, 6] * 10))
    assert dataset(grades, target=("grade",)).schema.task is Task.REGRESSION
    assert dataset(grades, target=("grade",), kinds={"grade": Kind.CATEGORICAL}).schema.classes == ("3", "4", "5", "6")
    assert dataset(grades, target=("grade",), task="classification").schema.classes == ("3", "4", "5", "6")


def test_two_float_values_are_a_regression_with_a_note() -> None:
    data = dataset(table().with_columns(z=pl.Series([0.0, 1.0] * 20)), target=("z",))
    assert data.schema.task is Task.REGRESSION
    assert any("only two different values" in note for note in data.notes)


def infinite(row: int) -> pl.DataFrame:
    return changed("wind", row, float("inf"))


LAT = table().with_columns(lat=pl.Series([0.0] * 39 + [95.0]))
REFUSED = {
    "unknown target": (table(), {"target": ("humidty",)}, "no target 'humidty'.*did you mean 'humidity'"),
    "no target": (table(), {"target": ()}, "no target: what shall be predicted"),
    "unknown group": (table(), {"group": "bouy"}, "no group 'bouy'.*did you mean 'buoy'"),
    "unknown kind": (table(), {"kinds": {"Skyy": Kind.COUNT}}, "no column 'Skyy'.*did you mean 'sky'"),
    "target twice": (table(), {"target": ("wind", "wind")}, "'wind' is named twice"),
    "target and feature": (table(), {"features": ("wind", "humidity")}, "'humidity' is a target and a feature"),
    "target and group": (table(), {"target": ("buoy",), "group": "buoy"}, "a target and a coordinate"),
    "named by its flag": (
        table(), {"target": ("buoy",), "group": "buoy"}, "--group buoy.*another column for --group, or none",
    ),
    "feature and dropped": (
        table(), {"features": ("wind", "sky"), "drop": ("wind",)}, "'wind' is a feature and to be dropped",
    ),
    "constant target": (table().with_columns(h=pl.lit(3.0)), {"target": ("h",)}, "'h': the target never changes"),
    "one class": (table().with_columns(h=pl.lit("a")), {"target": ("h",)}, "only one class"),
    "all missing": (
        table().with_columns(h=pl.lit(None, pl.Float64)), {"target": ("h",)}, "'h': every value of the target is miss",
    ),
    "all but one missing": (
        table().with_columns(h=pl.Series([1.0] + [None] * 39)), {"target": ("h",)}, "never changes",
    ),
    "date target": (table(), {"target": ("day",)}, "'day': this column cannot be a target"),
    "mixed targets": (table(), {"target": ("wind", "sky")}, r"do not go together.*sky \(categorical\)"),
    "two classes columns": (table(), {"target": ("sky", "buoy"), "task": "classification"}, "one target at a time"),
    "regression of text": (table(), {"target": ("sky",), "task": "regression"}, "text cannot be the target"),
    "infinite": (infinite(11), {}, "row 12, column 'wind': an infinite value.*inf"),
    "infinite target": (changed("humidity [%]", 4, float("-inf")), {}, "row 5, column 'humidity': an infinite"),
    "beyond float32": (changed("wind", 0, 1e300), {}, "row 1, column 'wind': a value beyond single precision"),
    "negative weight": (changed("wind", 2, -1.0).with_columns(pl.col("wind").cast(pl.Float64)), {"weight": "wind"},
                        "column 'wind': a negative weight"),
    "missing weight": (
        table().with_columns(w=pl.Series([1.0] * 39 + [None])), {"weight": "w"}, "row 40, column 'w': a missing weight",
    ),
    "zero weights": (table().with_columns(w=pl.lit(0.0)), {"weight": "w"}, "'w': all weights are zero"),
    "negative counts": (
        table().with_columns(n=pl.Series([1, 2, -3, 4] * 10)), {"target": ("n",), "kinds": {"n": Kind.COUNT}},
        "row 3, column 'n': a negative count",
    ),
    "latitude": (LAT, {"latitude": "lat"}, "row 40, column 'lat': a latitude outside -90..90"),
    "unparsable time": (
        table().with_columns(t=pl.Series(["2020-01-01"] * 20 + ["soon"] * 20)), {"time": "t"},
        "row 21, column 't': not a date.*'soon'",
    ),
    "three booleans": (
        table(), {"kinds": {"sky": Kind.BOOLEAN}}, "'sky': 3 different values in a boolean column",
    ),
    "one row": (table(1), {}, "one row is not enough"),
    "no rows": (table(0), {}, "no rows"),
    "no feature": (table()[["humidity [%]"]], {}, "no feature is left"),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
def test_refused(fault: str) -> None:
    frame, recipe, message = REFUSED[fault]
    with pytest.raises(DataError, match=message):
        dataset(frame, **recipe)


def test_unused_columns_may_hold_anything(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,y\n1,1,2\n2,2,3\n3,3,4\n4,abc,5\n")
    with pytest.raises(DataError, match="row 4, column 'b': text in a numeric column"):
        load(DataRecipe(source=str(path), target=("y",)))
    assert load(DataRecipe(source=str(path), target=("y",), drop=("b",))).inputs.shape == (4, 1)
    categorical = load(DataRecipe(source=str(path), target=("y",), kinds={"b": Kind.CATEGORICAL}))
    assert [f.name for f in categorical.schema.features] == ["a", "b=1", "b=2", "b=3", "b=abc"]


def test_same_units_twice_keep_their_headers() -> None:
    frame = pl.DataFrame({"t [K]": [1.0, 2.0], "t [degC]": [3.0, 5.0], "y": [1.0, 2.0]})
    assert [c.name for c in dataset(frame, target=("y",)).schema.columns] == ["t [K]", "t [degC]"]


def test_case_is_forgiven_only_where_it_is_certain() -> None:
    frame = pl.DataFrame({"Y": [1.0, 2.0], "y": [3.0, 5.0], "x": [0.0, 1.0], "Sea.Temp": [0.0, 3.0]})
    assert dataset(frame, target=("y",)).targets[:, 0].tolist() == [3, 5]
    assert dataset(frame, target=("X",)).targets[:, 0].tolist() == [0, 1]
    with pytest.raises(DataError, match=r"did you mean 'Sea\.Temp'"):
        dataset(frame, target=("sea_temp",))


def test_unknown_kind_is_refused_by_the_recipe() -> None:
    with pytest.raises(RecipeError):
        Recipe.from_dict({"data": {"source": "a", "kinds": {"x": "colour"}}})


MEASURE = """
import resource, sys
from isinglass.kinds.opening import load
from isinglass.recipe import DataRecipe
load(DataRecipe(source="sine"))
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
before = peak()
data = load(DataRecipe(source=sys.argv[1], target=("y",)))
print(data.inputs.nbytes, peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the resource module is for Unix")
def test_a_large_parquet_file_is_read_column_by_column(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    columns = {f"x{k}": rng.normal(size=1_000_000) for k in range(19)}
    path = tmp_path / "large.parquet"
    pl.DataFrame({**columns, "y": rng.normal(size=1_000_000)}).write_parquet(path)
    done = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True)
    inputs, grown = map(int, done.stdout.split())
    assert inputs == 19 * 4_000_000
    assert grown < inputs + 150e6  # the table itself is 160 MB as float64


@pytest.mark.parametrize("values", [[1, 2, 3], [0, 1, 2, 3]])
def test_a_target_of_few_numbers_is_told(values: list[float]) -> None:
    frame = pl.DataFrame({"x": np.arange(60) % 7, "y": [values[k % len(values)] for k in range(60)]})
    told = f"y: only {len(values)} different values, learnt as a quantity; --task classification takes them as classes."
    assert told in from_frame(frame, DataRecipe(source="t", target=("y",)), name="t").notes
    said = from_frame(frame, DataRecipe(source="t", target=("y",), kinds={"y": Kind.COUNT}), name="t")
    assert not any("different values" in note for note in said.notes)


def test_times_without_a_date_are_left_out_as_such() -> None:
    frame = pl.DataFrame(
        {"t": [f"{k % 24:02d}:{k:02d}" for k in range(50)], "x": np.arange(50) / 2, "y": [k % 7 for k in range(50)]}
    )
    (note,) = (
        n for n in from_frame(frame, DataRecipe(source="t", target=("y",)), name="t").notes if n.startswith("t:")
    )
    assert note.startswith("t: times of the day without a date are not read")
    assert "'00:00'" in note


def test_names_that_differ_in_case_are_told() -> None:
    frame = pl.DataFrame(
        {"sex": ["m", "f", "M", "F"] * 15, "x": np.arange(60) / 2, "y": [k * k % 7 for k in range(60)]}
    )
    notes = from_frame(frame, DataRecipe(source="t", target=("y",)), name="t").notes
    assert any(note.startswith("sex: 'F' and 'f', 'M' and 'm' differ in upper and lower case alone") for note in notes)
