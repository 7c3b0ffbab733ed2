"""The data sets of the TensorFlow Playground, point by point as the page draws them.

Reference: Smilkov, Carter et al. 2017, arXiv:1708.03788; github.com/tensorflow/playground, src/dataset.ts.
Every function draws its numbers in the page's order, also the noise that is multiplied by zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import polars as pl

from isinglass.data.synthetic.seedrandom import SeedRandom
from isinglass.data.tables.sources.frame import Table

Point = tuple[float, float, float]
Draw = Callable[[SeedRandom, int, float], Iterator[Point]]

CENTRES = ((-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1))
SEED = "0.50000"


def circle(random: SeedRandom, samples: int, noise: float) -> Iterator[Point]:
    """A disc of radius 2.5 (+1) in a ring from 3.5 to 5 (-1); noise moves only the point that is labelled."""
    for inner, outer in ((0.0, 2.5), (3.5, 5.0)):
        for _ in range(samples // 2):
            radius, angle = random.uniform(inner, outer), random.uniform(0, 2 * math.pi)
            x, y = radius * math.sin(angle), radius * math.cos(angle)
            shift_x, shift_y = random.uniform(-5, 5) * noise, random.uniform(-5, 5) * noise
            yield x, y, 1.0 if math.hypot(x + shift_x, y + shift_y) < 2.5 else -1.0


def xor(random: SeedRandom, samples: int, noise: float) -> Iterator[Point]:
    """A square of half-width 5 with a gap of 0.3 round the axes; +1 where x y >= 0."""
    for _ in range(samples):
        x, y = (_padded(random.uniform(-5, 5)) for _ in range(2))
        shift_x, shift_y = random.uniform(-5, 5) * noise, random.uniform(-5, 5) * noise
        yield x, y, 1.0 if (x + shift_x) * (y + shift_y) >= 0 else -1.0


def _padded(value: float) -> float:
    return value + 0.3 if value > 0 else value - 0.3


def gauss(random: SeedRandom, samples: int, noise: float) -> Iterator[Point]:
    """Two normal clouds of variance 0.5 + 7 noise about (2, 2) (+1) and (-2, -2) (-1)."""
    deviation = math.sqrt(0.5 + 7 * noise)
    for centre, label in ((2.0, 1.0), (-2.0, -1.0)):
        for _ in range(samples // 2):
            yield centre + deviation * _normal(random), centre + deviation * _normal(random), label


def _normal(random: SeedRandom) -> float:
    """Polar Box-Muller, of whose two numbers the page uses the first."""
    while True:
        first, second = 2 * random() - 1, 2 * random() - 1
        square = first * first + second * second
        if square <= 1:
            return math.sqrt(-2 * math.log(square) / square) * first


def spiral(random: SeedRandom, samples: int, noise: float) -> Iterator[Point]:
    """Two arms of 1.75 turns, r from 0 to 5: +1 from angle 0, -1 from angle pi."""
    arm = samples // 2
    for start, label in ((0.0, 1.0), (math.pi, -1.0)):
        for i in range(arm):
            radius, angle = i / arm * 5, 1.75 * i / arm * 2 * math.pi + start
            x = radius * math.sin(angle) + random.uniform(-1, 1) * noise
            yield x, radius * math.cos(angle) + random.uniform(-1, 1) * noise, label


def plane(random: SeedRandom, samples: int, noise: float) -> Iterator[Point]:
    """(x + y) / 10 on a square of half-width 6."""
    for x, y, near_x, near_y in _scattered(random, samples, noise):
        yield x, y, (near_x + near_y) / 10


def gauss_regression(random: SeedRandom, samples: int, noise: float) -> Iterator[Point]:
    """Six cones of radius 2 and height +-1; of several the one with the largest absolute value."""
    for x, y, near_x, near_y in _scattered(random, samples, noise):
        label = 0.0
        for centre_x, centre_y, sign in CENTRES:
            distance = math.hypot(near_x - centre_x, near_y - centre_y)
            value = sign * min(1.0, max(0.0, 1 - distance / 2))
            label = value if abs(value) > abs(label) else label
        yield x, y, label


def _scattered(random: SeedRandom, samples: int, noise: float) -> Iterator[tuple[float, float, float, float]]:
    for _ in range(samples):
        x, y = random.uniform(-6, 6), random.uniform(-6, 6)
        shift_x, shift_y = random.uniform(-6, 6) * noise, random.uniform(-6, 6) * noise
        yield x, y, x + shift_x, y + shift_y


CLASSIFICATION: dict[str, Draw] = {"circle": circle, "xor": xor, "gauss": gauss, "spiral": spiral}
REGRESSION: dict[str, Draw] = {"plane": plane, "gauss-regression": gauss_regression}
PLAYGROUND: dict[str, Draw] = CLASSIFICATION | REGRESSION


def draw_points(name: str, random: SeedRandom, *, noise: float = 0.0, samples: int = 0) -> np.ndarray:
    """Points in the order in which the page uses them: drawn, then shuffled.

    Args:
        name: a key of `PLAYGROUND`.
        random: the page's stream; initial weights are drawn from it afterwards.
        noise: the page's slider divided by 100, 0..0.5.
        samples: 0 is the page's number, 500 for classification and 1,200 for regression.

    Returns:
        float64 [sample, 3]: x, y, label. The page trains on the first half.
    """
    samples = samples or (500 if name in CLASSIFICATION else 1200)
    points = list(PLAYGROUND[name](random, samples, noise))
    for last in range(len(points) - 1, -1, -1):
        other = math.floor(random() * (last + 1))
        points[last], points[other] = points[other], points[last]
    return np.array(points)


def open_playground(name: str, *, seed: str = SEED, noise: float = 0.0) -> Table:
    """A data set of the page as a table with columns x, y, label (classes -1 and 1, or a number)."""
    points = draw_points(name, SeedRandom(seed), noise=noise)
    frame = pl.DataFrame(points, schema=["x", "y", "label"], orient="row")
    return Table(frame.cast({"label": pl.Int64}) if name in CLASSIFICATION else frame, name)


def opener(name: str) -> Callable[[], Table]:
    """`open_playground` for one name, with the page's defaults."""
    return partial(open_playground, name)
