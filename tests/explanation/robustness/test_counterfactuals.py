"""Single features that are moved: where a plane is crossed is known."""

from __future__ import annotations

import numpy as np

from isinglass.explanation.robustness import moves

LOW, HIGH = np.array([-4.0, -1.0, 0.0]), np.array([4.0, 1.0, 2.0])


def test_the_crossing_of_a_plane():
    row = np.array([1.0, 0.0, 1.0])  # 2 a - b > 0 stays until a < 0 or b > 2

    def moved(rows: np.ndarray) -> np.ndarray:
        return 2 * rows[:, 0] - rows[:, 1] <= 0

    found = {
        (move.feature, move.value < move.start): move.value
        for move in moves(row, moved, features=(0, 1, 2), low=LOW, high=HIGH)
        if np.isfinite(move.value)
    }
    assert set(found) == {(0, True), (1, False)}
    assert abs(found[0, True]) < 1e-6
    assert abs(found[1, False] - 2.0) < 1e-6


def test_the_nearest_of_several_crossings():
    row = np.array([0.0, 0.0, 1.0])
    ring = moves(row, lambda rows: np.abs(rows[:, 0] - 2) < 0.5, features=(0,), low=LOW, high=HIGH)
    up = next(move.value for move in ring if np.isfinite(move.value))
    assert abs(up - 1.5) < 1e-6


def test_a_missing_value_is_not_moved():
    row = np.array([np.nan, 0.0, 1.0])
    assert moves(row, lambda rows: np.ones(len(rows), bool), features=(0,), low=LOW, high=HIGH) == ()
