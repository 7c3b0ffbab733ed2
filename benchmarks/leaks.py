"""Are leaks of time, place and station noticed, and exchangeable tables left alone?

500 tables of which the truth is known are looked at as `isinglass check` looks at them, nothing declared:

- exchangeable (200): rows are independent given their inputs; a fifth is sorted by an input, by the target or by class,
  others have dates, places or stations that say nothing, heavy tails, classes, missing cells;
- autocorrelated (100): a series of first order (lag-one correlation 0.7 to 0.99), with dates, a counter, or inputs that
  are slow series themselves and know nothing of it;
- grouped (100): stations of an effect each, betrayed by a name or by columns that are constant within them;
- spatial (100): a random field on a map (correlated over 1 to 3 degrees of 20 x 30), rows with latitude and longitude.

Told is the share of tables with a doubt, and the medians of a quick forest's R2 on rows left out at random and on whole
stretches, groups or regions left out, where it was asked.

    python benchmarks/leaks.py [--tables 500] [--seed 0] [--list]
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable

import numpy as np
import polars as pl
import sklearn

from isinglass.data.leaks.doubts import Doubt, doubts_of
from isinglass.data.opening import from_frame
from isinglass.recipe import DataRecipe

Columns = dict[str, np.ndarray]
Make = Callable[[np.random.Generator], Columns]


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--list", action="store_true", help="name the tables that are judged wrongly")
    args = parser.parse_args()
    start = time.perf_counter()
    print(f"{'truth':<16} {'tables':>7} {'doubted':>8} {'share':>8} {'(95 %)':>14} {'R2 random':>10} {'apart':>7}")
    for name, (make, share) in TRUTHS.items():
        found = [
            looked(make, np.random.default_rng([args.seed, number])) for number in range(round(args.tables * share))
        ]
        _show(name, found)
        wrong = [number for number, doubts in enumerate(found) if bool(doubts) == (name == "exchangeable")]
        if args.list and wrong:
            print("  wrongly judged:", *wrong)
    seconds = (time.perf_counter() - start) / args.tables
    print("goal: exchangeable at most 2 % doubted, the others at least 90 %")
    print(f"{seconds:.2f} s a table, one thread of {os.cpu_count()}; scikit-learn {sklearn.__version__}, ", end="")
    print(f"python {platform.python_version()}")


def looked(make: Make, rng: np.random.Generator) -> tuple[Doubt, ...]:
    """The doubts about one table."""
    frame = pl.DataFrame(make(rng))
    return doubts_of(from_frame(frame, DataRecipe(source="table", target=("y",)), name="table"))


def _show(name: str, found: list[tuple[Doubt, ...]]) -> None:
    count, hit = len(found), sum(map(bool, found))
    low, high = _wilson(hit, count)
    first = [doubts[0] for doubts in found if doubts]
    told = [f"{np.median([getattr(d, part) for d in first]):.2f}" if first else "-" for part in ("random", "apart")]
    within = f"({100 * low:.0f}..{100 * high:.0f})"
    print(
        f"{name:<16} {count:>7} {hit:>8} {100 * hit / count:>6.1f} % {within:>14} {told[0]:>10} {told[1]:>7}",
        flush=True,
    )


def _wilson(hit: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z, part = 1.96, hit / count
    middle = (part + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(part * (1 - part) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return float(middle - half), float(middle + half)


def exchangeable(rng: np.random.Generator) -> Columns:
    """Independent rows, with columns that look as if they were not."""
    count, width = int(rng.integers(100, 800)), int(rng.integers(3, 9))
    x = rng.normal(size=(count, width)) if rng.random() < 0.7 else rng.uniform(-2, 2, (count, width))
    noise = rng.normal(size=count) if rng.random() < 0.7 else rng.standard_t(2, count)
    y = (
        rng.choice([0.5, 1.0, 2.0]) * (np.sin(1.5 * x[:, 0]) + 0.5 * x[:, 1] * x[:, 2])
        + rng.choice([0.1, 0.5, 1]) * noise
    )
    table = _inputs(x)
    if rng.random() < 0.3:
        table["x0"] = np.where(rng.random(count) < 0.1, np.nan, table["x0"])
    table |= _looks(rng, count, x)
    if rng.random() < 0.3:
        y = np.array(["low", "middle", "high"])[np.digitize(y, np.quantile(y, [0.4, 0.7]))]
    kind = rng.random()
    order = np.argsort(x[:, 0]) if kind < 0.1 else np.argsort(y, kind="stable") if kind < 0.2 else np.arange(count)
    return {name: values[order] for name, values in (table | {"y": y}).items()}


def _looks(rng: np.random.Generator, count: int, x: np.ndarray) -> Columns:
    """Columns that name times, places and stations, and say nothing, or no more than an input says."""
    kind = rng.integers(6)
    station = rng.integers(0, 20, count)
    if kind == 0:
        return {"date": _dates(rng.integers(0, 1500, count))}
    if kind == 1:
        return {"date": _dates(np.arange(count))}
    if kind == 2:
        return {"latitude": rng.uniform(40, 60, count), "longitude": rng.uniform(0, 30, count)}
    if kind == 3:
        return {"station": np.array([f"s{number}" for number in station])}
    if kind == 4:
        places = rng.uniform(0, 30, (3, 20))
        return {name: places[k][station] for k, name in enumerate(("lat", "lon", "elevation"))}
    return {}


def autocorrelated(rng: np.random.Generator) -> Columns:
    """A series that its inputs know nothing of."""
    count, width = int(rng.integers(150, 800)), int(rng.integers(3, 7))
    y = series(rng, count, rng.choice([0.7, 0.8, 0.9, 0.95, 0.99])) + rng.choice([0.0, 0.1, 0.3]) * rng.normal(
        size=count
    )
    kind = rng.integers(5)
    slow = kind in (1, 2)
    x = np.stack([series(rng, count, 0.97) if slow else rng.normal(size=count) for _ in range(width)], axis=1)
    table = _inputs(x)
    if kind in (0, 1):
        table["date"] = _dates(np.arange(count))
    if kind == 3:
        table["t"], y = np.arange(count, dtype=float), y + 0.5 * x[:, 0]
    if kind == 4:  # the dates are there, the rows are shuffled
        table["date"] = _dates(np.arange(count))
        order = rng.permutation(count)
        return {name: values[order] for name, values in (table | {"y": y}).items()}
    return table | {"y": y}


def grouped(rng: np.random.Generator) -> Columns:
    """Stations with an effect each, which nothing but who they are tells."""
    stations, each = int(rng.integers(10, 50)), int(rng.integers(6, 20))
    station = np.repeat(np.arange(stations), each)
    x = rng.normal(size=(len(station), 3))
    y = rng.normal(size=stations)[station] + rng.choice([0.1, 0.3, 0.6]) * rng.normal(size=len(station))
    y = y + rng.choice([0.0, 0.5]) * x[:, 0]
    table, kind = _inputs(x), rng.integers(3)
    if kind == 0:
        places = np.stack([rng.uniform(40, 60, stations), rng.uniform(0, 20, stations), rng.uniform(0, 2000, stations)])
        table |= {name: places[k].round(2)[station] for k, name in enumerate(("lat", "lon", "elevation"))}
    elif kind == 1:
        table["station"] = np.array([f"s{number}" for number in station])
    else:
        table |= {
            "depth": rng.uniform(0, 100, stations).round(1)[station],
            "area": rng.lognormal(size=stations)[station],
        }
    order = rng.permutation(len(y)) if rng.random() < 0.7 else np.arange(len(y))
    return {name: values[order] for name, values in (table | {"y": y}).items()}


def spatial(rng: np.random.Generator) -> Columns:
    """A random field of waves."""
    count = int(rng.integers(200, 800))
    latitude, longitude = rng.uniform(40, 60, count), rng.uniform(0, 30, count)
    waves = rng.normal(size=(2, 200)) / rng.choice([1.0, 2.0, 3.0])
    phase = np.stack([latitude, 0.6 * longitude], axis=1) @ waves + rng.uniform(0, 2 * np.pi, 200)
    y = np.cos(phase).sum(axis=1) / 10 + rng.choice([0.1, 0.3]) * rng.normal(size=count)
    return _inputs(rng.normal(size=(count, 2))) | {"latitude": latitude, "longitude": longitude, "y": y}


def series(rng: np.random.Generator, count: int, correlation: float) -> np.ndarray:
    """A stationary autoregression of first order, of variance 1."""
    values = rng.normal(size=count)
    for place in range(1, count):
        values[place] = correlation * values[place - 1] + np.sqrt(1 - correlation**2) * values[place]
    return values


def _inputs(x: np.ndarray) -> Columns:
    return {f"x{place}": column for place, column in enumerate(x.T)}


def _dates(day: np.ndarray) -> np.ndarray:
    return np.datetime64("2015-01-01") + day.astype("timedelta64[D]")


TRUTHS: dict[str, tuple[Make, float]] = {
    "exchangeable": (exchangeable, 0.4),
    "autocorrelated": (autocorrelated, 0.2),
    "grouped": (grouped, 0.2),
    "spatial": (spatial, 0.2),
}

if __name__ == "__main__":
    main()
