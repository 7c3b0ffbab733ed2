"""Model files of earlier builds are read, and say what they said when they were written: see tests/fixtures."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from PIL import Image
from safetensors.numpy import load

import isinglass as ig

if TYPE_CHECKING:
    from commands import Cli

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
FOLDERS = sorted(path.parent for path in FIXTURES.rglob("model.isinglass"))

CLOSE = 1e-5
"""Of a column's largest value. Other instructions of the processor, and other orders of addition, moved them by 9e-7 at
most.
"""
PIXELS = 0.01
"""Part of the pixels whose classes or doubt another processor may round otherwise."""


def test_every_build_and_every_kind_of_model_is_there():
    assert {path.parent.name for path in FOLDERS} == {"5483d2b", "c1f8b27"}
    for build in ("5483d2b", "c1f8b27"):
        kinds = {path.name for path in FOLDERS if path.parent.name == build}
        assert kinds >= {"table", "several", "classes", "labels", "law", "images", "masks"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_it_says_what_it_said(folder: Path, tmp_path: Path, cli: Cli):
    agree(folder / "said", asked(cli, folder / "model.isinglass", folder, tmp_path / "now"), close=CLOSE)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_saved_again_it_says_the_same(folder: Path, tmp_path: Path, cli: Cli):
    again = ig.load(folder / "model.isinglass").save(tmp_path / "again.isinglass")
    before = asked(cli, folder / "model.isinglass", folder, tmp_path / "before")
    agree(before, asked(cli, again, folder, tmp_path / "after"), close=0)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_nothing_of_the_networks_is_lost(folder: Path, tmp_path: Path):
    again = ig.load(folder / "model.isinglass").save(tmp_path / "again.isinglass")
    old, new = (weights(path) for path in (folder / "model.isinglass", again))
    assert list(old) == list(new)
    for name, values in old.items():
        np.testing.assert_array_equal(new[name], values, err_msg=name, strict=True)


def weights(model: Path) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(model) as parts:
        found = load(parts.read("members.safetensors"))
    return {name: found[name] for name in sorted(found) if found[name].size}  # what is empty had another shape once


def asked(cli: Cli, model: Path, folder: Path, out: Path) -> Path:
    """What a model says of a fixture's rows or images, without the ending of the file."""
    rows = folder / "rows.csv"
    if rows.exists():
        ran = cli("predict", model, rows, "--out", f"{out}.csv", "--members", "--novelty")
    elif (folder / "said.csv").exists():
        ran = cli("predict", model, folder / "images", "--out", f"{out}.csv", "--members", "--novelty")
    else:
        ran = cli("predict", model, folder / "images", "--out", out)
    assert ran.code == 0, ran.err
    return out


def agree(then: Path, now: Path, *, close: float) -> None:
    """Fail where a number, a text, a column or a picture is another one."""
    if then.is_dir():
        files = sorted(path.relative_to(then) for path in then.rglob("*.png"))
        assert files == sorted(path.relative_to(now) for path in now.rglob("*.png"))
        for name in files:
            same_pixels(picture(then / name), picture(now / name), part=PIXELS if close else 0)
        return
    old, new = pl.read_csv(f"{then}.csv"), pl.read_csv(f"{now}.csv")
    assert old.columns == [name for name in new.columns if name in old.columns]  # later builds may say more
    for name, before, after in columns(old, new):
        if before.dtype.kind in "fiu":
            np.testing.assert_allclose(after, before, rtol=0, atol=close * np.nanmax(np.abs(before)), err_msg=name)
        else:
            assert before.tolist() == after.tolist(), name


def columns(old: pl.DataFrame, new: pl.DataFrame) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    for name in old.columns:
        yield name, old[name].to_numpy(), new[name].to_numpy()


def picture(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path)).astype(int)


def same_pixels(before: np.ndarray, after: np.ndarray, *, part: float) -> None:
    assert before.shape == after.shape
    assert np.mean(before != after) <= part
