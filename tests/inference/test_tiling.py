"""Patches and blended tiles of large scenes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from isinglass.data.images.patches import Patch, cut, patches_of
from isinglass.errors import DataError, RecipeError
from isinglass.inference.tiling import Tiling, predict_scene


def convolutions(*, pool: bool) -> nn.Module:
    """Two 3 x 3 convolutions, that is two pixels to every side; with a level of pooling between them it is more."""
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Conv2d(3, 6, 3, padding=1), nn.Tanh()]
    layers += [nn.MaxPool2d(2), nn.Conv2d(6, 6, 3, padding=1), nn.Upsample(scale_factor=2)] if pool else []
    return nn.Sequential(*layers, nn.Conv2d(6, 4, 3, padding=1), nn.Softmax(1)).double().eval()


def predictor(machine: nn.Module, seen: list[tuple[int, ...]] | None = None):
    def predict(inputs: np.ndarray) -> np.ndarray:
        if seen is not None:
            seen.append(inputs.shape)
        with torch.no_grad():
            return machine(torch.from_numpy(inputs).double()).numpy()

    return predict


def scene_of(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * width).normal(size=(3, height, width))


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(9, 90),
    width=st.integers(9, 90),
    size=st.sampled_from([12, 20, 33]),
    overlap=st.integers(5, 11),
)
def test_tiles_equal_the_whole_scene_where_the_margin_holds_what_an_output_depends_on(
    height: int, width: int, size: int, overlap: int
) -> None:
    machine, scene = convolutions(pool=False), scene_of(height, width)
    found = predict_scene(predictor(machine), scene, Tiling(size, overlap, margin=2))
    np.testing.assert_allclose(found, predictor(machine)(scene[None])[0], rtol=0, atol=3e-7)


@pytest.mark.parametrize("side", [64, 70, 98])
def test_machines_that_pool_need_aligned_tiles(side: int) -> None:
    """Six pixels to a side: 2 + 2 * 1 + 1 and one for the pooled pair."""
    machine, scene = convolutions(pool=True), scene_of(side, side + 6)
    whole = predictor(machine)(scene[None])[0]
    aligned = predict_scene(predictor(machine), scene, Tiling(33 + 1, 15, margin=6, align=2))
    np.testing.assert_allclose(aligned, whole, rtol=0, atol=3e-7)
    odd = predict_scene(predictor(machine), scene, Tiling(34, 15, margin=6, align=1))
    assert np.abs(odd - whole).max() > 1e-3


def test_without_the_margin_the_edges_of_tiles_are_seen() -> None:
    machine, scene = convolutions(pool=False), scene_of(60, 60)
    found = predict_scene(predictor(machine), scene, Tiling(20, 8, margin=0))
    whole = predictor(machine)(scene[None])[0]
    assert np.abs(found - whole).max() > 1e-4
    np.testing.assert_allclose(found.sum(0), 1.0, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(length=st.integers(1, 400), size=st.integers(8, 64), data=st.data())
def test_windows_sum_to_one_and_are_smooth(length: int, size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, size - 1))
    margin = data.draw(st.integers(0, max(0, overlap - 1) // 2))
    align = data.draw(st.integers(1, size - overlap))
    tiling = Tiling(size, overlap, margin=margin, align=align)
    spans, windows = tiling.spans(length), tiling.windows(length)
    total = np.zeros(length)
    for (begin, end), window in zip(spans, windows, strict=True):
        assert begin % align == 0
        assert end - begin == min(size, length) or (end == length and size <= end - begin < size + align)
        if begin > 0:
            assert not window[:margin].any()
        if end < length:
            assert not window[len(window) - margin :].any()
        total[begin:end] += window
    np.testing.assert_allclose(total, 1.0, atol=1e-6)


def test_tiles_of_one_shape_are_predicted_together_and_a_memory_map_is_read_in_parts(tmp_path: Path) -> None:
    scene = scene_of(100, 130)
    np.save(tmp_path / "scene.npy", scene)
    mapped = np.load(tmp_path / "scene.npy", mmap_mode="r")
    out = np.lib.format.open_memmap(tmp_path / "map.npy", "w+", np.float32, (4, 100, 130))
    seen: list[tuple[int, ...]] = []
    found = predict_scene(predictor(convolutions(pool=False), seen), mapped, Tiling(40, 10), batch=4, out=out)
    assert found is out
    assert sum(shape[0] for shape in seen) == 3 * 4
    assert max(shape[0] for shape in seen) == 4
    assert {shape[2:] for shape in seen} == {(40, 40)}
    np.testing.assert_array_equal(found, predict_scene(predictor(convolutions(pool=False)), scene, Tiling(40, 10)))


def test_a_small_scene_is_one_tile() -> None:
    seen: list[tuple[int, ...]] = []
    predict_scene(predictor(convolutions(pool=False), seen), scene_of(30, 50), Tiling(64, 16))
    assert seen == [(1, 3, 30, 50)]


def test_patches_cover_scenes_of_different_sizes_and_are_cut_from_them() -> None:
    scenes = [scene_of(50, 64), scene_of(32, 40)]
    places = patches_of([scene.shape[1:] for scene in scenes], 32)
    assert places == [
        Patch(0, 0, 0), Patch(0, 0, 32), Patch(0, 18, 0), Patch(0, 18, 32), Patch(1, 0, 0), Patch(1, 0, 8)
    ]  # fmt: skip
    found = cut(scenes, places, 32)
    assert found.shape == (6, 3, 32, 32)
    np.testing.assert_array_equal(found[3], scenes[0][:, 18:50, 32:64])
    assert len(patches_of([(64, 64)], 32, stride=16)) == 9


def test_patches_of_which_nothing_is_known_are_left_out() -> None:
    mask = np.full((2, 64, 64), 255, np.uint8)
    mask[0, :32, :32], mask[1, 40:, :8] = 1, 0
    assert patches_of([(64, 64)], 32, masks=[mask], known=0.05) == [Patch(0, 0, 0), Patch(0, 32, 0)]
    assert patches_of([(64, 64)], 32, masks=[mask], known=0.5) == [Patch(0, 0, 0)]
    with pytest.raises(DataError, match="no patch of 32 x 32"):
        patches_of([(64, 64)], 32, masks=[np.full((1, 64, 64), 255, np.uint8)])


def test_bad_numbers_are_refused() -> None:
    for wrong in ({"size": 32, "overlap": 32}, {"overlap": 10, "margin": 5}, {"size": 32, "overlap": 8, "align": 32}):
        with pytest.raises(RecipeError, match="tiles need"):
            Tiling(**wrong)
    with pytest.raises(DataError, match="scene 2: the scene is smaller"):
        patches_of([(64, 64), (20, 64)], 32)
    with pytest.raises(DataError, match="keeps height and width"):
        predict_scene(predictor(nn.Sequential(nn.Conv2d(3, 2, 3)).double()), scene_of(40, 40), Tiling(32, 8))
