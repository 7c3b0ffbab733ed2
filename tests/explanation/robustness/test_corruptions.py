"""Corruptions against scipy and against their definitions; curves on a machine whose accuracy is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from scipy.stats import norm

from isinglass.explanation.robustness import CORRUPTIONS, Space, curves


@pytest.fixture
def images() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).uniform(size=(6, 2, 12, 12)))


def random() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_blur_is_scipys(images):
    for strength in (0.5, 1.0, 2.0):
        reach = max(1, round(3 * strength))
        theirs = gaussian_filter(
            images.numpy(), (0, 0, strength, strength), mode="nearest", radius=(0, 0, reach, reach)
        )
        np.testing.assert_allclose(CORRUPTIONS["blur"].function(images, strength, random()), theirs, atol=1e-12)


def test_contrast_keeps_the_mean(images):
    weak = CORRUPTIONS["contrast"].function(images, 0.25, random())
    np.testing.assert_allclose(weak.mean((1, 2, 3)), images.mean((1, 2, 3)))
    np.testing.assert_allclose(weak.std((1, 2, 3)), 0.25 * images.std((1, 2, 3)))


def test_noise_has_its_size(images):
    away = CORRUPTIONS["noise"].function(images.repeat(50, 1, 1, 1), 0.1, random()) - images.repeat(50, 1, 1, 1)
    assert away.std() == pytest.approx(0.1, rel=0.02)


def test_shift_moves_by_so_many_pixels(images):
    moved = CORRUPTIONS["shift"].function(images, 2.0, random())
    for image, other in zip(images, moved, strict=True):
        found = [
            torch.equal(other[:, 2:-2, 2:-2], torch.roll(image, (down, right), (1, 2))[:, 2:-2, 2:-2])
            for down in (-2, 0, 2)
            for right in (-2, 0, 2)
            if (down, right) != (0, 0)
        ]
        assert sum(found) == 1


def test_curves_of_a_machine_that_looks_at_one_number():
    """Two classes divided at 0: an attack of size e is right where |x| > e, normal noise is not what it adds."""
    x = torch.from_numpy(np.random.default_rng(1).normal(size=(4000, 1)))
    space = Space(lambda u: torch.cat([-3 * u, 3 * u], dim=1).softmax(dim=1), -np.inf, np.inf)
    sizes = (0.1, 0.5, 1.0)
    found = {curve.name: curve for curve in curves([(space, x, (x[:, 0] > 0).long())], sizes=sizes, seed=0, unit="sd")}
    assert set(found) == {"random signs", "fgsm", "pgd"}
    expected = [2 * norm.sf(size) for size in sizes]
    np.testing.assert_allclose(found["fgsm"].accuracy, expected, atol=0.03)
    np.testing.assert_allclose(found["pgd"].accuracy, expected, atol=0.03)
    np.testing.assert_allclose(found["random signs"].accuracy, [(1 + part) / 2 for part in expected], atol=0.03)
