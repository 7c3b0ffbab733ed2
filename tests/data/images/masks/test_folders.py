"""Where masks stand: beside their images in every layout that is known, and never as classes or images of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isinglass.data.images.masks.folders import has_masks
from isinglass.data.images.rows import read_images
from isinglass.errors import DataError
from isinglass.kinds.opening import load
from isinglass.recipe import DataRecipe
from isinglass.spec import Task

SIZE = 16


def pair(image: Path, mask: Path, number: int) -> None:
    """A grey image whose brightness is its number, and a mask whose number of white rows is too."""
    for place in (image, mask):
        place.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((SIZE, SIZE), 10 * number, np.uint8)).save(image)
    white = np.zeros((SIZE, SIZE), np.uint8)
    white[: number + 1] = 255
    Image.fromarray(white).save(mask)


LAYOUTS = {
    "beside": ("images/{n}.png", "masks/{n}.png"),
    "other names": ("imgs/{n}.png", "gt/{n}_mask.png"),
    "capitals": ("Images/{n} ä.PNG", "Masks/{n} ä_mask.PNG"),
    "suffixed parts": ("{part}/{n}.png", "{part}_masks/{n}.png"),
    "parts outside": ("{part}/images/{n}.png", "{part}/masks/{n}.png"),
    "parts inside": ("images/{part}/{n}.png", "masks/{part}/{n}.png"),
    "folders inside": ("images/{half}/{n}.png", "masks/{half}/{n}.png"),
    "same names in folders": ("images/{n}/a.png", "masks/{n}/a.png"),
    "patients": ("patient {half}/images/{n}.png", "patient {half}/masks/{n}.png"),
    "file beside file": ("{n}.png", "{n}_mask.png"),
    "file beside file in folders": ("patient {half}/{n}.png", "patient {half}/{n}_mask.png"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout(tmp_path: Path, layout: str) -> None:
    for number in range(8):
        words = {"n": number, "part": ("train", "test")[number > 5], "half": number % 2}
        pair(*(tmp_path / form.format(**words) for form in LAYOUTS[layout]), number)
    assert has_masks(tmp_path)
    data = load(DataRecipe(source=str(tmp_path)))
    assert data.schema.task is Task.SEGMENTATION
    assert len(data) == 8
    numbers = data.inputs[:, 0, 0, 0] // 10
    assert sorted(numbers) == list(range(8))
    assert ((data.targets[:, 0, :, 0] == 1).sum(1) == numbers + 1).all()
    if "part" in LAYOUTS[layout][0]:
        assert (data.coords["part"] == np.where(numbers > 5, "test", "train")).all()
    again = read_images(tmp_path, data.schema, DataRecipe(source=str(tmp_path)))
    assert sorted(again.inputs[:, 0, 0, 0] // 10) == list(range(8))


def test_folders_of_classes_are_no_masks(tmp_path: Path) -> None:
    for number in range(8):
        pair(tmp_path / "label" / f"{number}.png", tmp_path / "img" / f"other {number}.png", number)
    assert not has_masks(tmp_path)
    assert load(DataRecipe(source=str(tmp_path))).schema.task is Task.CLASSIFICATION


def test_two_masks_of_one_image_are_an_error(tmp_path: Path) -> None:
    for number in range(4):
        pair(tmp_path / "images" / f"{number}.png", tmp_path / "masks" / f"{number}.png", number)
    pair(tmp_path / "images" / "3.png", tmp_path / "masks" / "3_mask.png", 3)
    with pytest.raises(DataError, match=r"two masks for one image.*Given: 3\.png, 3_mask\.png"):
        load(DataRecipe(source=str(tmp_path)))


def test_images_of_all_sizes_take_the_middle_one(tmp_path: Path) -> None:
    for number in range(12):
        home = tmp_path / ("a", "b")[number % 2]
        home.mkdir(exist_ok=True)
        Image.new("L", (30 - number, 10 + number)).save(home / f"{number}.png")
    assert load(DataRecipe(source=str(tmp_path))).inputs.shape[2:] == (16, 25)


@pytest.mark.parametrize("form", ["{n} ä.png", "{n} ä", "deep\\{n} ä.png", "deep/{n} ä"])
def test_a_table_names_files_as_tables_do(tmp_path: Path, form: str) -> None:
    for number in range(6):
        pair(tmp_path / "deep" / f"{number} ä.png", tmp_path / "rest" / f"x{number}.png", number)
    lines = [f"{form.format(n=number)},{number * 1.5}" for number in range(6)]
    (tmp_path / "table.csv").write_text("\n".join(["file,size", *lines]), encoding="utf-8")
    data = load(DataRecipe(source=str(tmp_path / "table.csv"), images="file", target=("size",)))
    assert (data.inputs[:, 0, 0, 0] // 10 * 1.5 == data.targets[:, 0]).all()


def test_a_name_that_two_files_have_is_not_guessed(tmp_path: Path) -> None:
    for number in range(6):
        pair(tmp_path / "a" / f"{number}.png", tmp_path / "b" / f"{number}.png", number)
    (tmp_path / "table.csv").write_text("file,size\n" + "\n".join(f"{number}.png,{number}" for number in range(6)))
    with pytest.raises(DataError, match="6 of 6 image files are not there"):
        load(DataRecipe(source=str(tmp_path / "table.csv"), images="file", target=("size",)))
