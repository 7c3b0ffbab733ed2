"""Rasters with pixels without data: found by what stands there, filled, void in masks, ignored by the scaling."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isinglass.data.dataset import Dataset
from isinglass.data.images.channels import fit_channel_scaling
from isinglass.data.images.files.decode import read_image
from isinglass.data.images.files.faults import BadImageError, NoDataError
from isinglass.data.images.nodata import without_data
from isinglass.data.images.rows import find_scenes, read_images
from isinglass.data.images.schema import ImageSchema
from isinglass.errors import DataError
from isinglass.inference.maps import Segmented
from isinglass.kinds.opening import load as load_any
from isinglass.recipe import DataRecipe
from isinglass.spec import Role

tifffile = pytest.importorskip("tifffile")

SIZE = 24
EDGE = 3
"""Rows without data at the top of every second raster."""


def bands(seed: int, count: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.3, 0.1, (SIZE, SIZE, count)).astype(np.float32)


def write(place: Path, pixels: np.ndarray, declared: str = "", **options: object) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    tags = [(42113, "s", 0, declared, True)] if declared else []
    tifffile.imwrite(place, pixels, extratags=tags, **{"photometric": "minisblack", "planarconfig": "contig"} | options)
    return place


def scenes(home: Path, value: float, declared: str = "", count: int = 8) -> Path:
    """Rasters of five bands with masks of 0 and 1; every second one begins with rows of the value."""
    for number in range(count):
        pixels = bands(number)
        mask = (pixels[..., 0] > 0.3).astype(np.uint8)
        if number % 2:
            pixels[:EDGE] = value
        write(home / "images" / f"{number}.tif", pixels, declared)
        (home / "masks").mkdir(exist_ok=True)
        Image.fromarray(mask).save(home / "masks" / f"{number}.png")
    return home


def load(home: Path, **options: object) -> Dataset:
    return load_any(DataRecipe.model_validate({"source": str(home), **options}))


@pytest.mark.parametrize(
    ("value", "declared", "said"),
    [
        (np.nan, "", "not a number"),
        (np.inf, "", "not a number"),
        (-9999, "", "-9999"),
        (-99999, "", "-99999"),
        (-32768, "", "-32768"),
        (9.969209968386869e36, "", "1e19 and more"),
        (np.finfo(np.float32).min, "-3.4028234663852886e+38", "-3.40282e+38"),
        (7, "7", "7"),
        (np.nan, "nan", "not a number"),
    ],
)
def test_pixels_without_data_are_void_filled_and_told(tmp_path: Path, value: float, declared: str, said: str) -> None:
    data = load(scenes(tmp_path, value, declared))
    assert any(f"4 of 8 images have pixels without data (6.2 % of all; there stands: {said})" in n for n in data.notes)
    assert (data.targets[1::2, :, :EDGE] == 255).all()
    assert (data.targets[:, :, EDGE:] != 255).all()
    assert (data.known[1::2, :EDGE] == 0).all()
    assert data.known.mean() == pytest.approx(1 - EDGE / SIZE / 2)
    whole = np.stack([bands(number) for number in range(8)]).transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(data.inputs[:, :, EDGE:], whole[:, :, EDGE:])
    means = whole[1::2, :, EDGE:].mean((2, 3))
    np.testing.assert_allclose(
        data.inputs[1::2, :, :EDGE], means[:, :, None, None].repeat(EDGE, 2).repeat(SIZE, 3), rtol=1e-5
    )


def test_the_scaling_knows_nothing_of_what_is_filled(tmp_path: Path) -> None:
    data = load(scenes(tmp_path, np.nan))
    role = np.array([[Role.TRAIN] * 6 + [Role.TEST] * 2], np.int8)
    scaling = fit_channel_scaling(data, role)
    known = [data.inputs[k][:, data.known[k]] for k in range(6)]
    pixels = np.concatenate(known, axis=1).astype(np.float64)
    np.testing.assert_allclose(scaling.center[0], pixels.mean(1), rtol=1e-6)
    np.testing.assert_allclose(1 / scaling.scale[0], pixels.std(1), rtol=1e-5)


def test_new_rasters_are_filled_alike_and_their_maps_say_nothing_there(tmp_path: Path) -> None:
    home = scenes(tmp_path, -9999)
    data, recipe = load(home), DataRecipe(source=str(home))
    assert isinstance(data.schema, ImageSchema)
    found = read_images(home / "images", data.schema, recipe)
    np.testing.assert_array_equal(found.inputs, data.inputs)
    np.testing.assert_array_equal(found.known, data.known)
    assert "4 of 8 images have pixels without data" in found.problems[0]
    files = find_scenes(home / "images", data.schema, recipe)
    assert files is not None
    pixels, known = files.read(1)
    np.testing.assert_array_equal(pixels, data.inputs[1])
    assert known is not None
    np.testing.assert_array_equal(known.where, data.known[1])
    assert files.read(0)[1] is None
    parts, flat = np.full((1, 2, SIZE, SIZE), 0.5, np.float32), np.ones((1, 1, SIZE, SIZE), np.float32)
    told = Segmented(slice(0, 1), (parts,), flat, flat).within(data.known[1:2])
    assert (told.classes[0, 0] == np.where(data.known[1], 0, 255)).all()
    assert (np.isnan(told.probabilities[0][0, 0]) == ~data.known[1]).all()


def test_patches_of_scenes_have_the_same_gaps(tmp_path: Path) -> None:
    whole = load(scenes(tmp_path, np.nan))
    data = load(tmp_path, patch=6)
    assert data.inputs.shape[1:] == (5, 12, 12)
    assert (data.targets == 255).sum() == (whole.targets == 255).sum()
    assert data.known.sum() == whole.known.sum()
    assert (data.targets[:, 0][~data.known] == 255).all()


def test_rasters_of_nothing_are_left_out(tmp_path: Path) -> None:
    home = scenes(tmp_path, np.nan)
    for number in (2, 5):
        write(home / "images" / f"{number}.tif", np.full((SIZE, SIZE, 5), np.nan, np.float32))
    for patch in (0, 6):
        data = load(home, patch=patch)
        assert any(
            "2 of 8 images hold no data at all and are left out: images/2.tif, images/5.tif" in note
            for note in data.notes
        )
        assert not any(name.startswith(("images/2", "images/5")) for name in data.files)
    for number in range(8):
        write(home / "images" / f"{number}.tif", np.full((SIZE, SIZE, 5), -9999, np.float32))
    for patch in (0, 6):
        with pytest.raises(DataError, match="no image holds data"):
            load(home, patch=patch)


def test_classes_of_rasters(tmp_path: Path) -> None:
    for number in range(8):
        pixels = (100 + bands(number, 3) * 100).astype(np.uint16)
        pixels[:, :EDGE] = 0
        pixels[10, 10] = (0, 200, 200)
        write(tmp_path / ("ice", "sea")[number % 2] / f"{number}.tif", pixels, "0", photometric="rgb")
    data = load(tmp_path)
    assert not data.known[:, :, :EDGE].any()
    assert data.known[:, :, EDGE:].all()
    assert (data.inputs[:, 0, 10, 10] == 0).all()  # dark in one channel, not without data
    assert (data.inputs[:, :, :, :EDGE] > 100).all()
    plain = load(tmp_path, nodata="none")
    assert not len(plain.known)
    assert (plain.inputs[:, :, :, :EDGE] == 0).all()


def test_the_key_names_the_value_of_files_that_declare_none(tmp_path: Path) -> None:
    for number in range(8):
        pixels = np.full((SIZE, SIZE), 90 + number, np.uint16)
        pixels[-EDGE:] = 65535
        write(tmp_path / ("ice", "sea")[number % 2] / f"{number}.tif", pixels)
    assert not len(load(tmp_path).known)
    data = load(tmp_path, nodata=65535)
    assert not data.known[:, -EDGE:].any()
    assert (data.inputs[0] == 90).all()


def test_transparent_pixels_of_a_raster_have_no_data(tmp_path: Path) -> None:
    pixels = np.full((SIZE, SIZE, 4), 200, np.uint8)
    pixels[:EDGE] = 0
    place = write(tmp_path / "a.tif", pixels, photometric="rgb", extrasamples=["unassalpha"])
    colours, known = read_image(place, "rgb")
    assert colours.shape == (SIZE, SIZE, 3)
    assert (colours == 200).all()
    assert known is not None
    assert known.why == ("transparent",)
    assert not known.where[:EDGE].any()


def test_a_customary_value_amid_the_others_is_a_measurement() -> None:
    depths = np.linspace(-11000, 0, SIZE * SIZE, dtype=np.float32).reshape(SIZE, SIZE, 1)
    depths[0, 0] = -9999
    assert without_data(depths, declared=None, alpha=False, wanted="auto") == {}
    heights = np.linspace(-400, 8800, SIZE * SIZE, dtype=np.float32).reshape(SIZE, SIZE, 1)
    heights[0, 0] = -9999
    found = without_data(heights, declared=None, alpha=False, wanted="auto")
    assert list(found) == ["-9999"]
    assert found["-9999"].sum() == 1
    assert without_data(heights, declared=None, alpha=False, wanted="none") == {}
    both = heights.copy()
    both[1, 1] = -32768
    assert set(without_data(both, declared=None, alpha=False, wanted="auto")) == {"-32768", "-9999"}


def test_a_channel_without_data_is_named(tmp_path: Path) -> None:
    pixels = bands(0)
    pixels[..., 2] = np.nan
    with pytest.raises(BadImageError, match="channel 3 holds no data"):
        read_image(write(tmp_path / "a.tif", pixels), "all")
    pixels[:] = np.nan
    with pytest.raises(NoDataError, match="no pixel holds data"):
        read_image(write(tmp_path / "a.tif", pixels), "all")


def test_a_gap_in_one_channel_is_filled_and_counts(tmp_path: Path) -> None:
    pixels = bands(0)
    pixels[4, 5, 1] = np.nan
    made, known = read_image(write(tmp_path / "a.tif", pixels), "all")
    assert known is not None
    assert known.where.all()
    assert made[4, 5, 1] == pytest.approx(np.nanmean(pixels[..., 1]), rel=1e-6)


def test_resizing_mixes_nothing_in(tmp_path: Path) -> None:
    home = tmp_path / "s"
    for number in range(6):
        pixels = np.full((SIZE, SIZE, 2), 10.0 + number, np.float32)
        pixels[:, :EDGE] = -9999
        write(home / ("a", "b")[number % 2] / f"{number}.tif", pixels)
    data = load(home, size=(9, 7), channels="all")
    np.testing.assert_allclose(data.inputs[0], 10.0, rtol=1e-6)
    assert 0 < (~data.known).mean() < 2 * EDGE / SIZE


def test_the_cases(shared: Path) -> None:
    first, second = (load(shared.parent / "cases" / "20-raster-nodata" / name) for name in ("nan", "fill"))
    np.testing.assert_array_equal(first.inputs, second.inputs)
    assert len(first) == 8
    assert np.isfinite(first.inputs).all()
    assert first.inputs.min() > -1
