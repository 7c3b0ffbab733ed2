"""Tables whose truth is known: column `truth` holds the mean and `sigma` the noise of each row.

Neither column is a feature unless a recipe says so.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from isinglass.data.tables.sources.frame import Table

Made = tuple[np.ndarray, np.ndarray, np.ndarray]


def sine(rng: np.random.Generator, samples: int) -> Made:
    """y = sin(x) + sigma(x) e, sigma = 0.05 + 0.15 (1 + sin(x / 2)) / 2, x uniform in -2 pi .. 2 pi."""
    x = rng.uniform(-2 * np.pi, 2 * np.pi, (samples, 1))
    return x, np.sin(x[:, 0]), 0.05 + 0.075 * (1 + np.sin(x[:, 0] / 2))


def polynomial(rng: np.random.Generator, samples: int) -> Made:
    """y = 1 - 2 x + x^3 / 2 + e, sigma = 0.5, x uniform in -3 .. 3."""
    x = rng.uniform(-3, 3, (samples, 1))
    return x, 1 - 2 * x[:, 0] + 0.5 * x[:, 0] ** 3, np.full(samples, 0.5)


def friedman(rng: np.random.Generator, samples: int) -> Made:
    """y = 10 sin(pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5 + e, sigma = 1, x1 .. x10 uniform in 0 .. 1.

    x6 .. x10 have no influence. Reference: Friedman 1991, doi:10.1214/aos/1176347963.
    """
    x = rng.uniform(size=(samples, 10))
    truth = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    return x, truth, np.ones(samples)


SYNTHETIC: dict[str, Callable[[np.random.Generator, int], Made]] = {
    "sine": sine,
    "polynomial": polynomial,
    "friedman": friedman,
}


def make(name: str, *, samples: int, seed: int = 0) -> pl.DataFrame:
    """A table with inputs x (or x1 .. xk), y, truth and sigma; y = truth + sigma e, e standard normal.

    Args:
        name: a key of `SYNTHETIC`.
        samples: number of rows.
        seed: the same seed gives the same rows.
    """
    rng = np.random.default_rng(seed)
    inputs, truth, sigma = SYNTHETIC[name](rng, samples)
    names = ["x"] if inputs.shape[1] == 1 else [f"x{k + 1}" for k in range(inputs.shape[1])]
    columns = dict(zip(names, inputs.T, strict=True))
    return pl.DataFrame({**columns, "y": truth + sigma * rng.standard_normal(samples), "truth": truth, "sigma": sigma})


def opener(name: str, samples: int) -> Callable[[], Table]:
    """A reader of one synthetic table."""
    return lambda: Table(make(name, samples=samples), name)
