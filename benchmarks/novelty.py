"""Are rows outside the training data marked, and rows inside left alone?

Rows of a region are held out, and a sixth of the others; a model is fitted to the rest, by default settings. Told is
the share of the region's rows that each score marks, and of the rows inside. Regions: the warmest tenth of `tao` by
sea-surface temperature, once with rows of humidity alone and once with the rows of a buoy-year without it, which then
count as inside though no model has learnt from them; a corner of an evenly filled square and of a cube. Tables without
a region tell how many ordinary rows are marked.

    python benchmarks/novelty.py [--repeat 5] [--members 8] [--choosing]

`--choosing`: the regions that the scores and their level were chosen on, with hardly trained networks: what tables are
marked by needs none. Nothing was chosen on the regions that are measured.
"""

from __future__ import annotations

import argparse
import os
import platform

import numpy as np
import polars as pl
import torch
from regions.held_out import CHOOSING, MEASURED, ORDINARY, Make

import isinglass as ig

SETTINGS = {
    "evaluation.baselines": ["mean"],
    "evaluation.bootstrap": 0,
    "learning.threads": 1,
    "splits.scheme": "sealed",
}
HARDLY = {"learning.epochs": 1}
ALONE = ("novelty", "distance", "pairs", "range")
"""The scores that hardly trained networks leave as they are."""
GOAL = "goal: at least 80 % outside, at most 5 % inside"


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--choosing", action="store_true")
    args = parser.parse_args()
    print(f"{'':<22} {'score':<16} {'outside %':>22} {'inside %':>20}")
    for name, make in (CHOOSING if args.choosing else MEASURED | ORDINARY).items():
        shares = {"learning.members": args.members} | (HARDLY if args.choosing else {})
        _show(name, [marked(make, seed, shares) for seed in range(args.repeat)], choosing=args.choosing)
    print(f"mean (least..most) of {args.repeat} draws, {args.members} networks; {GOAL}")
    print(f"torch {torch.__version__}, python {platform.python_version()}, {os.cpu_count()} cores")


def marked(make: Make, seed: int, settings: dict[str, int]) -> dict[str, list[float]]:
    """The shares of rows outside and inside that each score marks; NaN of no rows."""
    frame, region, target = make(seed)
    random = np.random.default_rng(seed)
    held = ~region & (random.random(len(frame)) < 1 / 6)
    model = ig.fit(
        frame.filter(pl.Series(~region & ~held)), target, settings=SETTINGS | settings | {"learning.seed": seed}
    )
    told = [_scores(model, frame.filter(pl.Series(rows))) for rows in (region, held)]
    return {score: [float((part[score] > 1).mean()) if part else np.nan for part in told] for score in told[1]}


def _scores(model: ig.Model, rows: pl.DataFrame) -> dict[str, np.ndarray]:
    if not len(rows):
        return {}
    found = model.predict(rows)
    return {"novelty": found.novelty} | found.novelty_parts


def _show(name: str, runs: list[dict[str, list[float]]], *, choosing: bool) -> None:
    for score in runs[0]:
        if score in ALONE or not choosing:
            outside, inside = (np.array([100 * run[score][part] for run in runs]) for part in (0, 1))
            print(f"{name:<22} {score:<16} {_words(outside):>22} {_words(inside):>20}", flush=True)


def _words(values: np.ndarray) -> str:
    return "" if np.isnan(values).all() else f"{values.mean():.1f} ({values.min():.1f}..{values.max():.1f})"


if __name__ == "__main__":
    main()
