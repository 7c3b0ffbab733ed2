"""What every data set of the catalogue and every reader must keep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from isinglass.data import CATALOGUE, Schema, read_table
from isinglass.data.images.schema import ImageSchema
from isinglass.data.scaling import fit_scaling
from isinglass.data.tables.sources import READERS
from isinglass.kinds.opening import load
from isinglass.learning.view import scaled
from isinglass.recipe import DataRecipe
from isinglass.spec import Kind, Role, Task

LOCAL = [name for name, entry in CATALOGUE.items() if not (entry.remote or entry.files or entry.make)]
REMOTE = [name for name, entry in CATALOGUE.items() if entry.remote or entry.files]
MADE = [name for name, entry in CATALOGUE.items() if entry.make]


@pytest.mark.parametrize("name", LOCAL)
def test_every_data_set_is_sound(name: str) -> None:
    data = load(DataRecipe(source=name))
    samples, features = len(data), len(data.schema.features)
    assert samples >= 100
    assert data.inputs.shape == (samples, features)
    assert data.targets.shape == (samples, data.schema.outputs)
    assert (data.inputs.dtype, data.targets.dtype, data.ids.dtype) == (np.float32, np.float64, np.uint64)
    assert not np.isinf(data.inputs).any()
    assert np.isfinite(data.targets).all()
    assert all(len(values) == samples for values in (data.weights, data.ids, data.rows, *data.coords.values()))
    if data.schema.task is Task.CLASSIFICATION:
        assert set(np.unique(data.targets)) == set(range(len(data.schema.classes)))
    assert load(DataRecipe(source=name)).fingerprint == data.fingerprint


@pytest.mark.parametrize("name", LOCAL)
def test_every_schema_is_read_back_and_encodes_the_table_again(name: str) -> None:
    data = load(DataRecipe(source=name))
    schema = Schema.from_json(data.schema.to_json())
    frame = CATALOGUE[name].open().frame
    np.testing.assert_array_equal(schema.encode(frame)[data.rows - 1], data.inputs)
    np.testing.assert_array_equal(schema.encode_targets(frame)[data.rows - 1], data.targets)


@pytest.mark.parametrize("name", LOCAL)
def test_every_data_set_can_be_scaled(name: str) -> None:
    data = load(DataRecipe(source=name))
    role = np.full((1, len(data)), Role.TRAIN, np.int8)
    scaling = fit_scaling(data, data.schema.features, role=role, task=data.schema.task)
    numbers = (scaling.center[0], scaling.scale[0], scaling.clip)
    z = scaled(torch.from_numpy(data.inputs), *map(torch.from_numpy, numbers)).numpy()
    assert np.isfinite(z).all()
    assert np.abs(z[:, scaling.clip]).max() <= 3.0


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_entry_says_where_it_comes_from(name: str) -> None:
    entry = CATALOGUE[name]
    assert entry.title
    assert entry.origin
    assert entry.licence
    assert entry.defaults.get("target") or entry.files or entry.make


@pytest.mark.parametrize("name", REMOTE)
def test_every_remote_entry_is_pinned(name: str) -> None:
    entry = CATALOGUE[name]
    for remote in entry.files or (entry.remote,):
        assert remote is not None
        assert remote.url.startswith("https://")
        assert len(remote.sha256) == 64


@pytest.mark.parametrize("name", MADE)
def test_every_generated_set_of_images_is_sound_and_the_same_again(name: str) -> None:
    data = load(DataRecipe(source=name))
    assert isinstance(data.schema, ImageSchema)
    assert data.inputs.shape[1:] == data.schema.image
    assert str(data.inputs.dtype) == data.schema.depth
    assert all(len(part) == len(data) for part in (data.targets, data.weights, data.ids, data.files))
    assert set(data.coords["part"]) == {"train", "test"}
    assert load(DataRecipe(source=name)).fingerprint == data.fingerprint


def _npz(frame: pl.DataFrame, path: Path) -> None:
    columns = {name: frame[name].to_numpy() for name in frame.columns}
    np.savez(path, **{name: array.astype(str) if array.dtype == object else array for name, array in columns.items()})


def _text(separator: str) -> Callable[[pl.DataFrame, Path], None]:
    def write(frame: pl.DataFrame, path: Path) -> None:
        path.write_text(frame.write_csv(separator=separator), encoding="utf-8")

    return write


WRITERS: dict[str, Callable[[pl.DataFrame, Path], None]] = {
    ".csv": _text(","),
    ".tsv": _text("\t"),
    ".tab": _text("\t"),
    ".txt": _text(","),
    ".dat": _text(";"),
    ".data": _text("\t"),
    ".parquet": lambda frame, path: frame.write_parquet(path),
    ".pq": lambda frame, path: frame.write_parquet(path),
    ".feather": lambda frame, path: frame.write_ipc(path),
    ".arrow": lambda frame, path: frame.write_ipc(path),
    ".npz": _npz,
}


def table() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "sst [degC]": rng.normal(size=30),
            "count": rng.integers(0, 50, 30),
            "sky, at noon": rng.choice(["clear", 'the "rain"', "été"], 30),
            "y": rng.normal(size=30),
        }
    )


@pytest.mark.parametrize("suffix", READERS)
def test_every_reader_gives_back_what_was_written(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"table{suffix}"
    WRITERS[suffix](table(), path)
    assert read_table(path).equals(table())
    assert read_table(str(path), columns=["y"]).columns == ["y"]


@pytest.mark.parametrize("suffix", READERS)
def test_every_reader_gives_the_same_dataset(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"table{suffix}"
    WRITERS[suffix](table(), path)
    data = load(DataRecipe(source=str(path), target=("y",)))
    assert [column.kind for column in data.schema.columns] == [Kind.CONTINUOUS, Kind.COUNT, Kind.CATEGORICAL]
    assert data.schema.columns[0].unit == "degC"
    WRITERS[".parquet"](table(), tmp_path / "same.parquet")
    same = load(DataRecipe(source=str(tmp_path / "same.parquet"), target=("y",)))
    assert data.fingerprint == same.fingerprint
    assert data.ids.tolist() == same.ids.tolist()
