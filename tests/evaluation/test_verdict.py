"""The verdict's sentence and its rules."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.verdict import judge
from isinglass.types import Task

N = 600
NOISE = np.random.default_rng(0).normal(size=(N, 8))


def method(size, column, shared=0.9):
    """Errors of a size, most of which all methods share (the noise of the observations)."""
    e = size * (np.sqrt(shared) * NOISE[:, 0] + np.sqrt(1 - shared) * NOISE[:, column])
    return Outcome(np.zeros(N), mean=e, std=np.ones(N), groups=np.arange(N) // 5)


def field(linear, forest, boosting, mean=3.0):
    sizes = {"mean": mean, "linear": linear, "random_forest": forest, "gradient_boosting": boosting}
    return {name: method(size, place + 2) for place, (name, size) in enumerate(sizes.items())}


def test_the_network_wins_with_its_margin():
    verdict = judge(method(0.91, 1), field(1.5, 1.2, 1.0))
    assert (verdict.finding, verdict.preferred, verdict.rival) == ("better", "network", "gradient_boosting")
    assert verdict.sentence.startswith("The network is ")
    assert " better than the best conventional method, gradient boosting (RMSE)." in verdict.sentence
    assert verdict.gain.low < verdict.gain.value < verdict.gain.high
    assert verdict.gain.value == pytest.approx(0.09, abs=0.03)


def test_a_linear_model_that_is_as_good_is_preferred():
    verdict = judge(method(1.0, 1), field(1.0, 1.2, 1.0))
    assert (verdict.finding, verdict.sentence) == ("linear", "A linear model is as good: prefer it.")


def test_a_linear_model_that_is_better_is_preferred():
    assert judge(method(1.3, 1), field(1.0, 1.2, 1.5)).sentence == "A linear model is better: prefer it."


def test_the_network_may_be_no_better():
    verdict = judge(method(1.0, 1), field(1.5, 1.2, 1.0))
    assert (verdict.finding, verdict.preferred) == ("equal", "gradient_boosting")
    assert verdict.sentence.startswith("The network is no better than gradient boosting (")
    assert verdict.sentence.endswith("prefer the simpler one.")


def test_the_network_may_be_worse():
    verdict = judge(method(1.4, 1), field(1.5, 1.2, 1.0))
    assert (verdict.finding, verdict.preferred) == ("worse", "gradient_boosting")
    assert verdict.sentence.startswith("Gradient boosting is ")
    assert "better than the network" in verdict.sentence


def test_a_single_group_has_no_interval_to_tell():
    one = Outcome(np.zeros(4), mean=np.full(4, 1.0), std=np.ones(4), groups=np.zeros(4))
    worse = Outcome(np.zeros(4), mean=np.full(4, 2.0), std=np.ones(4), groups=np.zeros(4))
    sentence = judge(one, {"mean": worse}).sentence
    assert "the network gains most, 50 % in RMSE, which 1 independent group of unseen rows cannot prove" in sentence


def test_of_equal_rivals_the_simpler_is_named():
    assert judge(method(1.4, 1), field(1.5, 1.0, 1.0)).rival == "random_forest"


def test_the_best_rival_has_to_be_beaten_not_the_simplest_that_equals_it():
    few = slice(0, 40)  # so few rows that boosting gains nothing provable over the linear model

    def short(size, column, shared):
        return Outcome(np.zeros(40), mean=method(size, column, shared).mean[few], std=np.ones(40), groups=np.arange(40))

    rivals = {"mean": short(3.0, 2, 0.9), "linear": short(1.3, 3, 0.0), "gradient_boosting": short(1.0, 4, 0.0)}
    network = Outcome(np.zeros(40), mean=0.8 * rivals["linear"].mean, std=np.ones(40), groups=np.arange(40))
    verdict = judge(network, rivals)
    assert (verdict.finding, verdict.rival) == ("equal", "gradient_boosting")
    without = {name: outcome for name, outcome in rivals.items() if name != "gradient_boosting"}
    assert judge(network, without).finding == "better"


def test_nothing_may_beat_the_mean():
    verdict = judge(method(1.0, 1), field(1.0, 1.05, 1.0, mean=1.0))
    assert (verdict.finding, verdict.preferred) == ("useless", "mean")


def test_a_gain_that_few_groups_cannot_prove_is_told_as_such():
    outcomes = {"mean": method(1.0, 2, 0.5), "linear": method(1.0, 3, 0.5), "network": method(0.95, 4, 0.5)}
    few = {
        name: Outcome(one.observed, mean=one.mean, std=one.std, groups=np.arange(N) // 100)
        for name, one in ((name, one.take(np.arange(N))) for name, one in outcomes.items())
    }
    verdict = judge(few.pop("network"), few)
    assert verdict.finding == "useless"
    assert verdict.sentence.startswith("Nothing is reliably better than predicting the mean: the network gains most, ")
    assert verdict.sentence.endswith("which 6 independent groups of unseen rows cannot prove.")


def test_alone_and_only_beside_the_mean():
    assert judge(method(1.0, 1), {}).finding == "alone"
    verdict = judge(method(1.0, 1), {"mean": method(3.0, 2)})
    assert (verdict.finding, verdict.rival) == ("better", "mean")
    assert "the mean" in verdict.sentence


def test_classes_are_judged_by_the_brier_score():
    label = np.arange(N) % 2

    def sure(p):
        said = np.where(np.eye(2)[label] == 1, p, 1 - p) + 0.02 * NOISE[:, :2]
        return Outcome(label, Task.CLASSIFICATION, probabilities=said)

    verdict = judge(sure(0.9), {"mean": sure(0.5), "linear": sure(0.8)})
    assert (verdict.metric, verdict.finding) == ("brier", "better")
    assert "a linear model (Brier score)" in verdict.sentence


def test_targets_of_any_unit_count_alike():
    """The first target's errors are a thousand times the second's: the network is better in the second alone."""
    rng = np.random.default_rng(1)
    observed = rng.normal(size=(N, 2)) * [1000.0, 1.0]

    def answers(first, second, seed):
        e = np.random.default_rng(seed).normal(size=(N, 2)) * [first, second]
        return Outcome(observed, mean=observed + e, std=np.ones((N, 2)))

    verdict = judge(answers(500.0, 0.2, 2), {"random_forest": answers(500.0, 0.9, 3)})
    assert verdict.metric == "nrmse"
    assert verdict.finding == "better"
    assert verdict.gain is not None
    assert verdict.gain.value == pytest.approx(1 - (0.5 + 0.2) / (0.5 + 0.9), abs=0.03)
