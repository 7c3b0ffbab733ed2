"""How rows are matched and calibrations are averaged, apart from any study."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.evaluation.baselines import HeldOut
from isinglass.inference.calibration import Calibration
from isinglass.workbench.judging.combination import ENOUGH, _of, _shared, _usual


def said(rows):
    """A method that says of each row its place, in any order."""
    rows = np.random.default_rng(0).permutation(rows)
    return HeldOut(rows, rows[:, None].astype(float))


def test_each_row_has_what_was_said_of_it():
    assert _of(said(np.arange(50)), np.array([3, 7, 40]))[:, 0].tolist() == [3, 7, 40]


def test_methods_are_matched_on_the_rows_that_all_know():
    found = _shared({"a": said(np.arange(0, 90)), "b": said(np.arange(30, 120))}, np.arange(0, 100, 2))
    assert list(found) == ["a", "b"]
    for one in found.values():
        assert one.rows.tolist() == list(range(30, 90, 2))
        assert one.predicted[:, 0].tolist() == one.rows.tolist()


def test_a_method_that_is_known_for_few_rows_is_left_out_and_keeps_its_place_otherwise():
    few, many = said(np.arange(30)), said(np.arange(400))
    assert list(_shared({"few": few, "many": many}, np.arange(400))) == ["many"]
    enough = said(np.arange(ENOUGH))
    assert list(_shared({"few": enough, "many": said(np.arange(3000))}, np.arange(3000))) == ["few", "many"]
    assert _shared({"none": said(np.arange(1000, 1100))}, np.arange(100)) == {}


def test_calibrations_of_folds_are_averaged():
    first = Calibration(scale=(2.0,), levels=(0.9,), widths=((1.5,),), temperature=4.0, rows=10, witnesses=9)
    second = Calibration(temperature=1.0, rows=5, floor=(3.0,))
    found = _usual([first, second], outputs=1)
    assert found.scale == pytest.approx((np.sqrt(2.5),))
    assert found.floor == pytest.approx((np.sqrt(4.5),))
    assert found.temperature == pytest.approx(2.0)
    assert (found.rows, found.witnesses, found.widths) == (15, 0, ())
    assert _usual([first], outputs=1) is first
    assert _usual([Calibration(), Calibration()], outputs=2) == Calibration()
