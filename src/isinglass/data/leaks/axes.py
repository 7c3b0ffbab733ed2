"""In what way rows may be near each other: by a date, by place, by a unit that repeats, by their order in the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

STRETCHES = 20
"""Cells of an order or a map: whole ones are left out together."""
MOST = 2000
"""Rows that are looked at: of larger tables stretches of neighbours, so that they stay as near as they are."""

Near = Literal["time", "place", "group", "order"]


@dataclass(frozen=True)
class Axis:
    """One way in which rows may be near each other.

    Args:
        near: by what.
        names: the columns that say so; none for the order of the file.
        cure: keys of the recipe's [data] that keep neighbours together, with their columns; none where no column can
            be named.
        rows: int [row], places in the data set that are looked at.
        pairs: int [pair, 2], neighbours, as places in `rows`.
        cells: int [row], the stretch, region or group of each of these rows.
        own: features that say nothing but where on the axis a row is.
    """

    near: Near
    names: tuple[str, ...]
    cure: tuple[tuple[str, str], ...]
    rows: np.ndarray
    pairs: np.ndarray
    cells: np.ndarray
    own: tuple[int, ...] = ()


def along(position: np.ndarray, strand: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, pairs and cells of an order.

    Args:
        position: [sample], by which the rows are ordered; equal ones stay as they are in the file.
        strand: int [sample]: neighbours are of one strand (a station's own series); None: there is one.
    """
    order = np.argsort(position, kind="stable")
    if len(order) > MOST:
        size = MOST // STRETCHES
        starts = np.linspace(0, len(order) - size, STRETCHES).astype(np.int64)
        cells = np.repeat(np.arange(STRETCHES), size)
        rows = order[(starts[:, None] + np.arange(size)).ravel()]
    else:
        rows, cells = order, _even(position[order])
    if strand is None:
        pairs = np.stack([np.arange(len(rows) - 1), np.arange(1, len(rows))], axis=1)
    else:
        places = np.argsort(strand[rows], kind="stable")
        pairs = np.stack([places[:-1], places[1:]], axis=1)
        pairs = pairs[strand[rows][pairs[:, 0]] == strand[rows][pairs[:, 1]]]
    return rows, pairs[cells[pairs[:, 0]] == cells[pairs[:, 1]]] if len(order) > MOST else pairs, cells


def _even(ordered: np.ndarray) -> np.ndarray:
    """Stretches of about equally many rows; equal positions stay together."""
    cuts = np.unique(ordered[np.arange(1, STRETCHES) * len(ordered) // STRETCHES])
    if len(cuts) < STRETCHES // 2:  # few distinct positions: each is a cell
        return np.unique(ordered, return_inverse=True)[1]
    return np.searchsorted(cuts, ordered, side="right")


def within(code: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, pairs and cells of groups: each row beside the next of its group; of large tables whole groups."""
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(code))
    places = shuffled[np.argsort(code[shuffled], kind="stable")]
    if len(places) > MOST:
        names, place = np.unique(code, return_inverse=True)
        most = max(5, MOST // len(names))  # rows of a group
        first = np.searchsorted(code[places], names)
        rank = np.arange(len(places)) - first[place[places]]
        places = places[rank < most]
        kept = rng.permutation(names)[: max(STRETCHES, MOST // most)]
        places = places[np.isin(code[places], kept)]
    groups = code[places]
    pairs = np.stack([np.arange(len(places) - 1), np.arange(1, len(places))], axis=1)
    return places, pairs[groups[:-1] == groups[1:]], groups


def around(latitude: np.ndarray, longitude: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, pairs and cells of a map: each row beside its nearest rows; the cells halve the map again and again."""
    from scipy.spatial import KDTree

    points = on_sphere(latitude, longitude)
    rows = np.arange(len(points))
    if len(points) > MOST:
        size = MOST // STRETCHES
        seeds = np.random.default_rng(seed).choice(len(points), STRETCHES, replace=False)
        near = [np.argpartition(((points - points[one]) ** 2).sum(axis=1), size)[:size] for one in seeds]
        rows = np.unique(np.concatenate(near))
    near = np.asarray(KDTree(points[rows]).query(points[rows], k=min(4, len(rows)))[1])
    pairs = np.stack([np.repeat(np.arange(len(rows)), near.shape[1]), near.ravel()], axis=1)
    pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
    return rows, pairs, _halved(points[rows])


def on_sphere(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Points [sample, 3] of the unit sphere: near ones are near across the date line too."""
    up, east = np.radians(latitude.astype(np.float64)), np.radians(longitude.astype(np.float64))
    return np.stack([np.cos(up) * np.cos(east), np.cos(up) * np.sin(east), np.sin(up)], axis=1)


def _halved(points: np.ndarray, depth: int = 5) -> np.ndarray:
    """32 cells: each is cut at the median of its widest direction; equal points stay together."""
    cells = np.zeros(len(points), np.int64)
    for _ in range(depth):
        for cell in np.unique(cells):
            mine = np.flatnonzero(cells == cell)
            widest = int(np.argmax(np.ptp(points[mine], axis=0)))
            side = points[mine, widest] > np.median(points[mine, widest])
            cells[mine] = 2 * cells[mine] + side
    return cells
