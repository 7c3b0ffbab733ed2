"""Thresholds for unequal costs."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.evaluation.deciding import decision_for, decision_words, row_costs, with_costs
from isinglass.evaluation.outcome import Outcome
from isinglass.inference.decision import Decision
from isinglass.spec import Task


def said(p, label, weights=()):
    p = np.asarray(p, float)
    both = np.stack([1 - p, p], axis=1)
    return Outcome(label, Task.CLASSIFICATION, probabilities=both, weights=np.asarray(weights))


def rare(n=2000, seed=0, bend=1.0):
    """Rows whose true probabilities are known; told ones are bent where `bend` is not 1."""
    generator = np.random.default_rng(seed)
    p = generator.beta(0.5, 6, n)
    return said(p**bend, (generator.uniform(size=n) < p).astype(int))


def test_right_probabilities_keep_the_threshold_of_the_costs():
    rule = decision_for(rare(), (1.0, 9.0))
    assert (rule.positive, rule.tuned) == (1, False)
    assert rule.threshold == pytest.approx(0.1)
    assert decision_for(rare(), (4.0, 1.0)).positive == 0


def test_wrong_probabilities_get_another_one_that_costs_less():
    rule = decision_for(rare(bend=3.0), (1.0, 9.0))
    assert rule.tuned
    assert rule.threshold == pytest.approx(0.1**3, abs=0.01)
    new = rare(20_000, seed=1, bend=3.0)
    assert row_costs(new, rule).mean() < 0.8 * row_costs(new, Decision((1.0, 9.0), 1, 0.1)).mean()


def test_the_cheapest_threshold_by_hand():
    """Costs 1 and 5 on 24 rows: every threshold tried one by one."""
    generator = np.random.default_rng(4)
    label = np.arange(24) % 2
    p = np.clip(0.02 * label + 0.02 * generator.normal(size=24) + 0.03, 0, 1)
    rule = decision_for(said(p, label), (1.0, 5.0))
    costs = [np.sum(np.where((p >= t) != label, np.where(label, 5.0, 1.0), 0.0)) for t in np.linspace(0, 0.2, 4001)]
    assert rule.tuned
    assert row_costs(said(p, label), rule).sum() == pytest.approx(min(costs))


def test_few_rows_of_a_class_choose_nothing():
    few = rare(60, bend=3.0)
    assert few.labels.sum() < 10
    assert not decision_for(few, (1.0, 9.0)).tuned
    nothing = said([np.nan], [0])
    assert decision_for(nothing, (1.0, 9.0)).threshold == pytest.approx(0.1)


def test_weights_are_copies():
    one = rare(400, bend=3.0)
    twice = Outcome(one.observed, one.task, probabilities=one.probabilities, weights=np.full(400, 2.0))
    assert decision_for(twice, (1.0, 9.0)) == decision_for(one, (1.0, 9.0))


def test_of_several_classes_the_expected_cost_decides():
    rule = decision_for(Outcome([0], Task.CLASSIFICATION, probabilities=np.ones((1, 3)) / 3), (1.0, 1.0, 10.0))
    assert rule.threshold is None
    probabilities = np.array([[0.6, 0.35, 0.05], [0.5, 0.3, 0.2], [0.9, 0.09, 0.01]])
    assert rule.choose(probabilities).tolist() == [0, 2, 0]
    # By the definition: the class whose choice has the smallest expected cost.
    expected = [[sum(p[c] * rule.costs[c] for c in range(3) if c != k) for k in range(3)] for p in probabilities]
    assert rule.choose(probabilities).tolist() == np.argmin(expected, axis=1).tolist()


def test_the_cost_is_measured_and_told():
    unseen = said([0.9, 0.2, 0.2, 0.01], [1, 1, 0, 0])
    rule = with_costs(Decision((1.0, 8.0), 1, 0.11), unseen)
    assert rule.cost == pytest.approx(1 / 4)  # one false alarm
    assert rule.plain == pytest.approx(8 / 4)  # one miss
    words = decision_words(rule, ("ok", "fraud"))
    start = (
        "Decision: 'fraud' is predicted from a probability of 11 % on (a missed 'fraud' costs 8, a missed 'ok' costs 1)"
    )
    assert words == f"{start}: 0.25 an unseen row on average, against 2 for the most probable class."


@pytest.mark.parametrize(
    ("threshold", "told"), [(1 / 41, "2.4 %"), (0.4142, "41 %"), (0.9971, "99.71 %"), (1.0, "100 %")]
)
def test_a_threshold_is_told_in_per_cent(threshold, told):
    rule = Decision((1.0, 40.0), 1, threshold, tuned=True, cost=0.2, plain=0.48)
    words = decision_words(rule, ("0", "1"))
    assert f"from a probability of {told} on (the cheapest threshold on out-of-bag rows; a missed '1' costs 40" in words


def test_a_rule_of_several_classes_is_told():
    words = decision_words(Decision((1.0, 1.0, 10.0), cost=0.3, plain=0.5), ("a", "b", "c"))
    assert words == (
        "Decision: the class of the largest probability times cost is predicted (a missed 'c' costs 10, a missed 'a' "
        "costs 1, a missed 'b' costs 1): 0.3 an unseen row on average, against 0.5 for the most probable class."
    )
