"""Scalings against numpy on repeated rows, and what they must not depend on."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from isinglass.data import fit_scaling
from isinglass.data import scaling as module
from isinglass.data.quantiles import quantiles
from isinglass.data.scaling import Scaling
from isinglass.errors import DataError
from isinglass.learning.view import scaled
from isinglass.spec import Feature, Role, Task

NUMERIC = tuple(Feature(f"x{k}", f"x{k}", "numeric") for k in range(3))


def arrays(samples: int = 200, columns: int = 3, *, seed: int = 0, weights: np.ndarray | None = None):
    rng = np.random.default_rng(seed)
    return SimpleNamespace(
        inputs=rng.normal(size=(samples, columns)).astype(np.float32),
        targets=rng.normal(1e4, 2.0, size=(samples, 2)),
        weights=np.ones(samples) if weights is None else weights,
        ids=rng.integers(0, 2**63, samples, dtype=np.uint64),
    )


def roles(members: int, samples: int, *, seed: int = 1) -> np.ndarray:
    parts = (Role.TRAIN, Role.STOP, Role.OUT, Role.TEST)
    return np.random.default_rng(seed).choice(parts, size=(members, samples)).astype(np.int8)


def seen(scaling: Scaling, inputs: np.ndarray) -> np.ndarray:
    """What the first member sees of the inputs."""
    numbers = (scaling.center[0], scaling.scale[0], scaling.clip)
    return scaled(torch.from_numpy(inputs), *map(torch.from_numpy, numbers)).numpy()


@settings(deadline=None, max_examples=60)
@given(
    values=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=30),
    data=st.data(),
)
def test_weighted_quantiles_equal_repeated_rows(values: list[float], data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(0, 4), min_size=len(values), max_size=len(values)))
    if not any(counts):
        counts[0] = 1
    probabilities = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
    repeated = np.repeat(np.array(values), counts)
    expected = np.quantile(repeated, probabilities, method="averaged_inverted_cdf")
    for weight in (np.array([counts], float), np.array([counts], float) * 0.37, np.array([counts], np.uint8)):
        found = quantiles(np.array(values, np.float32), weight, probabilities)
        np.testing.assert_allclose(found[0], expected, rtol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_scaling_is_that_of_the_members_own_training_rows(weighted: bool) -> None:
    weights = np.random.default_rng(5).integers(0, 4, 200).astype(float) if weighted else None
    data, role = arrays(weights=weights), roles(4, 200)
    data.inputs[::7, 1] = np.nan
    scaling = fit_scaling(data, NUMERIC, role=role, task=Task.REGRESSION)
    for member in range(4):
        rows = np.repeat(
            np.flatnonzero(role[member] == Role.TRAIN), data.weights[role[member] == Role.TRAIN].astype(int)
        )
        for k in range(3):
            column = data.inputs[rows, k].astype(float)
            low, middle, high = np.quantile(
                column[~np.isnan(column)], (0.25, 0.5, 0.75), method="averaged_inverted_cdf"
            )
            assert scaling.center[member, k] == pytest.approx(middle, rel=1e-12)
            assert scaling.scale[member, k] == pytest.approx(1 / (high - low), rel=1e-12)
        np.testing.assert_allclose(scaling.target_center[member], data.targets[rows].mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(scaling.target_scale[member], data.targets[rows].std(axis=0), rtol=1e-9)


def test_rows_outside_training_change_nothing() -> None:
    data, role = arrays(), roles(3, 200)
    before = fit_scaling(data, NUMERIC, role=role, task=Task.REGRESSION)
    outside = role[1] != Role.TRAIN
    data.inputs[outside] = 1e6
    data.targets[outside] += 1e3
    after = fit_scaling(data, NUMERIC, role=role, task=Task.REGRESSION)
    np.testing.assert_array_equal(before.center[1], after.center[1])
    np.testing.assert_array_equal(before.scale[1], after.scale[1])
    np.testing.assert_allclose(before.target_center[1], after.target_center[1], rtol=1e-12)
    np.testing.assert_allclose(before.target_scale[1], after.target_scale[1], rtol=1e-7)


@pytest.mark.parametrize("limit", [50_000, 40])
def test_a_member_alone_equals_the_same_member_among_others(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", limit)
    data, role = arrays(500), roles(5, 500)
    role[4] = role[0]
    role[3, :490] = Role.TEST  # a member with few rows must not change what the others use
    role[3, 490:] = Role.TRAIN
    whole = fit_scaling(data, NUMERIC, role=role, task=Task.REGRESSION)
    for member in range(5):
        alone = fit_scaling(data, NUMERIC, role=role[[member]], task=Task.REGRESSION)
        np.testing.assert_array_equal(whole.center[member], alone.center[0])
        np.testing.assert_array_equal(whole.scale[member], alone.scale[0])
        np.testing.assert_allclose(whole.target_center[member], alone.target_center[0], rtol=1e-14)


def test_many_rows_are_sampled_by_id_not_by_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 300)
    data, role = arrays(5000), roles(2, 5000)
    first = fit_scaling(data, NUMERIC, role=role, task=Task.REGRESSION)
    order = np.random.default_rng(2).permutation(5000)
    shuffled = SimpleNamespace(**{name: values[order] for name, values in vars(data).items()})
    second = fit_scaling(shuffled, NUMERIC, role=role[:, order], task=Task.REGRESSION)
    np.testing.assert_array_equal(first.center, second.center)
    assert np.abs(first.center).max() < 0.3


def test_kinds_of_features() -> None:
    features = (
        Feature("spike", "spike", "numeric"),
        Feature("constant", "constant", "numeric"),
        Feature("empty", "empty", "numeric"),
        Feature("sin", "day", "cyclic"),
        Feature("a", "c", "onehot"),
        Feature("b", "c", "onehot"),
        Feature("missing", "x", "indicator"),
        Feature("code", "k", "code", 4),
    )
    samples = 100
    inputs = np.zeros((samples, 8), np.float32)
    inputs[:5, 0] = 4.0
    inputs[:, 1] = 7.0
    inputs[:, 2] = np.nan
    inputs[:, 3] = np.sin(np.arange(samples))
    inputs[::2, 4] = 1.0
    inputs[:, 7] = np.arange(samples) % 4
    data = SimpleNamespace(
        inputs=inputs, targets=np.zeros((samples, 1)), weights=np.ones(samples), ids=np.arange(samples, dtype=np.uint64)
    )
    role = np.full((1, samples), Role.TRAIN, np.int8)
    scaling = fit_scaling(data, features, role=role, task=Task.CLASSIFICATION)
    assert scaling.scale[0, 0] == 2 / 4.0
    assert scaling.scale[0, [1, 2]].tolist() == [0, 0]
    assert scaling.scale[0, 3] > 0
    assert scaling.scale[0, 4:].tolist() == [1, 0, 0, 1]
    assert scaling.center[0, 4:].tolist() == [0, 0, 0, 0]
    assert scaling.clip.tolist() == [True, True, True] + [False] * 5
    z = seen(scaling, inputs)
    assert np.isfinite(z).all()
    assert (z[:, [1, 2]] == 0).all()
    np.testing.assert_array_equal(z[:, 7], inputs[:, 7])


def test_far_values_are_squeezed_to_three() -> None:
    scaling = fit_scaling(arrays(), NUMERIC, role=np.full((1, 200), Role.TRAIN, np.int8), task=Task.REGRESSION)
    np.testing.assert_allclose(seen(scaling, np.full((1, 3), 1e6, np.float32)), 3.0, rtol=1e-4)


def test_a_constant_target_keeps_its_unit() -> None:
    data = arrays()
    data.targets[:] = 1e9 / 3
    scaling = fit_scaling(data, NUMERIC, role=roles(1, 200), task=Task.REGRESSION)
    assert scaling.target_scale.tolist() == [[1.0, 1.0]]


def test_a_member_without_training_rows() -> None:
    role = roles(3, 200)
    role[2] = Role.TEST
    with pytest.raises(DataError, match="member 2: a network has no training row"):
        fit_scaling(arrays(), NUMERIC, role=role, task=Task.REGRESSION)


@pytest.mark.slow
def test_speed_of_a_large_population() -> None:
    data, role = arrays(20_000, 20), roles(128, 20_000)
    features = tuple(Feature(f"x{k}", f"x{k}", "numeric") for k in range(20))
    started = time.perf_counter()
    fit_scaling(data, features, role=role, task=Task.REGRESSION)
    assert time.perf_counter() - started < 10  # 0.3 s on a quiet core


def test_a_scale_is_a_number_of_single_precision():
    values = np.linspace(0, 1e-42, 20, dtype=np.float32)[:, None]  # denormal: 1 / spread is beyond 3.4e38
    arrays = SimpleNamespace(
        inputs=values, targets=np.zeros((20, 1)), weights=np.ones(20), ids=np.arange(20, dtype=np.uint64)
    )
    role = np.full((1, 20), Role.TRAIN, np.int8)
    found = fit_scaling(arrays, [Feature("x", "x", "numeric")], role=role, task=Task.CLASSIFICATION)
    assert np.isfinite(found.scale.astype(np.float32)).all()
