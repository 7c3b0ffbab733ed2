"""Rows that cannot judge."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.evaluation.intervals import units_of
from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.verdict.hindrances import hindrance, unlearnt_rows
from isinglass.spec import Role, Task

NAMES = ("benign", "malignant", "unsure")


def classes(label, groups=None):
    label = np.asarray(label)
    groups = np.arange(len(label)) if groups is None else groups
    return Outcome(label, Task.CLASSIFICATION, probabilities=np.full((len(label), 3), 1 / 3), groups=groups)


def said(label, *, groups=None, unlearnt=None):
    label = np.asarray(label)
    return hindrance(classes(label, groups), np.zeros(len(label), bool) if unlearnt is None else unlearnt, NAMES)


def left_out(groups):
    """One group after the other is tested."""
    return np.stack([np.where(groups == one, Role.TEST, Role.TRAIN) for one in np.unique(groups)])


def test_a_class_that_one_group_holds_is_not_learnt_when_that_group_is_tested():
    group = np.repeat(np.arange(6), 20)
    label = (group == 0).astype(int)
    lost = unlearnt_rows(label[:, None], left_out(group))
    assert (lost == (group == 0)).all()
    told = (
        "Who is better cannot be judged: class 'malignant' must be told by methods that were never shown it, for all "
        "its rows"
    )
    assert said(label, groups=group, unlearnt=lost) == f"{told} are in one group."


def test_of_three_classes_one_in_a_single_group():
    group = np.repeat(np.arange(8), 10)
    label = np.where(group == 3, 2, np.arange(80) % 2)
    lost = unlearnt_rows(label[:, None], left_out(group))
    assert said(label, groups=group, unlearnt=lost).startswith("Who is better cannot be judged: class 'unsure' must")


def test_a_few_rows_of_a_class_that_is_never_learnt_do_not_end_a_study_of_many_classes():
    label = np.arange(400) % 2
    label[7] = 2
    lost = np.arange(400) == 7
    assert said(label, unlearnt=lost) == ""
    assert said(np.where(label == 1, 0, label), unlearnt=lost).startswith(
        "Who is better cannot be judged: class 'unsure'"
    )


def test_every_class_learnt_is_no_hindrance():
    group = np.arange(120) % 6
    label = np.arange(120) // 60
    lost = unlearnt_rows(label[:, None], left_out(group))
    assert not lost.any()
    assert said(label, groups=group, unlearnt=lost) == ""


@pytest.mark.parametrize(("count", "start"), [(1, "1 unseen row is of"), (4, "4 unseen rows are of"), (5, "")])
def test_a_rare_class_of_which_few_are_tested(count, start):
    told = said(np.arange(200) < count)
    assert told == (
        f"Who is better cannot be told: {start} class 'malignant', and at least 5 are needed." * bool(start)
    )


def test_the_rarer_class_may_be_the_first():
    assert "3 unseen rows are of class 'benign'" in said(np.arange(200) >= 3)


def test_a_rare_class_is_counted_in_units():
    groups = np.arange(200) // 20
    label = ((groups < 3) & (np.arange(200) % 20 < 8)).astype(int)
    assert "3 unseen independent groups are of class 'malignant'" in said(label, groups=groups)
    assert units_of(classes(label, groups)) == {0: 10, 1: 3}


def test_several_rare_classes_count_together():
    assert "2 unseen rows are of another class than 'benign'" in said([0] * 50 + [1, 2])
    assert said([0] * 50 + [1, 1, 1, 2, 2]) == ""


def test_one_answer():
    assert said([1] * 30) == "Who is better cannot be judged: all unseen rows have the same target, class 'malignant'."
    same = Outcome(np.full(30, 7.0), mean=np.zeros(30))
    assert (
        hindrance(same, np.zeros(30, bool)) == "Who is better cannot be judged: all unseen rows have the same target."
    )
    labels = Outcome(np.zeros((30, 2)), Task.MULTILABEL, probabilities=np.zeros((30, 2)))
    assert hindrance(labels, np.zeros(30, bool)).startswith("Who is better cannot be judged")
    assert hindrance(Outcome(np.arange(30.0), mean=np.zeros(30)), np.zeros(30, bool)) == ""
