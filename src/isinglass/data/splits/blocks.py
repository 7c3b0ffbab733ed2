"""Spatial blocks of latitude and longitude, with a buffer around the test blocks that is used for nothing.

Neighbours in space are alike; a test row whose neighbour was trained on flatters the model. Blocks of `block` degrees
are left out whole, and rows closer than `buffer` degrees to a test block are UNUSED. Longitudes are taken modulo 360,
so blocks and buffers go on across the date line; the width is rounded so that a whole number of blocks fits around.
Distances are in degrees of the grid, not in kilometres. (Roberts et al. 2017, doi:10.1111/ecog.02881.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isinglass.data.hashing import mix
from isinglass.data.splits.group import folded_groups, sealed_groups
from isinglass.data.splits.splits import Parts, Rows, Splitter
from isinglass.errors import SplitError
from isinglass.recipe import SplitRecipe
from isinglass.spec import Role

SIDES = (10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
"""Sides of blocks that are tried where the recipe says none, degrees."""
ENOUGH = 20
"""The first of them that gives so many occupied blocks is taken, else the first that gives most."""


@dataclass(frozen=True)
class Grid:
    """The blocks of a set of rows: `width` and `height` in degrees, the row and column of each sample's block."""

    latitude: np.ndarray
    longitude: np.ndarray
    height: float
    width: float

    @property
    def columns(self) -> int:
        """How many blocks fit around the Earth."""
        return round(360.0 / self.width)

    @property
    def block(self) -> np.ndarray:
        """The index of each row's block: int64 [sample]."""
        up = np.minimum((self.latitude + 90.0) // self.height, np.ceil(180.0 / self.height) - 1).astype(np.int64)
        east = np.minimum(self.longitude // self.width, self.columns - 1).astype(np.int64)
        return up * self.columns + east

    def distance(self, block: int, rows: np.ndarray) -> np.ndarray:
        """Degrees from the rows to the nearest edge of a block, the larger of north-south and east-west."""
        south, west = block // self.columns * self.height - 90.0, block % self.columns * self.width
        latitude, longitude = self.latitude[rows], self.longitude[rows]
        up = np.maximum(np.maximum(south - latitude, latitude - south - self.height), 0.0)
        east = (longitude - west) % 360.0
        aside = np.where(east <= self.width, 0.0, np.minimum(east - self.width, 360.0 - east))
        return np.maximum(up, aside)


def sealed(rows: Rows, recipe: SplitRecipe, seed: int) -> Parts:
    """A test part of whole blocks with about `recipe.test` of the rows."""
    grid = _grid(rows, recipe)
    parts = sealed_groups(_units(grid), recipe.test, seed, unit="blocks")
    return _buffered(parts, grid, recipe.buffer)


def folds(rows: Rows, recipe: SplitRecipe, count: int, seed: int) -> Parts:
    """`count` test parts of whole blocks."""
    grid = _grid(rows, recipe)
    parts = folded_groups(_units(grid), count, seed, unit="blocks")
    return _buffered(parts, grid, recipe.buffer)


def whole(rows: Rows, recipe: SplitRecipe) -> int:
    """The number of occupied blocks."""
    return len(np.unique(_grid(rows, recipe).block))


def _grid(rows: Rows, recipe: SplitRecipe) -> Grid:
    latitude = _degrees(rows.coords["latitude"], "latitude")
    longitude = _degrees(rows.coords["longitude"], "longitude") % 360.0
    beyond = np.flatnonzero(np.abs(latitude) > 90.0)
    if beyond.size:
        raise SplitError(
            "a latitude lies outside -90..90",
            where=f"row {beyond[0] + 1}",
            given=latitude[beyond[0]],
            instead="degrees north; are latitude and longitude exchanged?",
        )
    if recipe.block != "auto":
        return _cut(latitude, longitude, recipe.block)
    grids = [_cut(latitude, longitude, side) for side in SIDES]
    counts = [len(np.unique(grid.block)) for grid in grids]
    return next((g for g, count in zip(grids, counts, strict=True) if count >= ENOUGH), grids[int(np.argmax(counts))])


def _cut(latitude: np.ndarray, longitude: np.ndarray, side: float) -> Grid:
    around = max(1, round(360.0 / side))
    return Grid(latitude, longitude, height=min(side, 180.0), width=360.0 / around)


def _degrees(values: np.ndarray, name: str) -> np.ndarray:
    values = np.asarray(values, np.float64)
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise SplitError(
            f"{bad.size} row(s) have no {name}",
            where=f"row {bad[0] + 1}",
            instead="leave those rows out, or choose another kind of split.",
        )
    return values


def _units(grid: Grid) -> np.ndarray:
    return mix(grid.block.astype(np.uint64))


def _buffered(parts: Parts, grid: Grid, buffer: float) -> Parts:
    """The same parts with training rows within the buffer of a test block UNUSED."""
    if buffer <= 0.0:
        return parts
    role, members = parts.role.copy(), _Members(grid)
    for fold in role:
        for block in np.unique(members.block[fold == Role.TEST]):
            near = members.near(int(block), buffer)
            near = near[fold[near] == Role.TRAIN]
            fold[near[grid.distance(int(block), near) < buffer]] = Role.UNUSED
        _some_left(fold, buffer)
    unused = int((role == Role.UNUSED).sum())
    note = f"{unused} rows within {buffer:g} degrees of a test block are left unused" + (
        f" (summed over {len(role)} folds)" if len(role) > 1 else ""
    )
    return Parts(role, parts.units, (*parts.notes, note) if unused else parts.notes)


class _Members:
    """The rows of each block, so that only neighbouring blocks are searched for rows within the buffer."""

    def __init__(self, grid: Grid) -> None:
        self.grid, self.block = grid, grid.block
        self.order = np.argsort(self.block, kind="stable")
        self.values, start = np.unique(self.block[self.order], return_index=True)
        self.rows = np.split(self.order, start[1:])

    def near(self, block: int, buffer: float) -> np.ndarray:
        columns = self.grid.columns
        up = np.abs(self.values // columns - block // columns)
        east = np.abs(self.values % columns - block % columns)
        east = np.minimum(east, columns - east)
        within = (up <= 1 + buffer // self.grid.height) & (east <= 1 + buffer // self.grid.width)
        return np.concatenate([self.rows[index] for index in np.flatnonzero(within)])


def _some_left(fold: np.ndarray, buffer: float) -> None:
    if not (fold == Role.TRAIN).any():
        raise SplitError(
            "the buffer leaves no rows to train on",
            where="splits.buffer",
            given=buffer,
            instead="a smaller buffer, smaller blocks, or a smaller test part.",
        )


SPLITTER = Splitter(sealed, folds, needs=("latitude", "longitude"), unit="blocks", whole=whole)
