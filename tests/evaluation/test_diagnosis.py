"""Under- and overfitting in words, on the lectures' polynomial (example 18) and on made curves."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.evaluation.diagnosis import curve, diagnose


@pytest.mark.parametrize(
    ("train", "valid", "finding"),
    [(0.17, 0.23, "underfitting"), (0.045, 0.062, "good"), (0.035, 0.27, "overfitting")],
)
def test_the_lectures_three_polynomials(train, valid, finding):
    found = diagnose(train, valid, best=0.05)
    assert found.finding == finding
    assert found.words.lower().startswith(finding if finding != "good" else "neither")


def test_a_gap_that_nothing_improves_on_is_no_reproach():
    assert diagnose(0.01, 0.06, best=0.07).finding == "memorising"
    assert diagnose(0.0, 0.06).finding == "memorising"


def test_nothing_better_than_the_mean_is_said():
    assert diagnose(0.9, 1.0, constant=1.0).finding == "no signal"
    alone = diagnose(0.9, 1.0, constant=1.0).words
    assert "another method" not in alone
    found = diagnose(0.9, 1.0, best=0.99, constant=1.0)
    assert found.finding == "no signal"
    assert "nor are those of another method" in found.words
    assert "do not tell" not in found.words


def test_no_skill_is_no_absence_of_a_signal_where_another_method_finds_one():
    found = diagnose(0.9, 1.0, best=0.84, constant=1.0)
    assert found.finding == "no skill"
    assert "no better than the mean, but another method is" in found.words


def test_memorising_does_not_deny_a_method_that_is_a_little_better():
    found = diagnose(0.01, 0.06, best=0.05)
    assert found.finding == "memorising"
    assert "does much better" in found.words


def test_a_falling_curve_is_not_finished():
    falling, flat = np.geomspace(1, 0.1, 100), np.geomspace(1, 0.1, 100).clip(0.3)
    assert diagnose(0.1, 0.11, stop=falling).finding == "not finished"
    assert diagnose(0.1, 0.11, stop=flat).finding == "good"
    stopped = np.tile(falling, (4, 1))
    stopped[1:, 50:] = np.nan
    assert diagnose(0.1, 0.11, stop=stopped).finding == "good"


def test_the_spread_of_curves_survives_members_that_stop():
    curves = np.array([[3.0, 2.0, np.nan], [5.0, 4.0, 1.0], [4.0, 3.0, 2.0]])
    middle, low, high = curve(curves)
    assert middle.tolist() == [4.0, 3.0, 2.0]
    assert (low <= middle).all()
    assert (middle <= high).all()
