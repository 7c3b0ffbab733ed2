"""What an ensemble says, against the same formulas written out in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from predictors import linear_ensemble
from scipy.special import entr, expit, softmax

from isinglass.inference.calibration import Calibration
from isinglass.inference.member_outputs import ROWS
from isinglass.spec import Task

W = np.array([[[1.0]], [[2.0]], [[-1.0]], [[0.5]]])
B = np.array([[0.0], [1.0], [2.0], [-3.0]])
X = np.linspace(-2, 2, 5)[:, None]
ANSWERS = (X @ W.transpose(0, 2, 1)) + B[:, None]  # [member, sample, out]


def test_mean_noise_and_ignorance_of_means_alone() -> None:
    found = linear_ensemble(W, B, noise_floor=[0.7]).predict(X)
    assert found.mean == pytest.approx(ANSWERS.mean(axis=0))
    assert found.noise == pytest.approx(np.full((5, 1), 0.7))
    assert found.ignorance == pytest.approx(np.sqrt(1.25 * ANSWERS.var(axis=0, ddof=1)))
    assert found.std == pytest.approx(np.sqrt(found.noise**2 + found.ignorance**2))
    assert found.members == pytest.approx(ANSWERS)
    assert found.probabilities is None
    assert found.labels is None


def test_gaussian_members_bring_their_own_noise() -> None:
    weight = np.concatenate([W, 0.3 * W], axis=1)  # raw: mu, s
    bias = np.concatenate([B, 0.1 * B], axis=1)
    ensemble = linear_ensemble(weight, bias, loss="gaussian", target_scale=np.full((4, 1), 3.0))
    found = ensemble.predict(X)
    raw = ensemble.common.objective.loss.predict(_raw(weight, bias))
    assert raw.variance is not None
    assert ensemble.has_noise
    assert found.mean == pytest.approx(3 * ANSWERS.mean(axis=0))
    assert found.noise == pytest.approx(3 * np.sqrt(raw.variance.numpy().mean(axis=0)))


def _raw(weight: np.ndarray, bias: np.ndarray):
    import torch

    return torch.from_numpy(X @ weight.transpose(0, 2, 1) + bias[:, None])


def test_scaled_targets_come_back_in_their_units() -> None:
    center, scale = np.arange(4.0)[:, None], np.array([[2.0], [1.0], [3.0], [0.5]])
    found = linear_ensemble(W, B, target_center=center, target_scale=scale).predict(X)
    assert found.members == pytest.approx(ANSWERS * scale[:, None] + center[:, None])


def test_only_members_that_may_speak_are_heard() -> None:
    keep = np.array([[1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 0, 0, 0]], dtype=bool)
    found = linear_ensemble(W, B, noise_floor=[0.5]).predict(X, keep)
    for row in range(4):
        heard = ANSWERS[keep[:, row], row]
        assert found.mean[row] == pytest.approx(heard.mean(axis=0))
        if len(heard) > 1:
            spread = np.sqrt((1 + 1 / len(heard)) * heard.var(axis=0, ddof=1))
            assert found.ignorance[row] == pytest.approx(spread)
    assert np.isnan(found.mean[4]).all()
    assert np.isnan(found.ignorance[4]).all()


def test_calibration_corrects_both_parts_and_the_band() -> None:
    calibration = Calibration((2.0,), (0.5, 0.9), ((0.6, 1.8),), rows=100)
    plain = linear_ensemble(W, B, noise_floor=[0.7]).predict(X)
    found = linear_ensemble(W, B, noise_floor=[0.7], calibration=calibration).predict(X)
    assert found.noise == pytest.approx(2 * plain.noise)
    assert found.ignorance == pytest.approx(2 * plain.ignorance)
    low, high = found.interval(0.9)
    assert high - found.mean == pytest.approx(1.8 * found.std)
    assert found.mean - low == pytest.approx(1.8 * found.std)


def test_entropy_of_classes_is_noise_and_ignorance() -> None:
    rng = np.random.default_rng(0)
    weight, bias = rng.normal(size=(5, 3, 2)), rng.normal(size=(5, 3))
    x = rng.normal(size=(7, 2))
    p = softmax(x @ weight.transpose(0, 2, 1) + bias[:, None], axis=-1)
    found = linear_ensemble(weight, bias, task=Task.CLASSIFICATION, loss="cross_entropy").predict(x)
    assert found.probabilities == pytest.approx(p.mean(axis=0))
    assert found.members == pytest.approx(p)
    assert found.noise[:, 0] == pytest.approx(entr(p).sum(axis=-1).mean(axis=0))
    assert found.noise[:, 0] + found.ignorance[:, 0] == pytest.approx(entr(p.mean(axis=0)).sum(axis=-1))
    assert (found.ignorance >= 0).all()
    assert found.labels is not None
    assert found.labels.tolist() == np.array(list("abc"))[p.mean(axis=0).argmax(axis=-1)].tolist()


@pytest.mark.parametrize("temperature", [0.3, 2.5])
@pytest.mark.parametrize("members", [1, 5])
def test_noise_and_ignorance_are_the_entropy_of_what_is_told(members: int, temperature: float) -> None:
    rng = np.random.default_rng(0)
    weight, bias = rng.normal(size=(members, 3, 2)), rng.normal(size=(members, 3))
    calibration = Calibration(temperature=temperature)
    options = {"task": Task.CLASSIFICATION, "loss": "cross_entropy"}
    plain, found = (
        linear_ensemble(weight, bias, **options, **more).predict(rng.normal(size=(7, 2)))
        for more in ({}, {"calibration": calibration})
    )
    assert found.noise[:, 0] + found.ignorance[:, 0] == pytest.approx(entr(found.probabilities).sum(axis=-1))
    assert (plain.ignorance > 1e-9).all() == (found.ignorance > 1e-9).all() == (members > 1)


def test_labels_are_decided_one_by_one() -> None:
    weight, bias = np.concatenate([W, -W], axis=1), np.concatenate([B, B], axis=1)
    p = expit(X @ weight.transpose(0, 2, 1) + bias[:, None])
    found = linear_ensemble(weight, bias, task=Task.MULTILABEL, loss="multilabel").predict(X)
    assert found.probabilities == pytest.approx(p.mean(axis=0))
    assert (found.mean == (p.mean(axis=0) >= 0.5)).all()
    total = entr(p.mean(axis=0)) + entr(1 - p.mean(axis=0))
    assert found.noise + found.ignorance == pytest.approx(total)


def test_some_members_alone() -> None:
    ensemble = linear_ensemble(W, B).take(np.array([3, 1]))
    assert len(ensemble) == 2
    assert ensemble.fold.tolist() == [1, 1]
    assert ensemble.members(X) == pytest.approx(ANSWERS[[3, 1]])
    assert ensemble.predict(X).mean == pytest.approx(ANSWERS[[3, 1]].mean(axis=0))


def test_one_member_knows_no_ignorance() -> None:
    found = linear_ensemble(W[:1], B[:1], noise_floor=[0.2]).predict(X)
    assert (found.ignorance == 0).all()
    assert found.std == pytest.approx(np.full((5, 1), 0.2))


def test_blocks_of_rows_change_nothing() -> None:
    x = np.random.default_rng(1).normal(size=(ROWS + 3, 1))
    ensemble = linear_ensemble(W, B)
    whole = ensemble.predict(x)
    assert whole.mean[-5:] == pytest.approx(ensemble.predict(x[-5:]).mean)
    assert whole.members.shape == (4, ROWS + 3, 1)


def test_no_rows_no_predictions() -> None:
    assert linear_ensemble(W, B).predict(X[:0]).mean.shape == (0, 1)
