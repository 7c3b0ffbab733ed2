"""The verdict's sentence and its rules."""

from __future__ import annotations

from itertools import product
from typing import get_args

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.verdict.contest import Skill, Standing
from isinglass.evaluation.verdict.verdict import Contender, Finding, decide, judge
from isinglass.spec import Task

SKILLS, STANDINGS = get_args(Skill), get_args(Standing)
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
    verdict = judge(method(1.0, 1, 0.99), field(1.0, 1.2, 1.1))
    assert (verdict.finding, verdict.preferred) == ("equal", "linear")
    assert verdict.sentence.startswith("A linear model is as good as the network within 5 % (network ")
    assert verdict.sentence.endswith(" in RMSE): prefer it.")


def test_a_linear_model_that_is_better_is_preferred():
    verdict = judge(method(1.3, 1), field(1.0, 1.2, 1.5))
    assert (verdict.finding, verdict.preferred) == ("worse", "linear")
    assert verdict.sentence == "A linear model is 22 % (17..26) better than the network (RMSE): prefer it."


def test_the_network_may_be_as_good():
    verdict = judge(method(1.0, 1, 0.99), field(1.5, 1.2, 1.0))
    assert (verdict.finding, verdict.preferred) == ("equal", "gradient_boosting")
    assert verdict.sentence.startswith("Gradient boosting is as good as the network within 5 % (network ")


def test_no_difference_is_not_equality():
    few = {name: one.take(np.arange(60)) for name, one in field(1.5, 1.2, 1.0).items()}
    verdict = judge(method(1.0, 1).take(np.arange(60)), few)
    assert (verdict.finding, verdict.preferred, verdict.rival) == ("untold", "", "gradient_boosting")
    told = "Whether the network or gradient boosting is better cannot be told from 12 independent groups of unseen rows"
    assert verdict.sentence.startswith(f"{told} (network ")
    assert verdict.sentence.endswith("in RMSE). Both beat predicting the mean.")


def test_the_network_may_be_worse():
    verdict = judge(method(1.4, 1), field(1.5, 1.2, 1.0))
    assert (verdict.finding, verdict.preferred) == ("worse", "gradient_boosting")
    assert verdict.sentence.startswith("Gradient boosting is ")
    assert "better than the network" in verdict.sentence


@pytest.mark.parametrize(("groups", "rows"), [(1, "1 independent group"), (2, "2 independent groups"), (4, "4 ind")])
def test_fewer_than_five_units_have_no_verdict(groups, rows):
    few = {
        name: Outcome(np.zeros(N), mean=one.mean, std=np.ones(N), groups=np.arange(N) % groups)
        for name, one in {**field(1.5, 1.2, 1.0), "network": method(0.1, 1)}.items()
    }
    verdict = judge(few.pop("network"), few)
    assert (verdict.finding, verdict.preferred, verdict.rival, verdict.gain) == ("unjudged", "", "", None)
    assert verdict.sentence.startswith(f"Who is better cannot be told from {rows}")
    assert verdict.sentence.endswith("of unseen rows: at least 5 are needed.")
    assert verdict.skilled


def test_of_equal_rivals_the_simpler_is_named():
    sizes = {"mean": (3.0, 2), "linear": (1.5, 3), "random_forest": (1.0, 4), "gradient_boosting": (0.995, 5)}
    assert judge(method(1.4, 1), {name: method(*one, 0.99) for name, one in sizes.items()}).rival == "random_forest"


def test_the_best_rival_has_to_be_beaten_not_the_simplest_that_equals_it():
    few = slice(0, 40)  # so few rows that boosting gains nothing provable over the linear model

    def short(size, column, shared):
        return Outcome(np.zeros(40), mean=method(size, column, shared).mean[few], std=np.ones(40), groups=np.arange(40))

    rivals = {"mean": short(3.0, 2, 0.9), "linear": short(1.3, 3, 0.0), "gradient_boosting": short(1.0, 4, 0.0)}
    network = Outcome(np.zeros(40), mean=0.8 * rivals["linear"].mean, std=np.ones(40), groups=np.arange(40))
    verdict = judge(network, rivals)
    assert (verdict.finding, verdict.rival) == ("untold", "gradient_boosting")
    without = {name: outcome for name, outcome in rivals.items() if name != "gradient_boosting"}
    assert judge(network, without).finding == "better"


def test_nothing_may_beat_the_mean():
    sizes = {"mean": (1.0, 2), "linear": (1.0, 3), "gradient_boosting": (1.05, 4)}
    verdict = judge(method(1.0, 1, 0.99), {name: method(*one, 0.99) for name, one in sizes.items()})
    assert (verdict.finding, verdict.preferred, verdict.skilled) == ("useless", "mean", False)
    limits = "by more than 5 % (RMSE, 120 independent groups of unseen rows)"
    assert verdict.sentence == f"No method here beats predicting the mean {limits}: prefer that."


def test_no_proof_of_a_gain_is_no_proof_of_none():
    outcomes = {"mean": method(1.0, 2, 0.5), "linear": method(1.0, 3, 0.5), "network": method(0.95, 4, 0.5)}
    few = {
        name: Outcome(one.observed, mean=one.mean, std=one.std, groups=np.arange(N) // 100)
        for name, one in ((name, one.take(np.arange(N))) for name, one in outcomes.items())
    }
    verdict = judge(few.pop("network"), few)
    assert (verdict.finding, verdict.preferred) == ("unproven", "")
    told = "Whether any method beats predicting the mean cannot be told from 6 independent groups of unseen rows: "
    assert verdict.sentence.startswith(f"{told}the network gains most, +")


def test_a_loss_that_nothing_undercuts_is_told_without_promises():
    verdict = judge(method(1.3, 1, 0.2).take(np.arange(30)), {"mean": method(1.0, 2, 0.2).take(np.arange(30))})
    assert verdict.finding == "unproven"
    assert "6 independent groups of unseen rows: on these none does (the network -" in verdict.sentence


def test_a_perfect_rival_is_better_and_not_as_good():
    """A loss of exactly 0 is no reason to divide by it, nor to call the network as good."""
    verdict = judge(method(0.3, 1), {"mean": method(3.0, 2), "linear": method(0.0, 3)})
    assert (verdict.finding, verdict.preferred) == ("worse", "linear")
    assert verdict.sentence == "A linear model is 100 % (100..100) better than the network (RMSE): prefer it."
    other = judge(method(0.0, 1), {"mean": method(3.0, 2), "linear": method(0.3, 3)})
    assert (other.finding, other.preferred) == ("better", "network")
    both = judge(method(0.0, 1), {"mean": method(3.0, 2), "linear": method(0.0, 3)})
    assert (both.finding, both.preferred) == ("equal", "linear")


def test_a_sentence_about_all_methods_asks_all_methods():
    """The network is useless, a boosting gains 30 %: nobody says that nothing is better than the mean."""
    verdict = judge(method(1.0, 1), field(1.0, 1.0, 0.7, mean=1.0))
    assert (verdict.finding, verdict.preferred) == ("worse", "gradient_boosting")
    shy = {"mean": method(1.0, 2), "linear": method(1.0, 2), "gradient_boosting": method(0.93, 3)}
    verdict = judge(method(0.96, 1, 0.4), shy)
    assert verdict.finding == "untold"
    assert "Gradient boosting is 6 % (1..11) " in verdict.sentence
    assert "better than predicting the mean; of the network that is not known." in verdict.sentence


def test_the_mean_of_classes_is_their_shares():
    label = np.arange(40) % 2
    same = Outcome(label, Task.CLASSIFICATION, probabilities=np.full((40, 2), 0.5))
    assert "predicting the classes' shares" in judge(same, {"mean": same}).sentence


def test_twelve_images_tell_nothing():
    """12 right against 9: once 'no better (+84 %, -336..96): prefer the simpler one'."""
    label = np.arange(12) % 3

    def said(right, p):
        truth = np.eye(3)[label]
        wrong = np.eye(3)[(label + 1) % 3]
        sure = np.where(np.arange(12)[:, None] < right, truth, wrong)
        return Outcome(label, Task.CLASSIFICATION, probabilities=p * sure + (1 - p) / 3)

    shares = Outcome(label, Task.CLASSIFICATION, probabilities=np.full((12, 3), 1 / 3))
    verdict = judge(said(12, 0.8), {"mean": shares, "linear": said(9, 0.8)})
    assert verdict.finding == "untold"
    assert "cannot be told from 12 unseen rows" in verdict.sentence


TABLE = {  # rivals, hindered, skill, standing: the rows of the table in the file's head, written out
    **{(False, h, k, s): "alone" for h in (True, False) for k in SKILLS for s in STANDINGS},
    **{(True, True, k, s): "unjudged" for k in SKILLS for s in STANDINGS},
    **{(True, False, "none", s): "useless" for s in STANDINGS},
    **{(True, False, "unknown", s): "unproven" for s in STANDINGS},
    **{(True, False, k, "better"): "better" for k in ("some", "not asked")},
    **{(True, False, k, "worse"): "worse" for k in ("some", "not asked")},
    **{(True, False, k, "equal"): "equal" for k in ("some", "not asked")},
    **{(True, False, k, "unknown"): "untold" for k in ("some", "not asked")},
}


def test_every_row_of_the_table():
    assert set(TABLE) == set(product((True, False), (True, False), SKILLS, STANDINGS))
    for (rivals, hindered, skill, standing), finding in TABLE.items():
        assert decide(rivals=rivals, hindered=hindered, skill=skill, standing=standing) == finding
    assert set(TABLE.values()) == set(get_args(Finding))


def test_a_hindrance_is_told_in_place_of_a_winner():
    verdict = judge(method(0.5, 1), field(1.5, 1.2, 1.0), hindrance="Who is better cannot be judged.")
    assert (verdict.finding, verdict.sentence, verdict.preferred) == ("unjudged", "Who is better cannot be judged.", "")


@pytest.mark.parametrize(
    ("size", "finding", "words", "preferred"),
    [
        (0.8, "better", " better than the best single method, the network; worth it.", "combined"),
        (1.0, "equal", " Both combined: as good as the network within 5 % (", "gradient_boosting"),
        (1.3, "worse", " Both combined: worse than the network (-3", "gradient_boosting"),
    ],
)
def test_a_contender_that_is_neither_is_judged_beside_the_best_single_method(size, finding, words, preferred):
    rivals = {"mean": method(3.0, 2), "gradient_boosting": method(1.0, 3, 0.999)}
    combined = Contender("both combined", method(size, 4, 0.999))
    verdict = judge(method(1.0, 1, 0.999), rivals, others={"combined": combined})
    assert verdict.finding == "equal"
    assert [(one.name, one.finding, one.rival) for one in verdict.added] == [("combined", finding, "network")]
    assert verdict.sentence.endswith(verdict.added[0].sentence)
    assert words in verdict.sentence
    assert verdict.preferred == preferred


def test_a_combination_that_few_rows_cannot_judge():
    rivals = {name: one.take(np.arange(60)) for name, one in field(1.5, 1.2, 1.0).items()}
    combined = Contender("both combined", method(0.97, 4, 0.5).take(np.arange(60)))
    verdict = judge(method(1.0, 1).take(np.arange(60)), rivals, others={"combined": combined})
    assert [one.finding for one in verdict.added] == ["unknown"]
    assert "Both combined: whether it is better than " in verdict.sentence
    assert verdict.preferred == ""


def test_a_rare_class_that_is_ranked_but_not_yet_told_by_its_probabilities():
    """12 of 1000: no gain in the Brier score can be proven, and yet the order of the rows is no chance."""
    label = (np.arange(1000) < 12).astype(int)

    def told(skill, seed):
        score = skill * label + np.random.default_rng(seed).normal(size=1000)
        p = 0.012 * np.exp(0.8 * score - 0.5)
        return Outcome(label, Task.CLASSIFICATION, probabilities=np.stack([1 - p.clip(0, 1), p.clip(0, 1)], 1))

    shares = Outcome(label, Task.CLASSIFICATION, probabilities=np.tile([0.988, 0.012], (1000, 1)))
    verdict = judge(told(0.0, 1), {"mean": shares, "linear": told(2.5, 2)})
    assert verdict.finding == "unproven"
    area = roc_auc_score(label, told(2.5, 2).probabilities[:, 1])
    assert verdict.sentence.endswith(f" A linear model puts the rows in a better order than chance (AUC {area:.2f}).")
    none = judge(told(0.0, 1), {"mean": shares, "linear": told(0.0, 3)})
    assert "better order" not in none.sentence


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
