"""Sentences beside the table."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.evaluation.intervals import Interval
from isinglass.recipe import Recipe
from isinglass.workbench.notes.scores import cautions

NEAR = np.zeros(100)


def said(*interval: float, wanted: float = 0.9) -> list[str]:
    name = f"coverage_{100 * wanted:g}"
    recipe = Recipe.from_dict({"data": {"source": "x"}, "evaluation": {"coverage": wanted}})
    return cautions({name: Interval(*interval)}, NEAR, recipe)


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        ((0.605, 0.5, 0.7), "the 90 % band holds 60 % (50..70) of the unseen rows: it is too narrow: the network is"),
        ((0.999, 0.99, 1.0), "the 90 % band holds 100 % (99..100) of the unseen rows: it is wider than it need be"),
        ((0.62,), "the 90 % band holds 62 % of the unseen rows: it is too narrow: the network is surer"),
    ],
)
def test_a_coverage_far_from_its_promise_is_told(interval, words):
    (told,) = said(*interval)
    assert told.startswith(words)


@pytest.mark.parametrize("interval", [(0.605, 0.02, 1.0), (0.87, 0.86, 0.88), (0.8,), (np.nan,), (0.91, 0.9, 0.92)])
def test_a_coverage_that_may_be_right_is_not(interval):
    assert said(*interval) == []


def test_another_promise_is_held_to_its_own():
    assert said(0.9, 0.88, 0.92, wanted=0.5)[0].startswith("the 50 % band holds 90 % (88..92)")
    assert said(0.5, 0.4, 0.6, wanted=0.5) == []


def test_many_rows_outside_are_told():
    recipe = Recipe.from_dict({"data": {"source": "x"}})
    assert cautions({}, np.repeat([0.5, 2.0], [80, 20]), recipe)[0].startswith("20 % of the unseen rows lie outside")
    assert cautions({}, np.repeat([0.5, 2.0], [96, 4]), recipe) == []
    assert cautions({}, np.full(3, np.nan), recipe) == []
