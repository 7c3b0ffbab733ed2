"""What every transform must keep: shape, type, determinism, nothing at strength 0, masks with their images."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from isinglass.data.augment import TRANSFORMS, Augment, Augmented, build
from isinglass.data.augment.transform import VOID, Draw
from isinglass.errors import RecipeError
from isinglass.recipe import AugmentRecipe

ON = {
    "flip": {"flip": "random"},
    "flip_vertical": {"flip_vertical": True},
    "affine": {"rotation": 20.0, "zoom": 0.2, "translation": 2},
    "translation": {"translation": 3},
    "crop": {"crop": 4},
    "brightness": {"brightness": 0.3},
    "contrast": {"contrast": 0.5},
    "saturation": {"saturation": 0.5},
    "noise": {"noise": 0.2},
    "cutout": {"cutout": 6},
    "mixup": {"mixup": 0.4},
    "cutmix": {"cutmix": 1.0},
}
GEOMETRY = ("flip", "flip_vertical", "affine", "translation", "crop")
COLOUR = ("brightness", "contrast", "saturation", "noise")
MIXING = ("mixup", "cutmix")
IMAGE = (3, 16, 20)
ROWS = torch.arange(32)


@pytest.fixture(params=TRANSFORMS)
def name(request):
    return request.param


def made(image=IMAGE, **keys) -> Augment:
    augment = build(AugmentRecipe.model_validate({"translation": 0} | keys), image)
    assert augment is not None
    return augment


def images(n=32, *, dtype=torch.float32) -> torch.Tensor:
    return torch.randn(n, *IMAGE, generator=torch.Generator().manual_seed(5)).to(dtype)


def classes(n=32) -> torch.Tensor:
    return torch.arange(n, dtype=torch.float64)[:, None]


def squares(n=32) -> tuple[torch.Tensor, torch.Tensor]:
    """A bright square of its own size and place on black in each image, and masks of two heads that show it."""
    z, masks = torch.zeros(n, *IMAGE), torch.zeros(n, 2, *IMAGE[1:], dtype=torch.uint8)
    numbers = np.random.default_rng(0)
    for i in range(n):
        y, x, side = numbers.integers(2, 8), numbers.integers(2, 10), numbers.integers(4, 7)
        z[i, :, y : y + side, x : x + side] = 1.0
        masks[i, :, y : y + side, x : x + side] = torch.tensor([1, 7], dtype=torch.uint8)[:, None, None]
    return z, masks


def same(first: Augmented, second: Augmented) -> bool:
    pairs = [(getattr(first, item.name), getattr(second, item.name)) for item in dataclasses.fields(Augmented)]
    return all(a is b if a is None or b is None else torch.equal(a, b) for a, b in pairs)


def test_every_transform_is_tested_here() -> None:
    assert list(ON) == list(TRANSFORMS)
    assert set(ON) == {*GEOMETRY, *COLOUR, *MIXING, "cutout"}
    for key, keys in ON.items():
        assert list(made(**keys).transforms) == [key]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_shape_and_type_stay(name: str, dtype: torch.dtype) -> None:
    z, target = images(dtype=dtype), classes()
    out = made(**ON[name])(z, target, seed=1, step=2)
    assert (out.z.shape, out.z.dtype, out.z.isfinite().all()) == (z.shape, dtype, True)
    assert torch.equal(out.target, target)
    if name in MIXING:
        assert out.other is not None
        assert out.share is not None
        assert (out.other.shape, out.other.dtype) == (target.shape, target.dtype)
        assert (out.share.shape, out.share.dtype) == ((32,), dtype)
        assert bool(((out.share >= 0) & (out.share <= 1)).all())
    else:
        assert out.other is None
        assert out.share is None


def test_what_is_given_is_not_changed(name: str) -> None:
    z, masks = squares()
    before = z.clone(), masks.clone()
    made(**ON[name])(z, masks, seed=1, step=2)
    assert torch.equal(z, before[0])
    assert torch.equal(masks, before[1])


def test_seed_and_step_decide_and_nothing_else(name: str) -> None:
    augment, z, target = made(**ON[name]), images(), classes()
    first = augment(z, target, seed=1, step=2)
    torch.manual_seed(99)
    np.random.seed(99)  # noqa: NPY002
    assert same(first, augment(z, target, seed=1, step=2))
    assert not torch.equal(first.z, augment(z, target, seed=2, step=2).z)
    assert not torch.equal(first.z, augment(z, target, seed=1, step=3).z)


def test_each_sample_is_changed_in_its_own_way(name: str) -> None:
    z = images(1).expand(64, -1, -1, -1) * torch.linspace(1, 2, 64)[:, None, None, None]
    scale = torch.linspace(1, 2, 64)[:, None, None, None]
    out = made(**ON[name])(z, classes(64), seed=3, step=0).z / scale
    assert len(np.unique(out.flatten(1).numpy().round(3), axis=0)) >= 2


def test_memory_layout_does_not_matter(name: str) -> None:
    augment, z = made(**ON[name]), images()
    first = augment(z, classes(), seed=1, step=2).z
    other = augment(z.to(memory_format=torch.channels_last), classes(), seed=1, step=2).z
    torch.testing.assert_close(first, other)


def test_other_transforms_do_not_change_what_one_draws() -> None:
    z, target = torch.ones(32, *IMAGE), classes()
    alone = made(translation=3)(z, target, seed=1, step=2).z != 0
    both = made(translation=3, noise=0.1)(z, target, seed=1, step=2).z.abs() > 0.6
    assert torch.equal(alone, both)


@pytest.mark.parametrize("strength", ["affine", *COLOUR, "mixup"])
def test_next_to_no_strength_is_next_to_no_change(strength: str) -> None:
    z = images()
    tiny = {key: 1e-7 for key, value in ON[strength].items() if isinstance(value, float)}
    out = made(**tiny)(z, classes(), seed=1, step=2)
    if strength == "mixup":  # alpha -> 0: each image is itself or its partner, unmixed
        share = out.share
        assert share is not None
        assert torch.minimum(share, 1 - share).max() < 1e-3
    else:
        torch.testing.assert_close(out.z, z, atol=1e-4, rtol=1e-4)


def test_strength_0_is_off() -> None:
    assert build(AugmentRecipe(translation=0), IMAGE) is None
    assert build(AugmentRecipe(), (1, 8, 8)) is None
    default = build(AugmentRecipe(), (1, 28, 28))
    assert default is not None
    assert list(default.transforms) == ["translation"]


@pytest.mark.parametrize("moving", GEOMETRY)
def test_masks_move_with_their_images(moving: str) -> None:
    z, masks = squares()
    out = made(**ON[moving])(z, masks, seed=1, step=2)
    assert out.target.dtype == torch.uint8
    assert set(out.target[:, 0].unique().tolist()) <= {0, 1, VOID}
    assert set(out.target[:, 1].unique().tolist()) <= {0, 7, VOID}
    known = out.target[:, 0] != VOID
    agree = (out.z[:, 0] > 0.5) == (out.target[:, 0] == 1)
    # A turned square's rim is between pixels: bilinear and nearest may differ there.
    assert float(agree[known].float().mean()) > (0.97 if moving == "affine" else 0.9999)
    assert torch.equal(out.target[:, 0] == VOID, out.target[:, 1] == VOID)
    assert bool((out.target != masks).any())
    assert bool((~known).any()) == (moving in ("affine", "translation"))


@pytest.mark.parametrize("still", [*COLOUR, "mixup"])
def test_colour_leaves_masks_alone(still: str) -> None:
    z, masks = squares()
    assert torch.equal(made(**ON[still])(z, masks, seed=1, step=2).target, masks)


def test_masks_under_a_cutout_are_void() -> None:
    z, masks = squares()
    out = made(cutout=6)(z + 5, masks, seed=1, step=2)
    assert torch.equal(out.target[:, 0] == VOID, out.z[:, 0] == 0)
    assert torch.equal(out.target[out.target != VOID], masks[out.target != VOID])


def test_cutmix_pastes_masks() -> None:
    z, masks = squares()
    out = made(cutmix=1.0)(z, masks, seed=1, step=2)
    assert out.share is None
    assert torch.equal(out.z[:, 0] > 0.5, out.target[:, 0] == 1)
    assert bool((out.target != masks).any())


def test_mixup_shares_masks() -> None:
    z, masks = squares()
    out = made(mixup=1.0)(z, masks, seed=1, step=2)
    assert out.other is not None
    assert out.share is not None
    share = out.share[:, None, None]
    torch.testing.assert_close(out.z[:, 0], (1 - share) * (masks[:, 0] == 1) + share * (out.other[:, 0] == 1))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"translation": 16}, r"augment\.translation: .* Given: 16\. Allowed: 0 to 15 pixels"),
        ({"rotation": 5.0, "translation": 99}, r"augment\.translation: .* Given: 99"),
        ({"crop": 16}, r"augment\.crop: .* Given: 16\. Allowed: 0 to 15 pixels"),
        ({"cutout": 17}, r"augment\.cutout: .* Given: 17\. Allowed: 0 to 16"),
    ],
)
def test_what_does_not_fit_the_images_is_refused(keys: dict, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        made(**keys)


def test_grey_images_have_no_saturation() -> None:
    with pytest.raises(RecipeError, match=r"augment\.saturation: .* Instead: use contrast"):
        made((1, 16, 16), saturation=0.2)


def test_a_draw_has_a_stream_for_each_name() -> None:
    draw = Draw(2**62 + 1, 10**6)
    assert draw.numbers("flip").random() == Draw(2**62 + 1, 10**6).numbers("flip").random()
    assert draw.numbers("flip").random() != draw.numbers("crop").random()
    assert draw.generator("noise").initial_seed() >= 0
