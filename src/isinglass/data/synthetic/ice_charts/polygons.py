"""The chart: polygons as an analyst cuts them, and a line of SIGRID-3 codes for each."""

from __future__ import annotations

import numpy as np

from isinglass.data.synthetic.ice_charts.noise import smooth_noise
from isinglass.data.synthetic.ice_charts.sigrid import Part, Polygon

PARTS = 3
"""Kinds of ice that a polygon has at most."""

BERGS = 0.03
"""Probability that a kind of ice is bergs instead of floes."""

MOSTLY = {
    1: ((81, 82), (2, 21)),
    2: ((83, 84, 85), (2, 3)),
    3: ((87, 88, 89), (3, 4)),
    4: ((86, 91, 93), (4, 5, 6)),
    5: ((95, 96, 97), (5, 6, 7)),
}
"""Class of a stage -> its codes of stage and of form."""


def draw_cells(rng: np.random.Generator, size: int) -> np.ndarray:
    """Cells of random points with bent borders, numbered from 0 without gaps: int64 [size, size]."""
    points = rng.uniform(0, size, (int(rng.integers(8, 15)), 2))
    grid = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij")).astype(np.float64)
    bend = np.stack([smooth_noise(rng, size, size / 12) for _ in range(2)]) * size / 16
    distance = ((grid + bend)[:, None] - points.T[:, :, None, None]) ** 2
    nearest = distance.sum(axis=0).argmin(axis=0)
    return np.unique(nearest, return_inverse=True)[1].reshape(size, size)


def draw_line(rng: np.random.Generator, cover: float) -> Polygon:
    """The codes of a polygon that lies so deep in the ice."""
    tenths = int(np.clip(np.round(14 * cover + rng.normal(0, 0.7)), 0, 10))
    if tenths == 0:
        return Polygon(int(rng.choice([1, 2, 55])))
    main = int(np.clip(np.round(1 + 4.4 * cover + rng.normal(0, 0.6)), 1, 5))
    shares = _shares(rng, tenths)
    stages = [main, *(int(np.clip(main + step, 1, 5)) for step in (-1, -2))][: len(shares)]
    parts = tuple(_part(rng, share, stage) for share, stage in zip(shares, stages, strict=True))
    return Polygon(_code(rng, tenths), parts)


def _shares(rng: np.random.Generator, tenths: int) -> list[int]:
    """Tenths of up to three kinds of ice."""
    kinds = min(int(rng.choice([1, 2, 3], p=[0.45, 0.35, 0.2])), tenths)
    second = int(rng.integers(1, max(2, tenths // 2 + 1))) if kinds > 1 else 0
    third = int(rng.integers(1, max(2, second + 1))) if kinds > 2 else 0
    shares = [tenths - second - third, second, third]
    return [share for share in shares if share > 0]


def _part(rng: np.random.Generator, tenths: int, stage: int) -> Part:
    stages, forms = MOSTLY[stage]
    form = int(rng.choice([9, 10] if rng.random() < BERGS else forms))
    return Part(_code(rng, tenths), int(rng.choice(stages)), form)


def _code(rng: np.random.Generator, tenths: int) -> int:
    return 10 * tenths if tenths < 10 else int(rng.choice([91, 92]))
