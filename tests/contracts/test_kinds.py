"""Every kind of data says what the rest of the program asks of it. A new one needs a line in `SOURCES`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isinglass.data.dataset import Dataset
from isinglass.errors import ModelFileError
from isinglass.export.records import pack, unpack
from isinglass.kinds import KINDS, DataKind, kind_of, kind_of_document
from isinglass.kinds.opening import load
from isinglass.machine import MACHINES, build, resolve
from isinglass.recipe import DataRecipe, Recipe
from isinglass.spec import VARIABLES, Role, Shape, task_of
from isinglass.workbench.study import INSIGHTS

ROWS = 12


def table(folder: Path) -> DataRecipe:
    random = np.random.default_rng(0)
    lines = [f"{a:.3f},{'xyz'[k % 3]},{2 * a:.3f}" for k, a in enumerate(random.normal(size=ROWS))]
    (folder / "rows.csv").write_text("\n".join(["depth [m],kind,y", *lines]) + "\n")
    return DataRecipe(source=str(folder / "rows.csv"), target=("y",))


def images(folder: Path) -> DataRecipe:
    random = np.random.default_rng(0)
    for k in range(ROWS):
        home = folder / ("dark", "light")[k % 2]
        home.mkdir(exist_ok=True)
        values = random.integers(0, 128, (12, 12, 3), dtype=np.uint8) + np.uint8(127 * (k % 2))
        Image.fromarray(values).save(home / f"{k}.png")
    return DataRecipe(source=str(folder))


SOURCES: dict[str, Callable[[Path], DataRecipe]] = {"table": table, "image": images}
"""How a small source of each kind is written."""


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> DataKind:
    assert request.param in SOURCES, f"how is a source of the kind '{request.param}' written? Tell SOURCES"
    return KINDS[request.param]


@pytest.fixture
def recipe(kind: DataKind, tmp_path: Path) -> DataRecipe:
    return SOURCES[kind.name](tmp_path)


@pytest.fixture
def dataset(recipe: DataRecipe) -> Dataset:
    return load(recipe)


def test_it_knows_its_own_sources_and_no_others(kind: DataKind, recipe: DataRecipe) -> None:
    assert kind_of(recipe) is kind
    assert KINDS[kind.name].name == kind.name == kind.schema.kind


def test_rows_are_what_the_schema_says(kind: DataKind, dataset: Dataset) -> None:
    schema = dataset.schema
    assert isinstance(schema, kind.schema)
    assert dataset.inputs.shape == (ROWS, *schema.spec.sizes)
    assert len(schema.spec.dims) == len(schema.spec.sizes)
    assert set(schema.spec.dims) & set(VARIABLES)
    assert dataset.targets.shape[0] == ROWS


def test_the_task_is_the_word_for_the_targets(dataset: Dataset) -> None:
    assert task_of(dataset.schema.predicted) is dataset.schema.task
    assert [target.name for target in dataset.schema.predicted] == [target.name for target in dataset.schema.targets]


def test_a_schema_survives_as_json(kind: DataKind, dataset: Dataset) -> None:
    assert dataclasses.is_dataclass(dataset.schema)
    document = json.loads(json.dumps({"kind": dataset.schema.kind, **pack(dataset.schema)[0]}))
    assert kind_of_document(document) is kind
    assert unpack(kind.schema, document, {}) == dataset.schema


def test_files_of_version_0_1_name_no_kind(kind: DataKind, dataset: Dataset) -> None:
    assert kind_of_document(json.loads(json.dumps(pack(dataset.schema)[0]))) is kind


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ModelFileError, match="hologram"):
        kind_of_document({"kind": "hologram"})


def test_the_reader_takes_the_study_s_own_rows(kind: DataKind, dataset: Dataset, recipe: DataRecipe) -> None:
    named = recipe.model_copy(update={"target": tuple(target.name for target in dataset.schema.targets)})
    reader = kind.reader(dataset.schema, named, load=load)
    np.testing.assert_array_equal(reader.asked(recipe.source).inputs, dataset.inputs)
    labelled = reader.labelled(recipe.source)
    np.testing.assert_array_equal(labelled.inputs, dataset.inputs)
    np.testing.assert_array_equal(labelled.targets, dataset.targets)
    np.testing.assert_array_equal(labelled.ids, dataset.ids)


def test_each_member_is_scaled_along_the_variables(kind: DataKind, dataset: Dataset) -> None:
    role = np.full((2, ROWS), int(Role.TRAIN), np.int8)
    role[1, ::2] = int(Role.OUT)
    scaling = kind.scaling(dataset, role, Recipe.from_dict({"data": {"source": "x"}}).machine)
    spec = dataset.schema.spec
    place = next(k for k, dim in enumerate(spec.dims) if dim in VARIABLES)
    assert scaling.center.shape == scaling.scale.shape == (2, spec.sizes[place])
    assert scaling.target_center.shape == (2, dataset.targets.shape[1])
    first, second = (np.concatenate([scaling.center[m], scaling.scale[m]]) for m in (0, 1))
    assert not np.array_equal(first, second)  # each on its own training rows


def test_defaults_are_complete(kind: DataKind, dataset: Dataset, recipe: DataRecipe) -> None:
    """After `learning.defaults` nothing is left open, and the machine of 'auto' can be built."""
    from isinglass.learning import defaults

    schema = dataset.schema
    shape = Shape(schema.spec.values, schema.answers, schema.cardinalities, spec=schema.spec)
    study = Recipe.from_dict({"data": {"source": recipe.source}})
    study = study.model_copy(update={"machine": resolve(study.machine, shape, task=schema.task)})
    assert study.machine.kind in MACHINES
    build(study.machine, shape, seed=0, task=schema.task)
    study = kind.learning(study, shape, dataset)
    assert int(study.learning.members) >= 2
    left = defaults.resolve(study.learning, ROWS)
    assert "auto" not in {left.members, left.batch, left.epochs, left.optimizer.kind, left.optimizer.rate}
    kind.duration(study, shape, dataset, networks=4, after=1.0)
    augment = kind.augmentation(study, schema)
    assert augment is None or callable(augment)


def test_conventional_methods_are_there(kind: DataKind, dataset: Dataset) -> None:
    methods = kind.baselines(dataset.schema.task)
    assert "mean" in methods
    assert all(dataset.schema.task in method.tasks for method in methods.values())


def test_sections_are_known(kind: DataKind) -> None:
    from isinglass.export.sections import SECTIONS

    assert kind.insights in INSIGHTS
    assert set(kind.sections) <= set(SECTIONS)
    assert kind.novelty
    assert set(kind.novelty) <= {"ranges", "layers"}


def test_thumbnails(kind: DataKind, dataset: Dataset) -> None:
    shown = kind.thumbnails(dataset.inputs[:3])
    if shown is not None:
        assert shown.dtype == np.uint8
        assert shown.shape[0] == 3
        assert shown.shape[-1] == 3


def test_changes_have_a_unit(kind: DataKind, dataset: Dataset) -> None:
    """u -> x gives back x: nothing is lost on the way to the scale of changes."""
    import torch

    raw = torch.from_numpy(np.asarray(dataset.inputs[:2])).to(torch.float64)
    ones = torch.ones(raw.shape[1], dtype=torch.float64)
    unit = kind.unit(dataset.schema, raw, 0 * ones, 2 * ones)
    torch.testing.assert_close(unit.to_raw(unit.to_unit(raw)), raw, equal_nan=True)
    assert unit.name
    assert 0 < kind.changes.usual <= kind.changes.largest
    assert sorted(kind.changes.sizes) == list(kind.changes.sizes)


def test_words(kind: DataKind, dataset: Dataset, recipe: DataRecipe) -> None:
    what, *_ = kind.outline(recipe)
    assert f"{ROWS} {kind.samples}" in what
    machine = Recipe.from_dict({"data": {"source": "x"}, "machine": {"kind": "mlp", "hidden": [4]}}).machine
    assert "mlp" in kind.words(dataset.schema, machine)
