"""Sequential selection, with a least-squares fit as what is fitted anew."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.errors import UsageError
from isinglass.explanation import Explanation
from isinglass.explanation.dataset_level.selection import DIRECTIONS, Step, backward, chosen, forward

FOLDS = 5


def answered(asking, scores) -> Explanation:
    """Play a selection to its end; `scores(columns)` gives [fold]."""
    sets = next(asking)
    while True:
        try:
            sets = asking.send(np.stack([scores(columns) for columns in sets]))
        except StopIteration as stop:
            return stop.value


def least_squares(names: str, x: np.ndarray, y: np.ndarray):
    """The RMSE of a plane on each fold, fitted to the others."""
    fold = np.arange(len(x)) % FOLDS

    def scores(columns: tuple[str, ...]) -> np.ndarray:
        part = np.column_stack([np.ones(len(x)), *(x[:, names.index(name)] for name in columns)])
        found = []
        for one in range(FOLDS):
            weights = np.linalg.lstsq(part[fold != one], y[fold != one], rcond=None)[0]
            found.append(np.sqrt(np.mean((part[fold == one] @ weights - y[fold == one]) ** 2)))
        return np.array(found)

    return scores


@pytest.fixture
def rows() -> tuple[np.ndarray, np.ndarray]:
    """y needs a and c; b says what a says, a little less well; d and e say nothing."""
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 5))
    x[:, 1] = x[:, 0] + 0.3 * random.normal(size=400)
    return x, 2 * x[:, 0] + x[:, 2] + 0.5 * random.normal(size=400)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_of_a_correlated_pair_one_is_chosen_and_an_unused_column_never(rows, direction):
    scores = least_squares("abcde", *rows)
    found = answered(DIRECTIONS[direction]("abcde"), scores)
    assert sorted(found.coords["chosen"]) == ["a", "c"]
    assert found.check["score"] == pytest.approx(scores(("a", "c")).mean())
    assert found.check["all"] == pytest.approx(scores(tuple("abcde")).mean())
    assert found.check["nothing"] == pytest.approx(scores(()).mean())
    assert found.check["best"] <= found.check["score"] <= found.check["best"] + found.check["error"]
    assert found.values.shape[1] == FOLDS


def test_forward_tells_the_path_and_who_came_second(rows):
    found = answered(forward("abcde"), least_squares("abcde", *rows))
    assert found.coords["step"][:3].tolist() == ["(nothing)", "a", "c"]
    assert found.coords["second"][1] == "b"
    assert found.coords["size"].tolist() == list(range(len(found.values)))
    assert found.coords["second_score"][1] > found.mean()[1]


def test_the_path_ends_when_nothing_more_is_gained():
    asked = []

    def scores(columns):
        asked.append(columns)
        return np.full(FOLDS, 1.0 - 0.5 * ("c" in columns) + 0.01 * len(columns))

    found = answered(forward("abcdefgh"), scores)
    assert found.coords["step"][1] == "c"
    assert len(found.values) == 4  # nothing, c, and two that bring nothing
    assert found.check["sets"] == len(asked) == 2 + 8 + 7 + 6


def test_backward_goes_on_while_nothing_is_lost_and_stops_after():
    def scores(columns):
        return np.array([2.0, 2.1]) - 0.4 * sum(name in columns for name in "bdfh")

    found = answered(backward("abcdefgh"), scores)
    assert sorted(found.coords["chosen"]) == ["b", "d", "f", "h"]
    assert found.coords["size"].tolist() == [8, 7, 6, 5, 4, 3, 2]


def test_where_no_column_helps_none_is_chosen():
    random = np.random.default_rng(3)
    x, y = random.normal(size=(300, 3)), random.normal(size=300)
    for asking in (forward("abc"), backward("abc")):
        assert not len(answered(asking, least_squares("abc", x, y)).coords["chosen"])


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_at_most_so_many(direction):
    def scores(columns):
        return np.full(FOLDS, 10.0 - sum("abcde".index(name) + 1 for name in columns))

    found = answered(DIRECTIONS[direction]("abcde", most=2), scores)
    assert sorted(found.coords["chosen"]) == ["d", "e"]


def test_the_rule_of_one_standard_error():
    best = Step("c", ("a", "b", "c"), np.array([0.8, 1.0, 1.2]))
    near = Step("b", ("a", "b"), np.array([1.05, 1.1, 1.15]))
    far = Step("a", ("a",), np.array([1.1, 1.2, 1.3]))
    assert best.error == pytest.approx(0.2 / np.sqrt(3))
    assert chosen([far, near, best]) is near
    assert chosen([far, near, best], most=1) is far


def test_a_set_that_could_not_be_fitted_is_not_chosen():
    def scores(columns):
        return np.full(2, np.inf) if "a" in columns else np.array([1.0, 1.2]) - 0.9 * ("b" in columns)

    assert answered(forward("abc"), scores).coords["chosen"].tolist() == ["b"]


@pytest.mark.parametrize("asking", [lambda: forward(["a", "a"]), lambda: backward([]), lambda: forward("ab", most=-1)])
def test_refused(asking):
    with pytest.raises(UsageError):
        next(asking())
