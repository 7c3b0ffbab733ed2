"""Standard deviations that are true, and that agree with their band."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from isinglass.evaluation.calibration import fit_calibration, independent, once
from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.spread import AGREEMENT, NORMAL
from isinglass.inference.calibration import Calibration
from isinglass.spec import Task


def told(outcome: Outcome) -> tuple[np.ndarray, float]:
    """The corrected std, and the band's half-width over that of the normal distribution."""
    calibration = fit_calibration(outcome)
    return calibration.std(np.asarray(outcome.std)), float(calibration.width(0.9, 1)[0]) / NORMAL


def sure_of_something_wrong(n: int = 600, share: float = 0.02, seed: int = 0) -> tuple[Outcome, np.ndarray]:
    """Honest std, but for a few rows whose std is 50 times too small."""
    generator = np.random.default_rng(seed)
    true = generator.uniform(0.5, 2, n)
    said = np.where(generator.random(n) < share, true / 50, true)
    return Outcome(true * generator.normal(size=n), mean=np.zeros(n), std=said), true


@pytest.mark.parametrize("share", [0.01, 0.02, 0.05])
def test_a_few_rows_of_tiny_std_do_not_rule_all_others(share: float) -> None:
    outcome, true = sure_of_something_wrong(share=share)
    std, ratio = told(outcome)
    assert 1 / AGREEMENT - 1e-9 <= ratio <= AGREEMENT + 1e-9
    assert np.median(std[:, 0] / true) == pytest.approx(1.0, rel=0.3)  # it was 7 and more


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["zeros", "heavy", "uniform", "one outlier", "lognormal"])
def test_std_and_band_always_agree(kind: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    n, spread = 300, np.exp(generator.normal(size=300))
    noise = {
        "zeros": np.where(generator.random(n) < 0.8, 0.001 * generator.normal(size=n), 5 * generator.normal(size=n)),
        "heavy": generator.standard_cauchy(n),
        "uniform": generator.uniform(-1, 1, n),
        "one outlier": np.where(np.arange(n) == 7, 1e6, generator.normal(size=n)),
        "lognormal": np.exp(2 * generator.normal(size=n)),
    }[kind]
    _, ratio = told(Outcome(spread * noise, mean=np.zeros(n), std=spread))
    assert 1 / AGREEMENT - 1e-9 <= ratio <= AGREEMENT + 1e-9


def test_ordinary_errors_have_no_floor_and_their_own_factor() -> None:
    generator = np.random.default_rng(0)
    spread = generator.uniform(0.5, 2, 2000)
    calibration = fit_calibration(Outcome(spread * generator.normal(size=2000), mean=np.zeros(2000), std=spread / 3))
    assert calibration.floor == ()
    assert calibration.scale == pytest.approx([3.0], rel=0.05)
    assert "floor" not in calibration.to_json()  # as files of 0.1.0 have it


def test_a_floor_is_part_of_the_noise_alone_and_survives_json() -> None:
    calibration = Calibration((2.0,), (0.9,), ((1.5,),), floor=(3.0,))
    assert Calibration.from_json(calibration.to_json()) == calibration
    assert calibration.std(np.array([[2.0]])) == pytest.approx(np.array([[5.0]]))
    assert calibration.part(np.array([[2.0]])) == pytest.approx(np.array([[4.0]]))


def test_a_factor_that_helps_nobody_else_is_not_used() -> None:
    """All the error is in one unit: what it says of the others is false."""
    observed = np.where(np.arange(400) < 16, 20.0, 0.9)
    groups = np.arange(400) // 16
    assert fit_calibration(Outcome(observed, mean=np.zeros(400), std=np.ones(400), groups=groups)).scale[0] < 1.2
    honest = np.random.default_rng(0).normal(size=(400, 1))
    assert fit_calibration(Outcome(honest, mean=0 * honest, std=0 * honest + 1)).scale == pytest.approx([1.0], abs=0.1)


def copies(n: int = 3000, rest: int = 150) -> tuple[Outcome, np.ndarray]:
    """One row n times, on which the model is right; others of which it says 85 % and is right in 85 %."""
    generator = np.random.default_rng(0)
    p = np.r_[np.full(n, 0.85), np.full(rest, 0.85)]
    observed = np.r_[np.ones(n), generator.random(rest) < 0.85]
    rows = np.r_[np.zeros(n), 1 + np.arange(rest)]
    return Outcome(observed, Task.CLASSIFICATION, probabilities=np.stack([1 - p, p], 1), groups=rows), rows


def test_copies_of_a_row_are_one_witness() -> None:
    outcome, rows = copies()
    assert fit_calibration(replace(outcome, groups=np.arange(len(rows)))).temperature < 0.8
    calibration = fit_calibration(once(outcome, rows), witnesses=independent(outcome, rows))
    assert 0.8 < calibration.temperature < 1.3
    assert calibration.witnesses == 151


def test_equal_inputs_that_show_different_things_are_draws_of_their_own() -> None:
    generator = np.random.default_rng(0)
    rows = generator.integers(0, 4, 4000)
    observed = (generator.random(4000) < 0.1).astype(float)
    p = np.full((4000, 2), [0.9, 0.1])
    outcome = Outcome(observed, Task.CLASSIFICATION, probabilities=p, groups=rows)
    assert independent(outcome, rows) == 4000
    assert fit_calibration(once(outcome, rows)).temperature == pytest.approx(1.0, abs=0.15)


def test_what_never_happened_keeps_a_probability_that_the_number_of_rows_tells() -> None:
    calibration = Calibration(temperature=0.4, rows=98, witnesses=98)
    told = calibration.probabilities(np.array([[1e-19, 1 - 1e-19], [0.5, 0.5]]), Task.CLASSIFICATION)
    assert told[0] == pytest.approx([0.01, 0.99])
    assert told[1] == pytest.approx([0.5, 0.5])
    three = calibration.probabilities(np.array([[0.0, 0.0, 1.0]]), Task.CLASSIFICATION)
    assert three == pytest.approx(np.array([[2 / 300, 2 / 300, 1 - 4 / 300]]))
    labels = calibration.probabilities(np.array([[0.0, 1.0]]), Task.MULTILABEL)
    assert labels == pytest.approx(np.array([[0.01, 0.99]]))
    assert Calibration.from_json(calibration.to_json()) == calibration


@pytest.mark.parametrize("seed", range(5))
def test_a_temperature_is_kept_only_if_it_helps_rows_it_was_not_fitted_on(seed: int) -> None:
    """Of honest probabilities few rows tell little: new rows are not told worse than without."""
    generator = np.random.default_rng(seed)

    def honest(n: int) -> Outcome:
        p = 1 / (1 + np.exp(-2 * generator.normal(size=n)))
        return Outcome(generator.random(n) < p, Task.CLASSIFICATION, probabilities=np.stack([1 - p, p], 1))

    calibration, new = fit_calibration(honest(40)), honest(20_000)
    assert new.probabilities is not None
    before, after = (
        -np.log(p[np.arange(len(p)), new.labels]).mean()
        for p in (new.probabilities, calibration.probabilities(new.probabilities, Task.CLASSIFICATION))
    )
    assert after < before + 0.04
