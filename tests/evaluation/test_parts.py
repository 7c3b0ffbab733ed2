"""The score of each part is that of its rows; months and seasons are the calendar's."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.parts import MOST, SEASONS, month_of, part_scores
from isinglass.spec import Task


def outcome(errors: np.ndarray, groups: np.ndarray | None = None) -> Outcome:
    observed = np.zeros((len(errors), 1))
    units = np.arange(len(errors)) if groups is None else groups
    return Outcome(observed, mean=errors[:, None], std=np.ones((len(errors), 1)), groups=units)


def test_a_bad_group_is_found():
    group = np.repeat(["a", "b", "c"], 40)
    errors = np.where(group == "b", 3.0, 1.0)
    found = {part.name: part for part in part_scores(outcome(errors), group=group, group_name="station")}
    scores = {name: part.values["rmse"].value for name, part in found.items()}
    assert scores == pytest.approx({"a": 1.0, "b": 3.0, "c": 1.0})
    assert {part.by for part in found.values()} == {"station"}
    assert found["b"].rows == found["b"].units == 40


def test_a_group_that_is_one_unit_has_no_interval():
    group = np.repeat(["a", "b"], 10)
    found = part_scores(outcome(np.ones(20), np.repeat([0, 1], 10)), group=group)
    assert [part.units for part in found] == [1, 1]
    assert all(np.isnan(part.values["rmse"].low) for part in found)


def test_months_are_those_of_the_calendar():
    dates = np.arange("1999-11-01", "2004-03-01", dtype="datetime64[D]")
    days = (dates - np.datetime64("2000-01-01")).astype(float) + 0.99
    assert (month_of(days) == dates.astype("datetime64[M]").astype(int) % 12 + 1).all()
    assert month_of(np.array([np.nan])).tolist() == [0]


def test_december_belongs_to_winter():
    days = np.array([-1.0, -2.0, -3.0, 178.0, 179.0, 180.0, np.nan])  # 29 to 31 December 1999, end of June 2000
    errors = np.array([2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 9.0])
    found = {(part.by, part.name): part.values["rmse"].value for part in part_scores(outcome(errors), days=days)}
    assert found[("season", SEASONS[0])] == 2.0
    assert found[("season", SEASONS[2])] == 1.0
    assert ("month", "December") in found
    assert len(found) == 4  # two seasons, two months; the row without a date is in none


def test_a_single_part_is_no_division():
    assert part_scores(outcome(np.ones(9)), group=np.repeat("a", 9)) == ()
    assert part_scores(outcome(np.ones(9)), days=np.arange(9.0)) == ()


def test_of_very_many_groups_the_largest_are_scored():
    group = np.repeat([f"g{k}" for k in range(MOST + 5)], 3)
    group = np.append(group, ["g64"] * 4)
    found = part_scores(outcome(np.ones(len(group))), group=group)
    assert len(found) == MOST
    assert "g64" in {part.name for part in found}


def test_classes_are_scored_too():
    labels = np.tile([0.0, 1.0], 20)
    group = np.repeat(["good", "bad"], 20)
    p = np.where(group == "good", 0.9, 0.4)
    probabilities = np.stack([np.where(labels == 0, p, 1 - p), np.where(labels == 1, p, 1 - p)], axis=1)
    found = part_scores(Outcome(labels, Task.CLASSIFICATION, probabilities=probabilities), group=group)
    assert {part.name: part.values["accuracy"].value for part in found} == pytest.approx({"good": 1.0, "bad": 0.0})
    assert next(iter(found[0].values)) == "brier"
    assert found[1].values["brier"].value == pytest.approx(0.1**2)
