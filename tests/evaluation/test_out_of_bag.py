"""Out-of-bag scores as if all members had spoken: the coverage of new rows on simulated members."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import softmax

from isinglass.evaluation.calibration import fit_calibration
from isinglass.evaluation.out_of_bag import FEWEST, answered_by_all, halved, slope
from isinglass.evaluation.outcome import Outcome
from isinglass.inference.mixture import of_numbers, shares
from isinglass.spec import Task

MEMBERS = 16


def answers(rows: int, seed: int, *, differ: float, keep: np.ndarray | None) -> Outcome:
    """Members that see the truth, each with errors of its own, and know the noise, 1, up to a quarter."""
    generator = np.random.default_rng(seed)
    truth, spread = generator.normal(size=(rows, 1)), generator.uniform(0.5, 2, (rows, 1))
    means = torch.from_numpy(truth + differ * spread * generator.normal(size=(MEMBERS, rows, 1)))
    variances = torch.from_numpy(generator.uniform(0.75, 1.25, (MEMBERS, rows, 1)))
    mean, noise, ignorance, _ = of_numbers(means, variances, shares(keep), torch.zeros(1, dtype=torch.float64))
    return Outcome(truth + generator.normal(size=(rows, 1)), mean=mean, std=np.hypot(noise, ignorance))


def bags(rows: int) -> np.ndarray:
    keep = np.random.default_rng(9).random((MEMBERS, rows)) < 0.25
    keep[:2] |= keep.sum(0) < 2
    return keep


def corrected(rows: int, seed: int, *, differ: float) -> tuple[Outcome, Outcome]:
    """Out-of-bag rows, plain and as if all had spoken."""
    keep = bags(rows)
    answered = keep.sum(0)
    plain, half = (answers(rows, seed, differ=differ, keep=part) for part in (keep, halved(keep)))
    many = np.flatnonzero(answered >= FEWEST)
    steep = slope(plain.take(many), half.take(many), answered[many])
    return plain, answered_by_all(plain, steep, answered, MEMBERS)


def coverage(outcome: Outcome, level: float, *, differ: float) -> float:
    """Of 20,000 new rows, which all members answer."""
    new = answers(20_000, 77, differ=differ, keep=None)
    calibration = fit_calibration(outcome)
    low, high = calibration.interval(new.mean, calibration.std(new.std), coverage=level)
    return float(np.mean((new.observed >= low) & (new.observed <= high)))


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("differ", [0.3, 1.0, 2.0])
def test_new_rows_are_covered_as_promised_however_much_members_differ(level: float, differ: float) -> None:
    plain, of_all = corrected(8000, 0, differ=differ)
    assert coverage(of_all, level, differ=differ) == pytest.approx(level, abs=0.02)
    if differ > 0.5:
        assert coverage(plain, level, differ=differ) > level + 0.02


def test_where_all_answered_nothing_changes() -> None:
    whole = answers(50, 0, differ=1.0, keep=None)
    same = answered_by_all(whole, np.array([0.7]), np.full(50, MEMBERS), MEMBERS)
    assert same.std == pytest.approx(whole.std)


def test_halves_are_half_of_each_rows_members_and_none_else() -> None:
    keep = bags(300)
    half = halved(keep)
    assert not (half & ~keep).any()
    assert half.sum(0).tolist() == (keep.sum(0) // 2).tolist()


def test_members_that_are_never_wrong_and_halves_that_are_better_correct_nothing() -> None:
    whole = answers(100, 0, differ=1.0, keep=None)
    right = replace(whole, mean=whole.observed)
    answered = np.full(100, 4)
    assert slope(right, right, answered).tolist() == [0.0]
    better = replace(whole, std=2 * whole.std)
    assert slope(whole, better, answered).tolist() == [0.0]


def test_sure_members_that_differ_wildly_are_not_put_down_to_their_number_alone() -> None:
    whole = answers(100, 0, differ=1.0, keep=None)
    (steep,) = slope(whole, replace(whole, std=whole.std / 100), np.full(100, 4))
    assert steep == pytest.approx(4 * 0.8 / 0.2)


def chances(rows: int, seed: int, *, differ: float, keep: np.ndarray | None) -> Outcome:
    """Members whose logits of three classes are the true ones with errors of their own."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=(rows, 3)) * 2
    observed = np.argmax(logits + generator.gumbel(size=(rows, 3)), axis=1)
    told = softmax(logits + differ * generator.normal(size=(MEMBERS, rows, 3)), axis=-1)
    weight = np.ones((MEMBERS, rows)) if keep is None else keep
    together = np.einsum("mr,mrc->rc", weight / weight.sum(0), told)
    return Outcome(observed, Task.CLASSIFICATION, probabilities=together)


@pytest.mark.parametrize("differ", [0.5, 1.0, 2.0])
def test_temperatures_are_those_of_new_rows(differ: float) -> None:
    keep = bags(6000)
    answered = keep.sum(0)
    plain, half = (chances(6000, 0, differ=differ, keep=part) for part in (keep, halved(keep)))
    many = np.flatnonzero(answered >= FEWEST)
    steep = slope(plain.take(many), half.take(many), answered[many])
    found = fit_calibration(answered_by_all(plain, steep, answered, MEMBERS)).temperature
    wanted = fit_calibration(chances(20_000, 77, differ=differ, keep=None)).temperature
    plainly = fit_calibration(plain).temperature
    assert plainly > 1.03 * wanted
    assert abs(np.log(found / wanted)) < 0.02 + 0.35 * np.log(plainly / wanted)
