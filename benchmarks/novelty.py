"""Are rows outside the training data marked, and rows inside left alone?

Rows of a region are held out, and a sixth of the others; a model is fitted to the rest, by default settings. Told is
the share of the region's rows that each score marks, and of the rows inside. Regions: the warmest tenth of `tao` by
sea-surface temperature; a corner of an evenly filled square and of a cube.

    python benchmarks/novelty.py [--repeat 5] [--members 8]
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable

import numpy as np
import polars as pl
import torch

import isinglass as ig
from isinglass.data.catalogue import open_source

Made = tuple[pl.DataFrame, np.ndarray, str]
SETTINGS = {"evaluation.baselines": ["mean"], "evaluation.bootstrap": 0, "learning.threads": 1}
GOAL = "goal: at least 80 % outside, at most 5 % inside"


def tao(seed: int) -> Made:
    """The warmest tenth."""
    frame = open_source("tao").frame.drop_nulls("Sea.Surface.Temp")
    frame = frame.select("Sea.Surface.Temp", "Air.Temp", "UWind", "VWind", "Humidity")
    sea = frame["Sea.Surface.Temp"]
    return frame, (sea > sea.quantile(0.9)).to_numpy(), "Humidity"


def corner(dimensions: int) -> Callable[[int], Made]:
    """x_1 and x_2 above 0.2 of numbers in -1..1; the others do not matter to the region."""

    def make(seed: int) -> Made:
        random = np.random.default_rng(seed)
        x = random.uniform(-1, 1, size=(1200, dimensions))
        y = np.sin(3 * x[:, 0]) + x[:, 0] * x[:, 1] + 0.1 * random.normal(size=len(x))
        frame = pl.DataFrame({f"x{j}": x[:, j] for j in range(dimensions)} | {"y": y})
        return frame, (x[:, 0] > 0.2) & (x[:, 1] > 0.2), "y"

    return make


STUDIES = {"tao, warmest tenth": tao, "corner of a square": corner(2), "corner of a cube": corner(3)}


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--members", type=int, default=8)
    args = parser.parse_args()
    print(f"{'':<22} {'score':<16} {'outside %':>22} {'inside %':>20}")
    for name, make in STUDIES.items():
        runs = [marked(*make(seed), seed, args.members) for seed in range(args.repeat)]
        for score in runs[0]:
            outside, inside = (np.array([100 * run[score][part] for run in runs]) for part in (0, 1))
            print(f"{name:<22} {score:<16} {_words(outside):>22} {_words(inside):>20}")
    print(f"mean (least..most) of {args.repeat} draws, {args.members} networks; {GOAL}")
    print(f"torch {torch.__version__}, python {platform.python_version()}, {os.cpu_count()} cores")


def marked(frame: pl.DataFrame, region: np.ndarray, target: str, seed: int, members: int) -> dict[str, list[float]]:
    """The shares of rows outside and inside that each score marks."""
    random = np.random.default_rng(seed)
    held = ~region & (random.random(len(frame)) < 1 / 6)
    settings = SETTINGS | {"learning.members": members, "learning.seed": seed, "splits.scheme": "sealed"}
    model = ig.fit(frame.filter(pl.Series(~region & ~held)), target, settings=settings)
    told = [model.predict(frame.filter(pl.Series(rows))) for rows in (region, held)]
    scores = [{"novelty": one.novelty} | one.novelty_parts for one in told]
    return {score: [float((part[score] > 1).mean()) for part in scores] for score in scores[0]}


def _words(values: np.ndarray) -> str:
    return f"{values.mean():.1f} ({values.min():.1f}..{values.max():.1f})"


if __name__ == "__main__":
    main()
