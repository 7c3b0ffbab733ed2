"""Numbers that the Playground's own code printed in node.js."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.data.synthetic.playground import PLAYGROUND, draw_points, open_playground
from isinglass.data.synthetic.seedrandom import SeedRandom

FIRST_TWO = {
    "circle": [(-0.248196, 2.100770, 1), (1.364652, -0.347850, 1)],
    "xor": [(3.761524, 5.112834, 1), (0.933151, -2.402773, -1)],
    "gauss": [(2.755349, 1.655383, 1), (2.529092, 1.718644, 1)],
    "spiral": [(4.631480, 1.472751, -1), (0.699655, 0.021988, 1)],
    "plane": [(2.218987, 4.739985, 0.695897)],
}
NOISY = {"gauss": (3.602338, 1.268957), "spiral": (4.517183, 1.477565)}


@pytest.mark.parametrize(
    ("seed", "numbers"),
    [
        ("hello.", (0.9282578795792454, 0.3752569768646784)),
        ("0.50000", (0.7542922813780981, 0.6952472186092381)),
    ],
)
def test_seedrandom_equals_javascript(seed: str, numbers: tuple[float, float]) -> None:
    random = SeedRandom(seed)
    assert (random(), random()) == numbers


def test_seedrandom_takes_any_string() -> None:
    for seed in ("", "x" * 700, "é"):
        values = [SeedRandom(seed)() for _ in range(2)]
        assert values[0] == values[1]
        assert 0 <= values[0] < 1


@pytest.mark.parametrize("name", FIRST_TWO)
def test_first_points_of_a_seed(name: str) -> None:
    points = draw_points(name, SeedRandom("0.50000"))
    np.testing.assert_allclose(points[: len(FIRST_TWO[name])], FIRST_TWO[name], atol=5e-7)


@pytest.mark.parametrize("name", NOISY)
def test_first_points_with_noise(name: str) -> None:
    points = draw_points(name, SeedRandom("0.50000"), noise=0.25)
    np.testing.assert_allclose(points[0, :2], NOISY[name], atol=5e-7)


@pytest.mark.parametrize("name", PLAYGROUND)
def test_shapes_and_ranges(name: str) -> None:
    points = draw_points(name, SeedRandom("7"))
    assert points.shape == (500 if name in ("circle", "xor", "gauss", "spiral") else 1200, 3)
    assert np.abs(points[:, 2]).max() <= 1.2
    assert open_playground(name).frame.height == len(points)


def test_gauss_regression_keeps_the_strongest_cone() -> None:
    x, y, label = draw_points("gauss-regression", SeedRandom("3")).T
    centres = np.array([(-4, 2.5), (0, 2.5), (4, 2.5), (-4, -2.5), (0, -2.5), (4, -2.5)])
    signs = np.array([1, -1, 1, -1, 1, -1])
    values = signs * np.clip(1 - np.hypot(x[:, None] - centres[:, 0], y[:, None] - centres[:, 1]) / 2, 0, 1)
    strongest = values[np.arange(len(x)), np.abs(values).argmax(axis=1)]
    np.testing.assert_allclose(label, strongest, atol=1e-12)
