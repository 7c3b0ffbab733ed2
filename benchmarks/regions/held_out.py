"""Regions that are held out: those that are measured, others that rules were chosen on, and tables without any.

Each gives a table, which rows are in the region, and the target. Rows without target are left out first: a model cannot
learn from them, so they would be held out as well. (Of `tao` one buoy-year has no humidity at all.)
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from isinglass.data.catalogue import open_source

Made = tuple[pl.DataFrame, np.ndarray, str]
Make = Callable[[int], Made]
"""The number of the draw gives a region's table."""
Values = NDArray[np.floating]

SHARED = Path(os.environ.get("ISINGLASS_SHARED", Path(__file__).resolve().parents[3] / "shared"))
BUOY = ("Sea.Surface.Temp", "Air.Temp", "UWind", "VWind", "Humidity")


def buoys(values: pl.Expr, *, part: str = "above", known: tuple[str, ...] = ("Humidity",)) -> Make:
    """The tenth of `tao` above or below in an expression of its columns."""

    def make(seed: int) -> Made:
        frame = open_source("tao").frame.select(BUOY)
        frame = frame.filter(values.is_not_null()).drop_nulls(known)
        found = frame.select(values).to_series().to_numpy()
        region = found > np.quantile(found, 0.9) if part == "above" else found < np.quantile(found, 0.1)
        return frame, region, "Humidity"

    return make


def filled(dimensions: int, region: Callable[[Values], NDArray[np.bool_]]) -> Make:
    """1,200 rows that fill -1..1 evenly; the target needs two columns."""

    def make(seed: int) -> Made:
        random = np.random.default_rng(seed)
        x = random.uniform(-1, 1, size=(1200, dimensions))
        y = np.sin(3 * x[:, 0]) + x[:, 0] * x[:, 1] + 0.1 * random.normal(size=len(x))
        return pl.DataFrame({f"x{j}": x[:, j] for j in range(dimensions)} | {"y": y}), region(x), "y"

    return make


def catalogued(name: str, target: str, region: pl.Expr | None = None) -> Make:
    """A table of the catalogue."""

    def make(seed: int) -> Made:
        frame = open_source(name).frame
        frame = frame.drop("truth", "sigma", strict=False).drop_nulls(target)
        return frame, _rows(frame, region), target

    return make


def uci(name: str, region: pl.Expr | None = None) -> Make:
    """2,000 rows of a UCI set, columns c0, c1, ...; the last one is the target."""

    def make(seed: int) -> Made:
        values = np.loadtxt(SHARED / "data" / "uci" / name / "data.txt")
        values = np.random.default_rng(7 + seed).permutation(values)[:2000]
        frame = pl.DataFrame({f"c{j}": column for j, column in enumerate(values.T)})
        return frame, _rows(frame, region), frame.columns[-1]

    return make


def houses(region: pl.Expr) -> Make:
    """3,000 rows of California's housing."""

    def make(seed: int) -> Made:
        frame = pl.read_csv(SHARED / "data" / "tables" / "california_housing.csv").sample(3000, seed=seed)
        return frame, _rows(frame, region), "median_house_value"

    return make


def _rows(frame: pl.DataFrame, region: pl.Expr | None) -> np.ndarray:
    if region is None:
        return np.zeros(len(frame), dtype=bool)
    return frame.select(region.fill_null(value=False)).to_series().to_numpy()


def _above(name: str, share: float) -> pl.Expr:
    return pl.col(name) > pl.col(name).quantile(share)


def _below(name: str, share: float) -> pl.Expr:
    return pl.col(name) < pl.col(name).quantile(share)


SEA, AIR, EAST, NORTH = (pl.col(name) for name in BUOY[:4])

MEASURED: dict[str, Make] = {
    "tao, warmest tenth": buoys(SEA),
    "the same, a buoy more": buoys(SEA, known=()),
    "corner of a square": filled(2, lambda x: (x[:, :2] > 0.2).all(axis=1)),
    "corner of a cube": filled(3, lambda x: (x[:, :2] > 0.2).all(axis=1)),
}

CHOOSING: dict[str, Make] = {
    "tao, coldest tenth": buoys(SEA, part="below"),
    "tao, windiest tenth": buoys(EAST**2 + NORTH**2),
    "tao, easterlies": buoys(EAST, part="below"),
    "tao, warmest air": buoys(AIR),
    "tao, sea above air": buoys(SEA - AIR),
    "square, disc": filled(2, lambda x: (x**2).sum(axis=1) < 0.25),
    "square, band": filled(2, lambda x: abs(x[:, 0]) < 0.25),
    "cube, ball": filled(3, lambda x: (x**2).sum(axis=1) < 0.49),
    "cube, octant": filled(3, lambda x: (x > 0.1).all(axis=1)),
    "cube, another edge": filled(3, lambda x: (x[:, 1] < -0.3) & (x[:, 2] > 0.3)),
    "4-D cube, edge": filled(4, lambda x: (x[:, 1] < -0.2) & (x[:, 3] > 0.2)),
    "friedman, corner": catalogued("friedman", "y", (pl.nth(0) > 0.6) & (pl.nth(1) > 0.6)),
    "friedman, third": catalogued("friedman", "y", pl.nth(2) > 0.9),
    "diabetes, bmi": catalogued("diabetes", "progression", _above("bmi", 0.9)),
    "diabetes, bmi and bp": catalogued("diabetes", "progression", _above("bmi", 0.7) & _above("bp", 0.7)),
}

SHARED_CHOOSING: dict[str, Make] = {
    "power-plant, hot": uci("power-plant", _above("c0", 0.9)),
    "power-plant, corner": uci("power-plant", _below("c0", 0.35) & _below("c2", 0.35)),
    "concrete, corner": uci("concrete", _above("c0", 0.7) & _above("c3", 0.7)),
    "california, bay": houses((pl.col("latitude") > 37.5) & (pl.col("longitude") < -121.5)),
    "california, rich": houses(_above("median_income", 0.9)),
}

ORDINARY: dict[str, Make] = {
    "tao": catalogued("tao", "Humidity"),
    "diabetes": catalogued("diabetes", "progression"),
    "breast_cancer": catalogued("breast_cancer", "diagnosis"),
    "friedman": catalogued("friedman", "y"),
}

SHARED_ORDINARY: dict[str, Make] = {
    name: uci(name) for name in ("concrete", "energy", "power-plant", "wine-quality-red")
}

if (SHARED / "data").is_dir():
    CHOOSING |= SHARED_CHOOSING
    ORDINARY |= SHARED_ORDINARY
