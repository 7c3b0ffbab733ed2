"""The value that corrects a model's uncertainty."""

from __future__ import annotations

import json

import numpy as np
import pytest

from isinglass.errors import ModelFileError, UsageError
from isinglass.inference.calibration import Calibration
from isinglass.spec import Task

FITTED = Calibration((2.0, 0.5), (0.5, 0.9), ((0.7, 1.6), (0.6, 2.0)), 1.5, 100)


def test_it_survives_json():
    assert Calibration.from_json(json.loads(json.dumps(FITTED.to_json()))) == FITTED


@pytest.mark.parametrize("document", [{}, {**FITTED.to_json(), "scale": None}, {**FITTED.to_json(), "rows": "many"}])
def test_damage_is_named(document):
    with pytest.raises(ModelFileError, match="the calibration is damaged"):
        Calibration.from_json(document)


@pytest.mark.parametrize("coverage", [-0.1, 0.0, 1.0, 90])
def test_a_coverage_is_a_part(coverage):
    with pytest.raises(UsageError, match="between 0 and 1"):
        FITTED.interval(np.zeros((3, 2)), np.ones((3, 2)), coverage=coverage)


def test_the_default_corrects_nothing():
    mean, std, p = np.zeros((3, 2)), np.ones((3, 2), np.float32), np.full((3, 2), 0.5)
    assert Calibration().std(std) is std
    assert Calibration().probabilities(p, Task.CLASSIFICATION) is p
    low, high = Calibration().interval(mean, std, coverage=0.9)
    assert high == pytest.approx(np.full((3, 2), 1.6448536))
    assert (low == -high).all()


def test_fitted_levels_are_met_and_widths_rise_between_and_beyond():
    assert FITTED.width(0.9, 2) == pytest.approx([1.6, 2.0])
    assert FITTED.width(0.5, 2) == pytest.approx([0.7, 0.6])
    widths = np.array([FITTED.width(level, 2) for level in np.linspace(0.01, 0.999, 200)])
    assert (np.diff(widths, axis=0) > 0).all()


def test_it_scales_the_standard_deviation_and_keeps_its_type():
    std = np.ones((3, 2), np.float32)
    assert FITTED.std(std).dtype == np.float32
    assert FITTED.std(std)[0].tolist() == [2.0, 0.5]


@pytest.mark.parametrize("task", [Task.CLASSIFICATION, Task.MULTILABEL])
def test_a_high_temperature_is_doubt(task):
    p = np.array([[0.9, 0.1], [0.0, 1.0]])
    warmer = FITTED.probabilities(p, task)
    assert 0.5 < warmer[0, 0] < 0.9
    assert warmer.sum(1) == pytest.approx([1.0, 1.0])
    assert np.isfinite(warmer).all()
