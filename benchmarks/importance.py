"""What asking for importances costs, and whether the answer is scikit-learn's.

Permutation importance of every feature of 16 default networks on 20,000 rows, five permutations each: the single
pass, the multi-pass, and scikit-learn's `permutation_importance` asking the same networks through the scikit-learn
door. Both draw permutations of their own; whether their means differ by more than chance is tested.

    python benchmarks/importance.py [--repeat 3] [--features 8] [--rows 20000]
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, TypeVar

import numpy as np
import torch
from scipy.stats import ttest_ind
from sklearn.inspection import permutation_importance

import isinglass as ig
from isinglass.explanation import METHODS, Explanation, Probe
from isinglass.model.scoring import answer

PERMUTATIONS, GOAL = 5, 5.0
T = TypeVar("T")


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--features", type=int, default=8)
    parser.add_argument("--rows", type=int, default=20_000)
    args = parser.parse_args()
    x, y = table(args.rows, args.features)
    networks = ig.Regressor(n_estimators=16, epochs=5).fit(x[:2000], y[:2000])
    probe = probe_of(networks, x, y)
    print(f"{args.features} features of 16 networks, {args.rows:,} rows, {PERMUTATIONS} permutations")
    print(f"{'':<28} {'median':>8} {'least':>8} {'most':>8}   seconds")
    single = line("single pass", lambda: METHODS["permutation"](probe, repeats=PERMUTATIONS)[0], args.repeat, GOAL)
    line("multi-pass, after it", lambda: multi(probe, single), args.repeat)
    theirs = line("scikit-learn", lambda: their_answer(networks, x, y), 1)
    ours, worst = single.values[:, :, 0], np.abs(single.mean() - theirs["importances_mean"]).max()
    test: Any = ttest_ind(ours, theirs["importances"], axis=1, equal_var=False)
    print(f"largest difference {worst:.3f} in RMSE, of importances up to {single.mean().max():.3f};", end=" ")
    print(f"p = {min(1.0, test.pvalue.min() * args.features):.2f} (Welch's test of each feature, times their number)")
    print(f"n = {args.repeat}, torch {torch.__version__}, scikit-learn {version('scikit-learn')},", end=" ")
    print(f"python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


def table(rows: int, features: int) -> tuple[np.ndarray, np.ndarray]:
    """Friedman's first function of five of the columns, with noise."""
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(rows, features))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    return x, y + rng.normal(size=rows)


def probe_of(networks: ig.Regressor, x: np.ndarray, y: np.ndarray) -> Probe:
    """The networks as explanations see them, scored by RMSE."""
    inputs = x.astype(np.float32)

    def score(predicted: np.ndarray) -> float:
        return float(np.sqrt(np.mean((predicted[:, 0] - y) ** 2)))

    return Probe(lambda rows: answer(networks.ensemble_, rows), inputs, networks.schema_.features, score)


def multi(probe: Probe, single: Explanation) -> Explanation:
    """The multi-pass after the single pass."""
    return METHODS["permutation_multi"](probe, repeats=PERMUTATIONS, first=single)[0]


def their_answer(networks: ig.Regressor, x: np.ndarray, y: np.ndarray) -> Any:
    """scikit-learn's importances, one column and permutation at a time."""
    return permutation_importance(
        networks, x, y, scoring="neg_root_mean_squared_error", n_repeats=PERMUTATIONS, random_state=1
    )


def line(what: str, call: Callable[[], T], repeats: int, goal: float | None = None) -> T:
    """One row; returns the last answer. A median above the goal is marked."""
    seconds, answers = [], []
    for _ in range(repeats):
        start = time.perf_counter()
        answers.append(call())
        seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds)
    mark = "" if goal is None or median <= goal else f"  goal {goal}: missed"
    print(f"{what:<28} {median:8.2f} {min(seconds):8.2f} {max(seconds):8.2f}{mark}")
    return answers[-1]


if __name__ == "__main__":
    main()
