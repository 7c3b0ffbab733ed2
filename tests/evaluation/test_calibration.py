"""Calibration: coverage measured on simulated data, temperatures, what is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.evaluation.calibration import LEVELS, conformal, fit_calibration
from isinglass.evaluation.metrics import METRICS
from isinglass.evaluation.outcome import Outcome
from isinglass.inference.calibration import Calibration
from isinglass.spec import Task


def simulated(n, seed, *, noise):
    generator = np.random.default_rng(seed)
    mean, spread = generator.normal(size=(n, 2)), generator.uniform(0.5, 2.0, (n, 2))
    return Outcome(mean + spread * noise(generator, (n, 2)), mean=mean, std=spread * [0.4, 3.0])


NOISES = {
    "normal": lambda generator, size: generator.normal(size=size),
    "heavy tails": lambda generator, size: generator.standard_t(3, size=size),
    "skewed": lambda generator, size: generator.exponential(size=size) - 1,
}


@pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES)
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
def test_new_rows_are_covered_as_promised(noise, level):
    calibration = fit_calibration(simulated(2000, 0, noise=noise))
    new = simulated(20_000, 1, noise=noise)
    low, high = calibration.interval(new.mean, calibration.std(new.std), coverage=level)
    covered = np.mean((new.observed >= low) & (new.observed <= high), axis=0)
    assert covered == pytest.approx([level, level], abs=0.02)


def test_ninety_percent_lies_between_88_and_92_on_average_over_small_sets():
    covered = []
    for seed in range(100):
        calibration = fit_calibration(simulated(60, seed, noise=NOISES["normal"]))
        new = simulated(500, seed + 1000, noise=NOISES["normal"])
        low, high = calibration.interval(new.mean, calibration.std(new.std), coverage=0.9)
        covered.append(np.mean((new.observed >= low) & (new.observed <= high)))
    assert 0.88 <= np.mean(covered) <= 0.92


def test_the_factor_is_that_of_the_greatest_likelihood():
    outcome = simulated(5000, 0, noise=NOISES["normal"])
    calibration = fit_calibration(outcome)
    assert calibration.scale == pytest.approx([1 / 0.4, 1 / 3.0], rel=0.03)
    score = lambda factor: METRICS["nll"](  # noqa: E731
        Outcome(outcome.observed, mean=outcome.mean, std=calibration.std(outcome.std) * factor)
    )
    assert score(1.0) < min(score(0.98), score(1.02))


def test_the_conformal_quantile_counts_the_new_row():
    scores = np.arange(1.0, 10.0)
    # Nine scores and the new one: the ninth of ten ranks.
    assert conformal(scores, np.ones(9), 0.9) == 9.0
    assert conformal(scores, np.ones(9), 0.5) == 5.0
    assert conformal(scores, np.ones(9), 0.99) > 9.0
    assert conformal(scores[::-1], np.where(scores[::-1] > 5, 1e-9, 1.0), 0.8) == 5.0


def test_rows_without_a_prediction_and_without_weight_are_left_out():
    outcome = simulated(500, 0, noise=NOISES["normal"])
    mean = outcome.mean.copy()
    mean[:100] = np.nan
    weights = np.where(np.arange(500) < 200, 0.0, 1.0)
    partial = Outcome(outcome.observed, mean=mean, std=outcome.std, weights=weights)
    assert fit_calibration(partial) == fit_calibration(outcome.take(np.arange(200, 500)))
    assert fit_calibration(partial).rows == 300


def test_too_few_rows_correct_nothing():
    assert fit_calibration(simulated(19, 0, noise=NOISES["normal"])) == Calibration()


def test_a_perfect_fit_does_not_divide_by_zero():
    outcome = Outcome(np.arange(50.0), mean=np.arange(50.0), std=np.ones(50))
    assert fit_calibration(outcome).scale == (1.0,)


@pytest.mark.parametrize("true", [0.4, 1.0, 2.5])
@pytest.mark.parametrize("task", [Task.CLASSIFICATION, Task.MULTILABEL])
def test_the_temperature_is_found(true, task):
    generator = np.random.default_rng(0)
    logits = 2 * generator.normal(size=(8000, 3))
    if task is Task.CLASSIFICATION:
        honest = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        observed = (generator.random((8000, 1)) > honest.cumsum(1)).sum(1)
        said = np.exp(logits * true) / np.exp(logits * true).sum(1, keepdims=True)
    else:
        honest = 1 / (1 + np.exp(-logits))
        observed = (generator.random((8000, 3)) < honest).astype(float)
        said = 1 / (1 + np.exp(-logits * true))
    calibration = fit_calibration(Outcome(observed, task, probabilities=said))
    assert calibration.temperature == pytest.approx(true, rel=0.08)
    assert np.abs(calibration.probabilities(said, task) - honest).max() < 0.05


def test_the_levels_rise():
    assert (np.diff(LEVELS) > 0).all()
