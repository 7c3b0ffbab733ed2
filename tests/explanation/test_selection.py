"""Sequential forward selection, with a least-squares fit as what is fitted anew."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.errors import UsageError
from isinglass.explanation.selection import forward


def least_squares(names: str, x: np.ndarray, y: np.ndarray):
    """The RMSE on the second half of a line fitted to the first."""

    def fit(chosen: tuple[str, ...]) -> float:
        columns = x[:, [names.index(name) for name in chosen]]
        half = len(x) // 2
        weights = np.linalg.lstsq(columns[:half], y[:half], rcond=None)[0]
        return float(np.sqrt(np.mean((columns[half:] @ weights - y[half:]) ** 2)))

    return fit


def test_a_copy_is_taken_last_and_the_best_first():
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 4))
    x[:, 1] = x[:, 0] + 0.5 * random.normal(size=400)  # b says what a says
    y = 2 * x[:, 0] + x[:, 2] + 0.1 * random.normal(size=400)
    found = forward(least_squares("abcd", x, y), "abcd")
    assert found.coords["order"][:2].tolist() == ["a", "c"]
    assert found.check == {
        "all": pytest.approx(found.values[list("abcd").index(found.coords["order"][3]), 0]),
        "fits": 10,
    }
    assert found.values[0, 0] > 5 * found.values[2, 0]
    assert found.values[2, 0] == pytest.approx(0.1, rel=0.2)
    two = forward(least_squares("abcd", x, y), "abcd", most=2)
    assert two.check["fits"] == 8
    assert np.isnan(two.values[[1, 3], 0]).all()
    assert two.check["all"] == pytest.approx(found.check["all"])


def test_scores_that_are_better_when_high():
    worth = {"a": 1.0, "b": 3.0, "c": 2.0}
    found = forward(lambda names: sum(worth[name] for name in names), "abc", better="high")
    assert found.coords["order"].tolist() == ["b", "c", "a"]


def test_columns_are_named_once():
    with pytest.raises(UsageError, match="each named once"):
        forward(lambda names: 0.0, ["a", "a"])
    with pytest.raises(UsageError, match="Given: none"):
        forward(lambda names: 0.0, [])
