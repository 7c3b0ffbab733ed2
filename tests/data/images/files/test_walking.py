"""What file managers, archives, synchronisers and notebooks leave in folders is no image, at any depth."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isinglass.data.images.files.walking import is_left_behind
from isinglass.data.images.loading import load_images
from isinglass.data.images.rows import read_images
from isinglass.recipe import DataRecipe

LEFT = (
    "@eaDir/3.png/SYNOPHOTO_THUMB_S.png",
    ".ipynb_checkpoints/0-checkpoint.png",
    ".thumbnails/normal/7.png",
    "deep/@eaDir/3.png",
    "deep/__MACOSX/._3.png",
    "#recycle/old.png",
    "$RECYCLE.BIN/x.jpg",
    "._0.png",
    "Thumbs.db",
    "desktop.ini",
)


def picture(place: Path, seed: int = 0) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(place, "PNG")


def album(home: Path) -> Path:
    for number in range(8):
        picture(home / ("ring", "square")[number % 2] / f"{number}.png", number)
        picture(home / ("ring", "square")[number % 2] / "deep" / f"{number}.png", 10 + number)
    return home


@pytest.mark.parametrize("left", LEFT)
def test_left_behind_in_a_class(tmp_path: Path, left: str) -> None:
    home = album(tmp_path / "album")
    picture(home / "ring" / left, 99)
    data = load_images(DataRecipe(source=str(home)))
    assert len(data) == 16
    assert any("1 hidden files left out" in note for note in data.notes)
    assert len(read_images(home, data.schema, DataRecipe(source=str(home))).inputs) == 16


def test_left_behind_beside_the_classes_and_in_an_archive(tmp_path: Path) -> None:
    home = album(tmp_path / "album")
    for left in LEFT:
        picture(home / left, 99)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in sorted(home.rglob("*")):
            archive.write(path, path.relative_to(tmp_path))
        for path in sorted((home / "ring").glob("*.png")):
            archive.write(path, f"__MACOSX/album/ring/._{path.name}")
    for source in (home, tmp_path / "a.zip"):
        data = load_images(DataRecipe(source=str(source)))
        assert data.schema.targets[0].categories == ("ring", "square")
        assert len(data) == 16
        assert any("hidden files left out" in note for note in data.notes)


def test_left_behind_among_images_and_masks(tmp_path: Path) -> None:
    for part in ("images", "masks"):
        (tmp_path / part).mkdir()
    for number in range(6):
        picture(tmp_path / "images" / f"{number}.png", number)
        mask = np.zeros((8, 8), np.uint8)
        mask[number:, 2:] = 1
        Image.fromarray(mask).save(tmp_path / "masks" / f"{number}.png")
    picture(tmp_path / "images" / "._0.png")
    picture(tmp_path / "images" / "@eaDir" / "0.png" / "SYNOPHOTO_THUMB_M.png")
    picture(tmp_path / "masks" / ".ipynb_checkpoints" / "1-checkpoint.png")
    data = load_images(DataRecipe(source=str(tmp_path)))
    assert len(data) == 6
    assert any("3 hidden files left out" in note for note in data.notes)
    assert len(read_images(tmp_path / "images", data.schema, DataRecipe(source=str(tmp_path))).inputs) == 6


def test_a_case_of_each(shared: Path) -> None:
    data = load_images(DataRecipe(source=str(shared.parent / "cases" / "12-hidden-folders")))
    assert len(data) == 20
    assert not any("eaDir" in name or "checkpoint" in name for name in data.files)
    assert any("4 hidden files left out: .ipynb_checkpoints, @eaDir" in note for note in data.notes)


def test_names_of_users_stay() -> None:
    assert not any(map(is_left_behind, ("a.png", "thumbs", "recycle", "@home", "#1.png", "_x.png", "Icon.png")))
