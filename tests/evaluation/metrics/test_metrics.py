"""Each metric against an independent implementation or a closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats
from sklearn import metrics as theirs

from isinglass.errors import UsageError
from isinglass.evaluation.intervals import Resampler
from isinglass.evaluation.metrics import METRICS, bounds, coverage, pit, reliability
from isinglass.evaluation.outcome import Outcome
from isinglass.spec import Task

RNG = np.random.default_rng(0)
N = 500
Y = RNG.normal(size=(N, 2)) * [1.0, 5.0] + [0.0, 300.0]
P = Y + RNG.normal(size=(N, 2)) * [0.3, 2.0]
S = RNG.uniform(0.2, 2.0, size=(N, 2))
W = RNG.uniform(0.1, 3.0, N)
LABEL = RNG.integers(0, 4, N)
PROBABILITY = RNG.dirichlet(np.ones(4), N) * 0.6 + 0.4 * np.eye(4)[LABEL] * RNG.random((N, 1))
PROBABILITY /= PROBABILITY.sum(1, keepdims=True)
MANY = (RNG.random((N, 3)) < [0.5, 0.2, 0.8]).astype(float)
MANY_P = np.clip(0.5 * MANY + 0.5 * RNG.random((N, 3)), 0.01, 0.99)


def regression(weights=W):
    return Outcome(Y, mean=P, std=S, weights=weights)


def classes(weights=W):
    return Outcome(LABEL, Task.CLASSIFICATION, probabilities=PROBABILITY, weights=weights)


def binary(weights=W):
    label = (LABEL > 1).astype(int)
    p = np.round(PROBABILITY[:, 2:].sum(1), 2)  # with ties
    return Outcome(label, Task.CLASSIFICATION, probabilities=np.stack([1 - p, p], 1), weights=weights)


def labels(weights=W):
    return Outcome(MANY, Task.MULTILABEL, probabilities=MANY_P, weights=weights)


def test_regression_against_scikit_learn():
    outcome = regression()
    expected = {
        "rmse": theirs.root_mean_squared_error(Y, P, sample_weight=W),
        "mae": theirs.mean_absolute_error(Y, P, sample_weight=W),
        "r2": theirs.r2_score(Y, P, sample_weight=W),
        "bias": np.average(P - Y, axis=0, weights=W).mean(),
    }
    for name, value in expected.items():
        assert METRICS[name](outcome) == pytest.approx(value, rel=1e-12), name
    plain = regression(np.ones(N))
    correlations = [stats.pearsonr(Y[:, j], P[:, j]).statistic for j in range(2)]
    assert METRICS["correlation"](plain) == pytest.approx(np.mean(correlations), rel=1e-12)


def test_classification_against_scikit_learn():
    outcome, choice = classes(), PROBABILITY.argmax(1)
    expected = {
        "accuracy": theirs.accuracy_score(LABEL, choice, sample_weight=W),
        "balanced_accuracy": theirs.balanced_accuracy_score(LABEL, choice, sample_weight=W),
        "f1": theirs.f1_score(LABEL, choice, average="macro", sample_weight=W),
        "log_loss": theirs.log_loss(LABEL, PROBABILITY, sample_weight=W),
        "brier": np.average(((PROBABILITY - np.eye(4)[LABEL]) ** 2).sum(1), weights=W),
    }
    for name, value in expected.items():
        assert METRICS[name](outcome) == pytest.approx(value, rel=1e-12), name
    area = theirs.roc_auc_score(LABEL, PROBABILITY, multi_class="ovr")
    assert METRICS["auc"](classes(np.ones(N))) == pytest.approx(area, rel=1e-12)


def test_two_classes_against_scikit_learn():
    outcome = binary()
    label, p = outcome.labels, outcome.probabilities[:, 1]
    assert METRICS["auc"](outcome) == pytest.approx(theirs.roc_auc_score(label, p, sample_weight=W), rel=1e-12)
    assert METRICS["brier"](outcome) == pytest.approx(theirs.brier_score_loss(label, p, sample_weight=W), rel=1e-12)


@pytest.mark.parametrize("positive", [0, 1])
def test_average_precision_is_that_of_the_rarer_class(positive):
    generator = np.random.default_rng(2)
    rare = generator.uniform(size=N) < 0.1
    p = np.round(np.clip(0.3 * rare + generator.uniform(0, 0.7, N), 0, 1), 2)  # many ties
    both = np.stack([1 - p, p], 1)[:, :: 1 if positive else -1]
    outcome = Outcome(rare == positive, Task.CLASSIFICATION, probabilities=both, weights=W)
    expected = theirs.average_precision_score(rare, p, sample_weight=W)
    assert METRICS["average_precision"](outcome) == pytest.approx(expected, rel=1e-12)


def test_average_precision_of_several_classes_and_labels():
    each = [theirs.average_precision_score(k == LABEL, PROBABILITY[:, k], sample_weight=W) for k in range(4)]
    assert METRICS["average_precision"](classes()) == pytest.approx(np.mean(each), rel=1e-12)
    several = theirs.average_precision_score(MANY, MANY_P, average="macro", sample_weight=W)
    assert METRICS["average_precision"](labels()) == pytest.approx(several, rel=1e-12)


def test_average_precision_moves_with_the_rows_as_it_should():
    """Against scikit-learn on 200 resamples: the same spread and the same order."""
    generator = np.random.default_rng(3)
    rare = generator.uniform(size=N) < 0.15
    p = np.clip(0.3 * rare + generator.uniform(0, 0.7, N), 0, 1)
    outcome = Outcome(rare, Task.CLASSIFICATION, probabilities=np.stack([1 - p, p], 1))
    resampler = Resampler(outcome.groups, 200, 0)
    fast = resampler.distribution(METRICS["average_precision"], outcome)
    slow = [theirs.average_precision_score(rare, p, sample_weight=count) for count in resampler.counts]
    assert np.std(fast) == pytest.approx(np.std(slow), rel=0.1)
    assert np.corrcoef(fast, slow)[0, 1] > 0.97


def each_label(score, predicted):
    return np.mean([score(y, p, sample_weight=W) for y, p in zip(MANY.T, predicted.T, strict=True)])


def test_several_labels_against_scikit_learn():
    outcome, choice = labels(), MANY_P >= 0.5
    expected = {
        "accuracy": 1 - theirs.hamming_loss(MANY, choice, sample_weight=W),
        "f1": theirs.f1_score(MANY, choice, average="macro", sample_weight=W),
        "auc": theirs.roc_auc_score(MANY, MANY_P, average="macro", sample_weight=W),
        "log_loss": each_label(theirs.log_loss, MANY_P),
        "brier": each_label(theirs.brier_score_loss, MANY_P),
        "balanced_accuracy": each_label(theirs.balanced_accuracy_score, choice),
    }
    for name, value in expected.items():
        assert METRICS[name](outcome) == pytest.approx(value, rel=1e-12), name


def test_calibration_error_by_hand():
    confidence = np.repeat([0.55, 0.95], 50)
    right = np.concatenate([np.arange(50) < 20, np.arange(50) < 48])
    outcome = Outcome(
        np.where(right, 0, 1), Task.CLASSIFICATION, probabilities=np.stack([confidence, 1 - confidence], 1)
    )
    assert METRICS["ece"](outcome) == pytest.approx(0.5 * abs(0.4 - 0.55) + 0.5 * abs(0.96 - 0.95))


def test_densities_against_scipy():
    expected = -np.average(stats.norm(P, S).logpdf(Y).mean(1), weights=W)
    assert METRICS["nll"](regression()) == pytest.approx(expected, rel=1e-12)


def test_crps_is_the_integral_of_its_definition():
    def by_integration(y, m, s):
        below = integrate.quad(lambda x: stats.norm.cdf(x, m, s) ** 2, m - 12 * s, y)[0]
        return below + integrate.quad(lambda x: stats.norm.sf(x, m, s) ** 2, y, m + 12 * s)[0]

    cases = [(0.3, 0.0, 1.0), (-2.0, 1.0, 0.5), (4.0, 3.0, 2.0)]
    for y, m, s in cases:
        outcome = Outcome(np.array([y]), mean=np.array([m]), std=np.array([s]))
        assert METRICS["crps"](outcome) == pytest.approx(by_integration(y, m, s), abs=1e-7)


def test_a_normal_truth_is_covered_calibrated_and_uniform():
    m, s = RNG.normal(size=(20_000, 1)), RNG.uniform(0.5, 2, (20_000, 1))
    outcome = Outcome(m + s * RNG.normal(size=m.shape), mean=m, std=s)
    assert METRICS["coverage_90"](outcome) == pytest.approx(0.9, abs=0.01)
    assert coverage(0.5)(outcome) == pytest.approx(0.5, abs=0.015)
    assert METRICS["sharpness"](outcome) == pytest.approx(2 * 1.6448536 * s.mean(), rel=1e-6)
    assert METRICS["pit"](outcome) < 0.02
    assert METRICS["pit"](outcome) <= stats.kstest(pit(outcome)[:, 0], "uniform").statistic
    levels = np.array([0.1, 0.5, 0.9])
    assert reliability(outcome, levels)[:, 0] == pytest.approx(levels, abs=0.015)
    assert reliability(outcome, levels)[2, 0] == pytest.approx(METRICS["coverage_90"](outcome))


def test_own_intervals_come_before_those_of_the_normal_distribution():
    outcome = Outcome(Y, mean=P, std=S, low=P - 1, high=P + 1)
    assert METRICS["sharpness"](outcome) == pytest.approx(2.0)
    assert bounds(outcome, 0.5)[0] == pytest.approx(P - 0.6744897502 * S)
    missed = np.maximum(np.abs(Y - P) - 1, 0).mean()
    assert METRICS["interval_score"](outcome) == pytest.approx(2 + 20 * missed)


def test_what_is_not_defined_is_nan():
    same = Outcome(np.zeros(5), mean=np.arange(5.0))
    assert np.isnan(METRICS["r2"](same))
    assert np.isnan(METRICS["correlation"](same))
    one = Outcome(np.zeros(5), Task.CLASSIFICATION, probabilities=np.full((5, 2), 0.5))
    assert np.isnan(METRICS["auc"](one))
    assert np.isnan(METRICS["average_precision"](one))
    assert METRICS["balanced_accuracy"](one) == 1.0


def test_a_class_that_no_column_stands_for_costs_the_most_but_is_finite():
    outcome = Outcome(np.array([2, 0]), Task.CLASSIFICATION, probabilities=np.array([[0.5, 0.5], [1.0, 0.0]]))
    assert METRICS["log_loss"](outcome) == pytest.approx(-np.log(1e-7) / 2)
    assert METRICS["accuracy"](outcome) == 0.5


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(UsageError, match="accuracy needs probabilities of a classification or multilabel"):
        METRICS["accuracy"](regression())
    with pytest.raises(UsageError, match="nll needs mean and std"):
        METRICS["nll"](Outcome(Y, mean=P))
