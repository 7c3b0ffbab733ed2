"""Spatial blocks, buffers and the date line."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.data.hashing import hash_values
from isinglass.data.splits import Rows, blocks, split
from isinglass.recipe import SplitRecipe
from isinglass.spec import Role, Task


def rows_of(latitude, longitude):
    n = len(latitude)
    coords = {"latitude": np.asarray(latitude, float), "longitude": np.asarray(longitude, float)}
    return Rows(hash_values(np.arange(n)), np.zeros((n, 1)), Task.REGRESSION, coords)


def sphere(n=3000):
    generator = np.random.default_rng(0)
    return generator.uniform(-90, 90, n), generator.uniform(-180, 180, n)


def test_blocks_are_never_divided():
    latitude, longitude = sphere()
    parts = blocks.sealed(rows_of(latitude, longitude), SplitRecipe(block=10), 0)
    cell = (latitude // 10) * 100 + (longitude % 360) // 10
    assert not set(cell[parts.role[0] == Role.TEST]) & set(cell[parts.role[0] == Role.TRAIN])
    assert np.mean(parts.role == Role.TEST) == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("buffer", [0.5, 4.0, 25.0])
def test_nothing_within_the_buffer_of_a_test_row_is_trained_on(buffer):
    latitude, longitude = sphere(1500)
    for parts in (
        blocks.sealed(rows_of(latitude, longitude), SplitRecipe(block=30, buffer=buffer, test=0.1), 0),
        blocks.folds(rows_of(latitude, longitude), SplitRecipe(block=30, buffer=buffer), 8, 0),
    ):
        for fold in parts.role:
            test, train = fold == Role.TEST, fold == Role.TRAIN
            up = np.abs(latitude[test][:, None] - latitude[train])
            east = np.abs(longitude[test][:, None] - longitude[train])
            assert np.maximum(up, np.minimum(east, 360 - east)).min() >= buffer


def test_unused_rows_are_within_the_buffer_of_a_test_block():
    latitude, longitude = sphere(1500)
    parts = blocks.sealed(rows_of(latitude, longitude), SplitRecipe(block=30, buffer=4), 0)
    test, unused = parts.role[0] == Role.TEST, parts.role[0] == Role.UNUSED
    south, west = latitude[test] // 30 * 30, longitude[test] % 360 // 30 * 30
    up = np.abs(latitude[unused][:, None] - south - 15) - 15
    east = np.abs(longitude[unused][:, None] % 360 - west - 15)
    east = np.minimum(east, 360 - east) - 15
    assert np.maximum(up, east).min(1).max() < 4


def test_a_buffer_reaches_across_the_date_line():
    latitude = np.zeros(40)
    longitude = np.concatenate([np.full(20, 179.9), np.full(20, -179.9)])
    far = rows_of(np.append(latitude, np.zeros(20)), np.append(longitude, np.full(20, 90.0)))
    parts = blocks.folds(far, SplitRecipe(block=10, buffer=1), 3, 0)
    east = next(fold for fold in parts.role if fold[0] == Role.TEST)
    assert set(east[20:40]) == {Role.UNUSED}
    assert set(east[40:]) == {Role.TRAIN}


def test_longitudes_may_be_counted_either_way():
    latitude, longitude = sphere()
    recipe = SplitRecipe(block=7, buffer=2)
    east = blocks.sealed(rows_of(latitude, longitude), recipe, 0).role
    around = blocks.sealed(rows_of(latitude, np.round(longitude, 9) % 360), recipe, 0).role
    assert np.mean(east == around) > 0.999


def test_poles_and_one_block_for_the_whole_sphere():
    rows = rows_of([-90.0, 90.0, 0.0, 89.9], [0.0, 360.0, -0.0, 359.999])
    assert blocks.whole(rows, SplitRecipe(block=45)) == 4
    assert blocks.whole(rows, SplitRecipe(block=400)) == 1


def test_real_places_of_california(shared):
    import polars as pl

    frame = pl.read_csv(shared / "tables" / "california_housing.csv")
    rows = rows_of(frame["latitude"].to_numpy(), frame["longitude"].to_numpy())
    parts = blocks.sealed(rows, SplitRecipe(block=0.5, buffer=0.1), 0)
    assert np.mean(parts.role == Role.TEST) == pytest.approx(0.2, abs=0.02)
    assert 0 < np.mean(parts.role == Role.UNUSED) < 0.5


def test_few_blocks_are_left_out_one_by_one():
    from types import SimpleNamespace

    rows = rows_of(np.zeros(60), np.repeat([5.0, 25.0, 45.0, 65.0, 85.0, 105.0], 10))
    data = SimpleNamespace(
        ids=rows.ids, targets=rows.targets, schema=SimpleNamespace(task=rows.task), coords=rows.coords
    )
    splits = split(data, SplitRecipe(kind="blocks"), seed=0)
    assert (splits.scheme, splits.folds) == ("folds", 6)
    assert splits.notes[0].startswith("6 blocks are too few")


@pytest.mark.parametrize(("span", "side"), [(180.0, 10.0), (12.0, 1.0), (0.9, 0.1)])
def test_blocks_shrink_with_the_map_until_there_are_enough(span: float, side: float) -> None:
    rng = np.random.default_rng(0)
    rows = rows_of(rng.uniform(10, 10 + span / 4, 2000), rng.uniform(20, 20 + span, 2000))
    count = blocks.whole(rows, SplitRecipe())
    assert count == blocks.whole(rows, SplitRecipe(block=side)) >= blocks.ENOUGH
    larger = blocks.SIDES[blocks.SIDES.index(side) - 1] if side < 10 else 15.0
    assert side == 10 or blocks.whole(rows, SplitRecipe(block=larger)) < blocks.ENOUGH


def test_few_places_are_blocks_each() -> None:
    place = np.repeat([0.0, 3.0, 6.0, 41.0], 20)
    assert blocks.whole(rows_of(place, place), SplitRecipe()) == 4
