"""Scenes of any size as rows of two patches a side: every pixel once, groups by scene, files and arrays alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from isinglass.data.augment import build
from isinglass.data.catalogue.ice import load_ice_charts
from isinglass.data.images.patches import cells
from isinglass.data.images.scenes import in_cells
from isinglass.errors import DataError, RecipeError
from isinglass.kinds.opening import load
from isinglass.recipe import AugmentRecipe, DataRecipe

torch = pytest.importorskip("torch")


@settings(max_examples=30, deadline=None)
@given(heights=st.lists(st.integers(16, 70), min_size=1, max_size=3), width=st.integers(16, 90))
def test_every_pixel_counts_once(heights: list[int], width: int) -> None:
    """Each pixel's number is found again in one row, and in one row only does its mask count."""
    scenes = [np.arange(h * width, dtype=np.float32).reshape(1, h, width) + 1e5 * k for k, h in enumerate(heights)]
    masks = [np.ones((1, h, width), np.uint8) for h in heights]
    inputs, targets, places = cells(scenes, masks, 16)
    assert inputs.shape[2:] == (min(32, *heights), min(32, width))
    seen = np.sort(inputs[targets != 255])
    np.testing.assert_array_equal(seen, np.sort(np.concatenate([scene.ravel() for scene in scenes])))
    assert len(places) == len(inputs)


def test_rows_of_which_nothing_counts_are_left_out() -> None:
    masks = np.full((1, 64, 64), 255, np.uint8)
    masks[0, :20, :20] = 3
    assert len(cells([np.zeros((2, 64, 64), np.uint8)], [masks], 16)[0]) == 1


def test_charts_are_cut_and_keep_parts_and_scenes_together() -> None:
    charts = load_ice_charts(scenes=4, size=96)
    found = in_cells(charts, 24)
    assert found.inputs.shape == (16, 24, 48, 48)
    assert (found.schema.height, found.schema.width, found.schema.native) == (48, 48, True)
    np.testing.assert_array_equal(found.inputs[3], charts.inputs[0, :, 48:, 48:])
    assert found.coords["part"].tolist() == ["train"] * 12 + ["test"] * 4
    assert found.coords["group"][:5].tolist() == ["generated scene 1"] * 4 + ["generated scene 2"]
    assert "from row 48 and column 0" in found.files[2]
    assert found.fingerprint != charts.fingerprint
    assert "4 scenes are 16 pieces of 48 x 48 pixels" in found.notes[-1]


def folder_of_scenes(folder: Path, sizes: list[tuple[int, int]]) -> Path:
    random = np.random.default_rng(0)
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for number, size in enumerate(sizes):
        image = random.integers(0, 255, (*size, 3), dtype=np.uint8)
        Image.fromarray(image).save(folder / "images" / f"{number}.png")
        Image.fromarray((image[..., 0] > 127).astype(np.uint8)).save(folder / "masks" / f"{number}.png")
    return folder


def test_files_of_different_sizes_are_cut_in_their_own(tmp_path: Path) -> None:
    folder = folder_of_scenes(tmp_path, [(40, 100), (64, 64), (33, 45)])
    found = load(DataRecipe(source=str(folder), patch=16))
    assert found.inputs.shape[1:] == (3, 32, 32)
    assert int((found.targets != 255).sum()) == 40 * 100 + 64 * 64 + 33 * 45
    known = found.targets[:, 0] != 255
    np.testing.assert_array_equal((found.inputs[:, 0] > 127)[known], found.targets[:, 0][known] == 1)
    assert sorted(set(found.coords["group"])) == ["images/0.png", "images/1.png", "images/2.png"]
    assert found.schema.classes == ("0", "1")


def test_scenes_that_are_made_smaller_tell_of_patches(tmp_path: Path) -> None:
    folder = folder_of_scenes(tmp_path, [(40, 300), (40, 300)])
    shrunk = load(DataRecipe(source=str(folder)))
    assert shrunk.inputs.shape == (2, 3, 30, 224)
    assert not shrunk.schema.native
    assert any("data.patch = 128" in note for note in shrunk.notes)
    own = load(DataRecipe(source=str(folder), size=(40, 300)))
    assert own.schema.native
    assert not any("data.patch" in note for note in own.notes)


def test_with_a_size_scenes_are_resized_first(tmp_path: Path) -> None:
    folder = folder_of_scenes(tmp_path, [(40, 100), (64, 64)])
    found = load(DataRecipe(source=str(folder), patch=16, size=(64, 64)))
    assert found.inputs.shape == (8, 3, 32, 32)


def test_what_cannot_be_cut_is_refused(tmp_path: Path) -> None:
    folder = folder_of_scenes(tmp_path, [(40, 100), (20, 64)])
    with pytest.raises(DataError, match=r"scene 2: the scene is smaller than a patch.*20 x 64"):
        load(DataRecipe(source=str(folder), patch=32))
    with pytest.raises(RecipeError, match=r"data.patch: patches are of scenes with masks"):
        load(DataRecipe(source="iris", patch=32))
    (folder / "images" / "1.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"40 x 100 pixels. Allowed: 64 x 64"):
        load(DataRecipe(source=str(folder), patch=64))
    found = load(DataRecipe(source=str(folder), patch=16))
    assert set(found.coords["group"]) == {"images/0.png"}
    assert any("1 of 2 images left out: images/1.png: not an image" in note for note in found.notes)


def test_patches_are_drawn_anew_with_their_masks() -> None:
    patch = build(AugmentRecipe(translation=0), (1, 32, 20), patch=16)
    assert patch is not None
    z = torch.arange(640.0).reshape(1, 1, 32, 20).expand(6, -1, -1, -1)
    seen = patch(z, z.to(torch.int32), seed=3, step=0)
    assert seen.z.shape == (6, 1, 16, 16)
    assert torch.equal(seen.z.to(torch.int32), seen.target)
    assert len({float(corner) for corner in seen.z[:, 0, 0, 0]}) > 2
    assert not torch.equal(seen.z, patch(z, z, seed=3, step=1).z)
    assert torch.equal(seen.z, patch(z, z, seed=3, step=0).z)
    starts = {float(v) for step in range(200) for v in patch(z, z, seed=1, step=step).z[:, 0, 0, 0]}
    assert starts == {20.0 * row + column for row in range(17) for column in range(5)}
    assert build(AugmentRecipe(translation=0), (1, 16, 16), patch=16) is None
