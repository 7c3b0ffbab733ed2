"""What every method of explanation owes, whatever it does."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from isinglass.errors import UsageError
from isinglass.explanation import METHODS, Explanation, Probe
from isinglass.spec import Feature


@pytest.fixture
def probe() -> Probe:
    generator = np.random.default_rng(0)
    inputs = np.column_stack([generator.normal(size=(60, 2)), generator.integers(0, 2, size=60)])
    features = (Feature("a", "a", "numeric"), Feature("b", "b", "numeric"), Feature("c", "c", "code", 3))
    return Probe(
        lambda rows: rows[:, :1] * 2.0 + rows[:, 2:],
        inputs.astype(np.float32),
        features,
        lambda p: np.abs(p).mean(),
    )


@pytest.mark.parametrize("name", METHODS)
def test_method(name: str, probe: Probe):
    before = probe.inputs.copy()
    found = METHODS[name](probe, seed=3)
    again = METHODS[name](probe, seed=3)
    np.testing.assert_array_equal(probe.inputs, before)
    assert found
    for explanation, repeated in zip(found, again, strict=True):
        assert isinstance(explanation, Explanation)
        assert explanation.method == name
        assert explanation.values.ndim == len(explanation.spec.dims)
        assert set(explanation.spec.names) <= {"a", "b", "c"}
        assert len(explanation.coords[explanation.spec.dims[0]]) == len(explanation.values)
        assert explanation.check
        assert all(np.isfinite(value) for value in explanation.check.values())
        assert np.isfinite(explanation.values).all()
        np.testing.assert_array_equal(explanation.values, repeated.values)
        with pytest.raises(dataclasses.FrozenInstanceError):
            explanation.method = "other"  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("name", METHODS)
def test_one_column_alone(name: str, probe: Probe):
    assert {n for found in METHODS[name](probe, ["b"]) for n in found.spec.names} == {"b"}


@pytest.mark.parametrize("name", METHODS)
def test_an_unknown_column_is_refused(name: str, probe: Probe):
    with pytest.raises(UsageError, match="no such input column"):
        METHODS[name](probe, ["z"])
