"""Losses of masks against loops over pixels, torch's own functions and scikit-learn."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor
from torch.nn import functional

from isinglass.errors import RecipeError, TrainingError
from isinglass.objective import build
from isinglass.objective.losses import LOSSES, choose, class_counts
from isinglass.objective.losses.segmentation import dice, focal, pixel_cross_entropy
from isinglass.recipe import ObjectiveRecipe
from isinglass.spec import Task

CLASSES = (4, 2, 3)
WEIGHTS = ((0.5, 2.0, 1.0, 3.0), (1.0, 0.2), (2.0, 0.0, 1.0))
FUNCTIONS = {
    "pixel_cross_entropy": pixel_cross_entropy,
    "smoothed": partial(pixel_cross_entropy, smoothing=0.2),
    "focal": focal,
    "focal, gamma 0.5": partial(focal, gamma=0.5),
    "dice": dice,
}
EVERY = pytest.mark.parametrize("function", [pytest.param(made, id=name) for name, made in FUNCTIONS.items()])


def case(batch: int = 5, side: int = 6) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(0)
    raw = 2 * torch.randn(batch, sum(CLASSES), side, side, generator=rng, dtype=torch.float64)
    heads = [torch.randint(0, count, (batch, 1, side, side), generator=rng) for count in CLASSES]
    target = torch.cat(heads, dim=1).to(torch.uint8)
    target[torch.rand(target.shape, generator=rng) < 0.3] = 255
    return raw, target


def by_pixels(name: str, raw: np.ndarray, target: np.ndarray, weights: tuple[tuple[float, ...], ...]) -> float:
    """One sample, pixel after pixel in plain Python."""
    total, start = 0.0, 0
    for head, count in enumerate(CLASSES):
        terms, overlap, said, true = [], [0.0] * count, [0.0] * count, [0] * count
        for row, column in np.ndindex(*target.shape[1:]):
            kind = int(target[head, row, column])
            if kind == 255:
                continue
            scores = [math.exp(z) for z in raw[start : start + count, row, column]]
            p = [score / sum(scores) for score in scores]
            surprise = -math.log(p[kind])
            if name == "smoothed":
                surprise = 0.8 * surprise - 0.2 * sum(map(math.log, p)) / count
            gamma = {"focal": 2.0, "focal, gamma 0.5": 0.5}.get(name, 0.0)
            terms.append(weights[head][kind] * (1 - p[kind]) ** gamma * surprise)
            true[kind] += 1
            for k in range(count):
                said[k] += p[k]
                overlap[k] += p[k] * (k == kind)
        present = [k for k in range(count) if true[k]]
        if name == "dice":
            share = sum(weights[head][k] for k in present)
            total += sum(weights[head][k] * (1 - 2 * overlap[k] / (said[k] + true[k])) for k in present) / share
        else:
            total += sum(terms) / len(terms)
        start += count
    return total


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("weights", [(), WEIGHTS], ids=["plain", "weighted"])
def test_value_equals_a_loop_over_pixels(name: str, weights: tuple) -> None:
    raw, target = case()
    found = FUNCTIONS[name](raw, target, classes=CLASSES, weights=weights)
    plain = tuple((1.0,) * count for count in CLASSES)
    expected = [by_pixels(name, z, y, weights or plain) for z, y in zip(raw.numpy(), target.numpy(), strict=True)]
    assert found.tolist() == pytest.approx(expected, rel=1e-12)


def test_value_and_slope_equal_those_of_torch() -> None:
    """Cross entropy of one head, whose masks all have as many known pixels, is torch's mean."""
    raw, target = case()
    raw, target = raw[:, :4].clone().requires_grad_(), target[:, :1]
    for smoothing in (0.0, 0.1):
        found = pixel_cross_entropy(raw, target, smoothing=smoothing)
        theirs = torch.stack(
            [
                functional.cross_entropy(z[None], y.long(), ignore_index=255, label_smoothing=smoothing)
                for z, y in zip(raw, target, strict=True)
            ]
        )
        torch.testing.assert_close(found, theirs)
        slopes = [torch.autograd.grad(value.sum(), raw)[0] for value in (found, theirs)]
        torch.testing.assert_close(*slopes)


@EVERY
@pytest.mark.parametrize("weights", [(), WEIGHTS], ids=["plain", "weighted"])
def test_slope_equals_the_numerical_one(function, weights: tuple) -> None:
    raw, target = case(2, 3)
    lossy = partial(function, classes=CLASSES, weights=weights)
    assert torch.autograd.gradcheck(lambda raw: lossy(raw, target), (raw.requires_grad_(),))


@EVERY
def test_void_pixels_have_no_influence(function) -> None:
    raw, target = case()
    raw, other = raw.clone(), raw.clone()
    start = 0
    for head, count in enumerate(CLASSES):
        void = (target[:, head] == 255)[:, None].expand(-1, count, -1, -1)
        other[:, start : start + count][void] = 40.0 * torch.randn(int(void.sum()), dtype=torch.float64)
        start += count
    values, slopes = [], []
    for scores in (raw, other):
        scores.requires_grad_()
        value = function(scores, target, classes=CLASSES)
        values.append(value.detach())
        slopes.append(torch.autograd.grad(value.sum(), scores)[0])
    assert torch.equal(*values)
    assert torch.equal(*slopes)
    void = (target == 255).repeat_interleave(torch.tensor(CLASSES), dim=1)
    assert bool(void.any())
    assert not slopes[0][void].any()


@EVERY
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_sample_of_void_pixels_alone_gives_zero(function, dtype: torch.dtype) -> None:
    raw, target = case()
    target[2] = 255
    raw = (raw * 50).to(dtype).requires_grad_()
    value = function(raw, target, classes=CLASSES, weights=WEIGHTS)
    (slope,) = torch.autograd.grad(value.sum(), raw)
    value = value.detach()
    assert float(value[2]) == 0.0
    assert not slope[2].any()
    assert bool(value.isfinite().all())
    assert bool(slope.isfinite().all())
    assert bool((value[[0, 1, 3, 4]] > 0).all())


def test_focal_without_focus_is_cross_entropy() -> None:
    raw, target = case()
    options = {"classes": CLASSES, "weights": WEIGHTS}
    torch.testing.assert_close(focal(raw, target, gamma=0.0, **options), pixel_cross_entropy(raw, target, **options))


def test_dice_is_one_minus_the_overlap_of_sure_masks() -> None:
    """Of masks that are said with certainty it is 1 - F1, averaged over the classes that are there."""
    from sklearn.metrics import f1_score

    truth = torch.randint(0, 3, (1, 1, 8, 8), generator=torch.Generator().manual_seed(1))
    said = torch.where(torch.rand(truth.shape, generator=torch.Generator().manual_seed(2)) < 0.7, truth, 0)
    raw = 100.0 * functional.one_hot(said[:, 0], 3).movedim(-1, 1).double()
    expected = 1 - f1_score(truth.ravel(), said.ravel(), average="macro")
    assert float(dice(raw, truth)) == pytest.approx(expected, rel=1e-9)


def test_probabilities_of_each_head_sum_to_one() -> None:
    raw, _ = case()
    for name in ("pixel_cross_entropy", "focal", "dice"):
        loss = choose(LOSSES, ObjectiveRecipe(loss=name), Task.SEGMENTATION, classes=CLASSES)
        p = loss.predict(raw).probabilities
        assert p is not None
        assert p.shape == raw.shape
        for part in p.split(CLASSES, dim=1):
            torch.testing.assert_close(part.sum(1), torch.ones_like(part[:, 0]))


def test_balanced_weights_equal_those_of_scikit_learn() -> None:
    target = np.random.default_rng(0).choice(4, p=[0.7, 0.2, 0.07, 0.03], size=(400, 1)).astype(float)
    counts = class_counts(target, (4,))
    assert counts == (tuple(np.bincount(target[:, 0].astype(int)).tolist()),)
    recipe = ObjectiveRecipe(class_weights="balanced")
    loss = choose(LOSSES, recipe, Task.CLASSIFICATION, classes=(4,), counts=counts)
    plain = choose(LOSSES, ObjectiveRecipe(), Task.CLASSIFICATION)
    raw, y = torch.zeros(400, 4, dtype=torch.float64), torch.from_numpy(target)
    theirs = compute_class_weight("balanced", classes=np.arange(4), y=target[:, 0].astype(int))
    found = loss.function(raw, y) / plain.function(raw, y)
    torch.testing.assert_close(found, torch.from_numpy(theirs)[y[:, 0].long()])
    assert float(found.mean()) == pytest.approx(1.0)


def test_counts_of_masks_leave_void_pixels_out_and_a_class_that_never_occurs_has_no_weight() -> None:
    masks = np.full((300, 2, 3, 3), 255, np.uint8)
    masks[:, 0, 0], masks[:200, 0, 1], masks[:100, 1, 2] = 0, 2, 1
    counts = class_counts(masks, (3, 2))
    assert counts == ((900, 0, 600), (0, 300))
    recipe = ObjectiveRecipe(class_weights="balanced")
    loss = choose(LOSSES, recipe, Task.SEGMENTATION, classes=(3, 2), counts=counts)
    assert loss.function.keywords["weights"] == ((1500 / 1800, 0.0, 1500 / 1200), (0.0, 1.0))


def test_given_weights_of_a_classification_and_label_smoothing_together() -> None:
    recipe = ObjectiveRecipe(class_weights=(1.0, 3.0), label_smoothing=0.1)
    weighted = build(recipe, Task.CLASSIFICATION, ["y"], classes=(2,)).loss
    plain = build(ObjectiveRecipe(label_smoothing=0.1), Task.CLASSIFICATION, ["y"], classes=(2,)).loss
    raw, target = torch.randn(6, 2), torch.tensor([[0.0], [1.0]] * 3)
    expected = plain.function(raw, target) * torch.tensor([1.0, 3.0] * 3)
    torch.testing.assert_close(weighted.function(raw, target), expected)


def test_balanced_weights_without_counts_read_but_do_not_train() -> None:
    recipe = ObjectiveRecipe(class_weights="balanced")
    loss = build(recipe, Task.SEGMENTATION, ["a", "b", "c"], classes=CLASSES).loss
    raw, target = case()
    assert loss.predict(raw).probabilities is not None
    with pytest.raises(TrainingError, match="counts"):
        loss.function(raw, target)


@pytest.mark.parametrize(
    ("recipe", "task", "message"),
    [
        ({"class_weights": (1.0, 2.0)}, Task.SEGMENTATION, "one weight a class. Given: 2 weights. Allowed: 9"),
        ({"class_weights": (0.0,) * 9}, Task.SEGMENTATION, "nothing would be learnt"),
        ({"class_weights": "balanced"}, Task.REGRESSION, "gaussian has no class weights"),
        ({"loss": "focal", "label_smoothing": 0.1}, Task.SEGMENTATION, "focal has no label smoothing"),
        ({"loss": "cross_entropy"}, Task.SEGMENTATION, "pixel_cross_entropy, dice, focal"),
        ({"loss": "dice"}, Task.CLASSIFICATION, "not for classification"),
    ],
)
def test_what_does_not_fit_is_refused(recipe: dict, task: Task, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        choose(LOSSES, ObjectiveRecipe(**recipe), task, classes=CLASSES)


def test_class_weights_are_not_left_out_by_a_faster_way() -> None:
    """Plans know losses by their function: a weighted one is another function than the plain one."""
    recipe = ObjectiveRecipe(class_weights=(1.0, 3.0))
    weighted = choose(LOSSES, recipe, Task.CLASSIFICATION, classes=(2,)).function
    assert weighted.func is not LOSSES["cross_entropy"].function
