"""Each transform's own numbers, against plain arithmetic on single images."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from isinglass.data.augment import build, views
from isinglass.data.augment.affine import bilinear, nearest, sampling
from isinglass.data.augment.crop import cut
from isinglass.data.augment.cutout import boxes
from isinglass.errors import TrainingError
from isinglass.recipe import AugmentRecipe

Z = torch.randn(64, 2, 12, 15, generator=torch.Generator().manual_seed(0))
Y = torch.arange(64.0)[:, None]


def augmented(z=Z, target=Y, *, seed=1, step=0, rows=None, epoch=None, **keys):
    augment = build(AugmentRecipe.model_validate({"translation": 0} | keys), tuple(z.shape[1:]))
    assert augment is not None
    return augment(z, target, seed=seed, step=step, rows=rows, epoch=epoch)


def test_half_of_the_images_are_mirrored() -> None:
    out = augmented(flip="random").z
    mirrored = [bool(torch.equal(a, b.flip(2))) for a, b in zip(out, Z, strict=True)]
    kept = [bool(torch.equal(a, b)) for a, b in zip(out, Z, strict=True)]
    assert 16 < sum(mirrored) < 48
    assert sum(mirrored) + sum(kept) == 64


def test_upside_down() -> None:
    out = augmented(flip_vertical=True).z
    assert 16 < sum(bool(torch.equal(a, b.flip(1))) for a, b in zip(out, Z, strict=True)) < 48


def test_alternating_flips_show_both_sides_in_two_epochs() -> None:
    order = torch.from_numpy(np.random.default_rng(0).permutation(64))
    first = augmented(flip="alternating", rows=torch.arange(64), epoch=0).z
    second = augmented(Z[order], Y[order], flip="alternating", rows=order, epoch=1, step=9).z
    third = augmented(flip="alternating", rows=torch.arange(64), epoch=2, step=17).z
    assert torch.equal(second.flip(3), first[order])
    assert torch.equal(first, third)
    assert 16 < sum(bool(torch.equal(a, b)) for a, b in zip(first, Z, strict=True)) < 48
    assert not torch.equal(first, augmented(flip="alternating", rows=torch.arange(64), epoch=0, seed=2).z)


def test_alternating_flips_without_rows_say_what_is_missing() -> None:
    with pytest.raises(TrainingError, match=r'augment\.flip: .* Instead: pass `rows` and `epoch`, or write flip = "ra'):
        augmented(flip="alternating")


@pytest.mark.parametrize("keys", [{"translation": 2}, {"crop": 2}])
def test_windows_are_those_of_the_padded_image(keys: dict) -> None:
    out = augmented(**keys).z.numpy()
    mode = {"mode": "reflect"} if "crop" in keys else {}
    padded = np.pad(Z.numpy(), ((0, 0), (0, 0), (2, 2), (2, 2)), **mode)
    found = []
    for image, whole in zip(out, padded, strict=True):
        hits = [(r, c) for r in range(5) for c in range(5) if (whole[:, r : r + 12, c : c + 15] == image).all()]
        assert len(hits) == 1
        found += hits
    assert len(set(found)) > 18  # of 25 places, for 64 images
    assert {r for r, _ in found} == {c for _, c in found} == set(range(5))


def test_cut_takes_each_its_own() -> None:
    row, column = torch.tensor([0, 3]), torch.tensor([2, 5])
    out = cut(Z[:2], row, column, (4, 6))
    assert torch.equal(out[0], Z[0, :, 0:4, 2:8])
    assert torch.equal(out[1], Z[1, :, 3:7, 5:11])


@pytest.mark.parametrize("turn", [0.0, 0.3, -1.2, math.pi / 2])
@pytest.mark.parametrize("scale", [1.0, 1.25])
def test_the_grid_against_scipy(turn: float, scale: float) -> None:
    down, right = 1.5, -2.0
    grid = sampling(Z[:1], np.array([turn]), np.array([scale]), np.array([[down], [right]]))
    ours = bilinear(Z[:1], grid)[0].numpy()
    # scipy: input = matrix @ output + offset, in (row, column) from the corner.
    c, s = math.cos(turn) / scale, math.sin(turn) / scale
    matrix, middle = np.array([[c, -s], [s, c]]), np.array([5.5, 7.0])
    offset = middle - matrix @ (middle + np.array([down, right]))
    padded = np.pad(Z[0].numpy().astype(float), ((0, 0), (20, 20), (20, 20)))
    shift = offset + 20 - matrix @ np.array([20, 20])
    theirs = [ndimage.affine_transform(channel, matrix, shift, order=1)[20:-20, 20:-20] for channel in padded]
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_a_quarter_turn_and_whole_shifts_are_exact() -> None:
    z = Z[:, :, :, :12]
    quarter = sampling(z, np.full(64, math.pi / 2), np.ones(64), np.zeros((2, 64)))
    torch.testing.assert_close(bilinear(z, quarter), z.rot90(-1, (2, 3)), atol=1e-5, rtol=0)
    shift = sampling(Z, np.zeros(64), np.ones(64), np.stack([np.full(64, 2), np.full(64, -3)]))
    moved = bilinear(Z, shift)
    torch.testing.assert_close(moved[:, :, 2:, :-3], Z[:, :, :-2, 3:], atol=1e-5, rtol=0)
    assert float(moved[:, :, :2].abs().max()) == 0.0


def test_masks_keep_every_value() -> None:
    masks = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    still = sampling(masks, np.zeros(1), np.ones(1), np.zeros((2, 1)))
    assert torch.equal(nearest(masks, still), masks)
    away = sampling(masks, np.zeros(1), np.ones(1), np.full((2, 1), 100))
    assert bool((nearest(masks, away) == 255).all())


def test_brightness_is_a_part_of_the_range() -> None:
    step = augmented(brightness=0.2).z - Z
    span = Z.amax((0, 2, 3)) - Z.amin((0, 2, 3))
    part = step.mean((2, 3)) / span
    torch.testing.assert_close(step, (part * span)[:, :, None, None].expand_as(step), atol=1e-5, rtol=0)
    torch.testing.assert_close(part[:, 0], part[:, 1], atol=1e-5, rtol=0)
    assert 0.15 < float(part.abs().max()) <= 0.2


def test_contrast_keeps_the_mean_and_scales_the_spread() -> None:
    out = augmented(contrast=0.5).z
    torch.testing.assert_close(out.mean((2, 3)), Z.mean((2, 3)), atol=1e-5, rtol=1e-4)
    ratio = out.std((2, 3)) / Z.std((2, 3))
    torch.testing.assert_close(ratio[:, 0], ratio[:, 1], atol=1e-4, rtol=0)
    assert 0.5 <= float(ratio.min()) < 0.65
    assert 1.35 < float(ratio.max()) <= 1.5


def test_saturation_leaves_grey_images_alone() -> None:
    grey = Z[:, :1].expand(-1, 3, -1, -1)
    torch.testing.assert_close(augmented(grey, saturation=0.9).z, grey)
    out = augmented(saturation=0.9).z
    torch.testing.assert_close(out.mean(1), Z.mean(1), atol=1e-5, rtol=1e-4)
    assert not torch.allclose(out, Z)


def test_noise_has_its_deviation() -> None:
    noise = (augmented(noise=0.3).z - Z).numpy()
    assert noise.std() == pytest.approx(0.3, rel=0.03)
    assert abs(noise.mean()) < 0.01


def test_a_cutout_is_a_square_cut_by_the_border() -> None:
    blank = (augmented(Z + 100, cutout=4).z == 0)[:, 0].numpy()
    sizes = blank.sum((1, 2))
    assert sizes.max() == 16
    assert sizes.min() >= 4  # a corner of it at least
    for image in blank:
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        assert image.sum() == len(rows) * len(columns)
        assert rows[-1] - rows[0] + 1 == len(rows)


def test_boxes_are_where_they_should_be() -> None:
    box = boxes(np.array([[2.0], [3.0]]), np.array([[3.0], [2.0]]), Z[:1])[0, 0].numpy()
    rows, columns = np.flatnonzero(box.any(1)), np.flatnonzero(box.any(0))
    assert rows.tolist() == [1, 2, 3]
    assert columns.tolist() == [2, 3]


def test_mixup_is_a_straight_line_between_two_images() -> None:
    out = augmented(mixup=1.0)
    assert out.share is not None
    assert out.other is not None
    partner = out.other[:, 0].long()
    share = out.share[:, None, None, None]
    torch.testing.assert_close(out.z, (1 - share) * Z + share * Z[partner])
    assert sorted(partner.tolist()) == list(range(64))
    assert 0.4 < float(out.share.mean()) < 0.6  # Beta(1, 1) is uniform


def test_cutmix_shares_what_the_box_covers() -> None:
    out = augmented(cutmix=1.0)
    assert out.share is not None
    assert out.other is not None
    other = Z[out.other[:, 0].long()]
    from_other = (out.z == other).all(1) & (other != Z).any(1)
    assert bool(((out.z == Z) | (out.z == other)).all())
    changed = out.other[:, 0] != Y[:, 0]
    torch.testing.assert_close(from_other.float().mean((1, 2))[changed], out.share[changed])
    assert float(out.share.max()) > 0.5


def test_mixup_and_cutmix_together_take_turns() -> None:
    augment = build(AugmentRecipe(translation=0, mixup=1.0, cutmix=1.0), (2, 12, 15))
    assert augment is not None
    boxed = []
    for step in range(40):
        out = augment(Z, Y, seed=1, step=step)
        assert out.other is not None
        boxed.append(bool(((out.z == Z) | (out.z == Z[out.other[:, 0].long()])).all()))
    assert 8 < sum(boxed) < 32


@pytest.mark.parametrize(("kind", "count"), [("none", 1), ("flip", 2), ("shift", 3)])
def test_views_are_undone_on_maps(kind, count) -> None:
    looks = views(kind)
    assert len(looks) == count
    assert torch.equal(looks[0].apply(Z), Z)
    for look in looks:
        back = look.undo(look.apply(Z))
        assert torch.equal(back[:, :, 1:-1, 1:-1], Z[:, :, 1:-1, 1:-1])
        scores = torch.randn(64, 10)
        assert look.undo(scores) is scores


def test_a_shifted_view_repeats_its_border() -> None:
    look = views("shift")[2]
    out = look.apply(Z)
    assert torch.equal(out[:, :, 1:, 1:], Z[:, :, :-1, :-1])
    assert torch.equal(out[:, :, 0, 0], Z[:, :, 0, 0])
