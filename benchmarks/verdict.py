"""Verdicts on tables of which the truth is known: how often is what they say false?

Two parts. Simulated outcomes, many and quick: errors of a network and of five conventional methods whose true sizes are
known, for rows that are exchangeable, autocorrelated in time, grouped and spatial, judged with the units that the split
by rows, stretches of time, groups and blocks gives. Real fits, fewer: tables of the same four kinds are made, divided
and fitted as `isinglass fit` does, and the true errors are those on 20,000 new rows of the same law.

A sentence is false where it names a winner that is none ("better", "worse"), an equality beyond its margin, or denies a
gain above the margin. The promise is at most 5 % in every line.

    python benchmarks/verdict.py                 # 500 outcomes a kind, no fits: a minute
    python benchmarks/verdict.py --fits 25       # and 25 fits a kind
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping

import numpy as np
import polars as pl

from isinglass.data.dataset import Dataset
from isinglass.data.opening import from_frame
from isinglass.data.splits import split
from isinglass.evaluation.baselines import BASELINES, BaselineRun, run_all
from isinglass.evaluation.metrics import METRICS
from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.verdict.contest import MARGIN
from isinglass.evaluation.verdict.verdict import Verdict, judge
from isinglass.recipe import Recipe
from isinglass.workbench.judging.scoring import hindrance_of

METHODS = ("mean", "linear", "knn_l1", "random_forest", "gradient_boosting")
KINDS = ("exchangeable", "autocorrelated", "grouped", "spatial")
SPLITS = {
    "exchangeable": {"kind": "random"},
    "autocorrelated": {"kind": "time"},
    "grouped": {"kind": "group"},
    "spatial": {"kind": "blocks", "block": 10.0},
}
FINDINGS = ("better", "worse", "equal", "untold", "unproven", "useless", "unjudged")
ROWS, NEW = 240, 20_000

Judged = tuple[Verdict, float, dict[str, float]]
"""A verdict, and the true errors of what stands for the network and of each conventional method."""


def coordinates(kind: str, generator: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    """Where and when the rows are: what their split needs."""
    if kind == "autocorrelated":
        return {"time": np.arange(float(rows))}
    if kind == "grouped":
        return {"group": generator.integers(0, 40, rows)}
    if kind == "spatial":
        return {"latitude": generator.uniform(-30, 30, rows), "longitude": generator.uniform(0, 60, rows)}
    return {}


def field(kind: str, place: Mapping[str, np.ndarray], generator: np.random.Generator, width: int) -> np.ndarray:
    """Numbers of mean 0 and variance 1 that neighbours share, [row, column]: alike along time, in a group, in space."""
    rows = len(next(iter(place.values()))) if place else ROWS
    if kind == "grouped":
        return generator.normal(size=(40, width))[np.unique(place["group"], return_inverse=True)[1]]
    if kind == "autocorrelated":
        drawn = generator.normal(size=(rows, width))
        for row in range(1, rows):
            drawn[row] = 0.7 * drawn[row - 1] + np.sqrt(1 - 0.7**2) * drawn[row]
        return drawn
    if kind == "spatial":
        waves = generator.normal(0, 0.25, (2, 50)), generator.uniform(0, 2 * np.pi, 50)
        angle = np.stack([place["latitude"], place["longitude"]], 1) @ waves[0] + waves[1]
        return np.sqrt(2 / 50) * np.cos(angle) @ generator.normal(size=(50, width))
    return generator.normal(size=(rows, width))


def table(kind: str, seed: int) -> tuple[Dataset, Recipe]:
    """Rows of which nothing but their place is known."""
    place = coordinates(kind, np.random.default_rng(seed), ROWS)
    data = {"source": "rows", "target": ["y"], **{name: name for name in place}}
    columns = {"x": np.random.default_rng((seed, 1)).normal(size=ROWS), **place, "y": np.arange(float(ROWS))}
    recipe = Recipe.from_dict({"data": data, "splits": SPLITS[kind]})
    return from_frame(pl.DataFrame(columns), recipe.data, name="rows"), recipe


def simulated(kind: str, seed: int, *, alike: bool) -> Judged:
    """The verdict on errors of known sizes."""
    generator = np.random.default_rng((seed, 2))
    dataset, recipe = table(kind, seed)
    splits = split(dataset, recipe.splits, seed=seed)
    sizes = (
        np.array([1.0, 1.6, 1.0, 1.0, 1.0, 1.0])
        if alike
        else np.exp(generator.normal(0, 0.2, 6)) * [1, 1.6, 1, 1, 1, 1]
    )
    shared, correlated = generator.uniform(0, 0.9), generator.uniform(0.2, 0.8)
    place = dict(dataset.coords)
    common, own = field(kind, place, generator, 1), field(kind, place, generator, 6)
    noise = generator.normal(size=(ROWS, 1)), generator.normal(size=(ROWS, 6))
    near = np.sqrt(shared) * common + np.sqrt(1 - shared) * own
    far = np.sqrt(shared) * noise[0] + np.sqrt(1 - shared) * noise[1]
    error = sizes * (np.sqrt(correlated) * near + np.sqrt(1 - correlated) * far)
    rows, observed = splits.tested, dataset.targets[splits.tested]
    made = [Outcome(observed, mean=observed[:, 0] + e[rows], groups=splits.units[rows]) for e in error.T]
    verdict = judge(made[0], dict(zip(METHODS, made[1:], strict=True)), hindrance=hindrance_of(dataset, splits))
    return verdict, float(sizes[0]), dict(zip(METHODS, sizes[1:].tolist(), strict=True))


def fitted(kind: str, seed: int) -> Judged:
    """The verdict on conventional methods fitted to a table, one of which stands for the network."""
    generator = np.random.default_rng((seed, 3))
    weights, bend = generator.normal(size=4), generator.uniform(0, 1.5)
    place = coordinates(kind, np.random.default_rng(seed), ROWS)
    x = 0.7 * field(kind, place, generator, 4) + 0.7 * generator.normal(size=(ROWS, 4))
    drift = field(kind, place, generator, 1)[:, 0]

    def law(x: np.ndarray) -> np.ndarray:
        return x @ weights + bend * np.sin(2 * x[:, 0]) * x[:, 1]

    y = law(x) + generator.uniform(0.3, 2.0) * (0.6 * drift + 0.8 * generator.normal(size=ROWS))
    inputs = {f"x{column}": x[:, column] for column in range(4)}
    data = {"source": "rows", "target": ["y"], "features": list(inputs), **{name: name for name in place}}
    recipe = Recipe.from_dict({"data": data, "splits": SPLITS[kind]})
    dataset = from_frame(pl.DataFrame({**inputs, **place, "y": y}), recipe.data, name="rows")
    splits = split(dataset, recipe.splits, seed=seed)
    names = ("mean", "linear", "knn_l1", "knn_l2", "random_forest", "gradient_boosting")
    runs = [run for run in run_all(BASELINES, names, dataset, splits, seed=seed) if isinstance(run, BaselineRun)]
    outcomes = {run.name: run.outcome for run in runs}
    network = str(generator.choice(["linear", "knn_l2", "random_forest", "gradient_boosting"]))
    verdict = judge(outcomes.pop(network), outcomes, hindrance=hindrance_of(dataset, splits))
    truth = true_errors(dataset, splits, law, generator, noise=y - law(x))
    return verdict, truth.pop(network), truth


def true_errors(dataset, splits, law, generator, *, noise) -> dict[str, float]:
    """The RMSE of each method as fitted on all training rows of the first fold, on new rows of the same law."""
    from isinglass.evaluation.baselines.fitting import fit
    from isinglass.evaluation.baselines.running import table_of
    from isinglass.spec import Role

    train = np.flatnonzero(splits.role[0] == Role.TRAIN)
    new = generator.normal(size=(NEW, 4)).astype(np.float32) * dataset.inputs.std(axis=0)
    observed = law(new.astype(np.float64)) + generator.choice(noise, NEW)
    found = {}
    for name, method in BASELINES.items():
        model = fit(method, table_of(dataset).take(train), splits.units[train], coverage=0.9, seed=0, threads=1)
        found[name] = float(METRICS["rmse"](Outcome(observed, mean=model(new))))
    return found


def false(verdict: Verdict, network: float, rivals: Mapping[str, float]) -> bool:
    """Whether the sentence is false of the true errors."""
    if verdict.finding == "better":
        return network >= min(rivals.values())
    if verdict.finding == "worse":
        return rivals[verdict.rival] >= network
    if verdict.finding == "equal":
        return abs(1 - network / rivals[verdict.rival]) > MARGIN
    return verdict.finding == "useless" and 1 - min(network, *rivals.values()) / rivals["mean"] > MARGIN


def main() -> None:
    """One table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outcomes", type=int, default=500, help="simulated outcomes a kind")
    parser.add_argument("--fits", type=int, default=0, help="fitted tables a kind")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(f"{'tables':<38}{'n':>5}  {'false':>6}  " + "  ".join(f"{name:>8}" for name in FINDINGS))
    for kind in KINDS:
        for alike in (True, False):
            title = f"outcomes, {kind}, {'alike' if alike else 'different'}"
            show(title, [simulated(kind, asked.seed + n, alike=alike) for n in range(asked.outcomes)])
    for kind in KINDS if asked.fits else ():
        show(f"fits, {kind}", [fitted(kind, asked.seed + n) for n in range(asked.fits)])


def show(title: str, found: list[Judged]) -> None:
    """One line: how often each finding, and how often a false one."""
    counts = Counter(verdict.finding for verdict, _, _ in found)
    wrong = sum(false(*one) for one in found) / len(found)
    line = "  ".join(f"{100 * counts[name] / len(found):>6.1f} %" for name in FINDINGS)
    print(f"{title:<38}{len(found):>5}  {100 * wrong:>4.1f} %  {line}", flush=True)


if __name__ == "__main__":
    main()
