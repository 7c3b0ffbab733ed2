"""The real data sets, in the files that users have."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest

from isinglass.data.catalogue import CATALOGUE, is_ready
from isinglass.data.catalogue.download import cached_path
from isinglass.data.images.channels import fit_channel_scaling
from isinglass.data.images.loading import is_image_source, load_images
from isinglass.data.images.rows import read_images
from isinglass.data.leaks import find_leaks
from isinglass.data.splits import split
from isinglass.recipe import DataRecipe, SplitRecipe
from isinglass.spec import Role, Task


@pytest.mark.slow
def test_mnist_from_the_catalogue_has_its_official_parts(shared: Path) -> None:
    for remote in CATALOGUE["mnist"].files:
        path = cached_path(remote)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shared / "mnist" / path.name, path)
    assert is_ready("mnist")
    recipe = DataRecipe(source="mnist")
    assert is_image_source(recipe)
    data = load_images(recipe)
    assert data.inputs.shape == (70_000, 1, 28, 28)
    assert data.inputs.dtype == np.uint8
    assert np.bincount(data.targets[:60_000, 0].astype(int)).tolist()[:2] == [5923, 6742]
    splits = split(data, SplitRecipe(), seed=0)
    assert (splits.kind, splits.scheme) == ("official", "sealed")
    assert int((splits.role == Role.TEST).sum()) == 10_000
    scaling = fit_channel_scaling(data, splits.role)
    assert scaling.center[0, 0] / 255 == pytest.approx(0.1307, abs=5e-5)  # as every tutorial has it
    assert 1 / scaling.scale[0, 0] / 255 == pytest.approx(0.3081, abs=5e-5)


def test_checksums_are_those_of_the_files(shared: Path) -> None:
    import hashlib

    for remote in CATALOGUE["mnist"].files:
        content = (shared / "mnist" / cached_path(remote).name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == remote.sha256


def test_idx_may_be_unpacked(shared: Path, tmp_path: Path) -> None:
    for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        (tmp_path / name).write_bytes(gzip.decompress((shared / "mnist" / f"{name}.gz").read_bytes()))
    data = load_images(DataRecipe(source=str(tmp_path)))
    assert len(data) == 10_000
    assert "part" not in data.coords
    assert data.targets[:3, 0].tolist() == [7, 2, 1]


def test_cifar_has_its_names_and_moments(shared: Path) -> None:
    data = load_images(DataRecipe(source=str(shared / "cifar10")))
    assert data.inputs.shape == (11_000, 3, 32, 32)
    assert data.schema.targets[0].categories[6] == "frog"
    assert data.schema.targets[0].categories[int(data.targets[0, 0])] == "frog"  # the first training image
    assert (data.coords["part"] == "train").sum() == 10_000
    data = data.take(np.arange(9_000, 11_000))
    role = np.where(data.coords["part"] == "train", Role.TRAIN, Role.TEST).astype(np.int8)
    scaling = fit_channel_scaling(data, role[None].repeat(3, 0))
    assert scaling.center[2] / 255 == pytest.approx([0.4914, 0.4822, 0.4465], abs=2e-2)
    train = data.inputs[:1_000].astype(np.float64)
    assert scaling.center[0] == pytest.approx(train.mean((0, 2, 3)), rel=1e-9)
    assert 1 / scaling.scale[0] == pytest.approx(train.std((0, 2, 3)), rel=1e-6)


@pytest.mark.slow
def test_eurosat_from_its_archive(shared: Path) -> None:
    data = load_images(DataRecipe(source=str(shared / "images" / "eurosat_rgb_subset.tar.gz")))
    assert data.inputs.shape == (4_000, 3, 64, 64)
    assert len(data.schema.targets[0].categories) == 10
    assert (data.coords["part"] == "test").sum() == 1_000
    assert data.files[0].endswith(".jpg")
    assert find_leaks(data, split(data, SplitRecipe(), seed=0)) == ()


@pytest.mark.slow
def test_camvid_with_masks_and_void(shared: Path) -> None:
    source = str(shared / "segmentation" / "camvid_half.tar.gz")
    recipe = DataRecipe(source=source, void=11, size=(180, 240))
    told: list[tuple[int, int]] = []
    data = load_images(recipe, watch=lambda done, count: told.append((done, count)))
    assert told[-1] == (701, 701)
    assert data.schema.task is Task.SEGMENTATION
    assert data.inputs.shape == (701, 3, 180, 240)
    assert data.targets.shape == (701, 1, 180, 240)
    assert set(np.unique(data.targets)) == {*range(11), 255}
    assert dict(zip(*np.unique(data.coords["part"], return_counts=True), strict=True)) == {
        "train": 367,
        "valid": 101,
        "test": 233,
    }
    again = read_images(data.inputs[:2], data.schema, recipe)
    assert (again.inputs == data.inputs[:2]).all()
