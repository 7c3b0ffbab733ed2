"""The compiled plan's own functions of one number in float32, beside those of numpy in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra 'fast' is not installed")

import numba

from isinglass.learning.plans.kernel.arithmetic.elementary import erf, exp, expm1, tanh
from isinglass.learning.plans.kernel.arithmetic.trigonometry import sin_cos

EPSILON = float(np.finfo(np.float32).eps)
NEAR_ZERO = np.geomspace(1e-7, 1, 2001)


@numba.njit(error_model="numpy")
def compiled(x: np.ndarray, out: np.ndarray) -> None:
    for i in range(x.size):
        out[0, i], out[1, i], out[2, i], out[3, i] = exp(x[i]), expm1(x[i]), tanh(x[i]), erf(x[i])
        out[4, i], out[5, i] = sin_cos(x[i])


def values(x: np.ndarray) -> np.ndarray:
    out = np.empty((6, len(x)), dtype=np.float32)
    compiled(x, out)
    return out.astype(np.float64)


def test_exponentials_are_right_to_the_last_bits() -> None:
    x = np.concatenate([np.linspace(-87, 88, 20_001), NEAR_ZERO, -NEAR_ZERO]).astype(np.float32)
    x = x[x != 0]
    wide = x.astype(np.float64)
    truth = [np.exp(wide), np.expm1(wide), np.tanh(wide), np.vectorize(math.erf)(wide)]
    for found, right in zip(values(x), truth, strict=False):
        assert np.abs(found / right - 1).max() < 2 * EPSILON


def test_sine_and_cosine_of_turns_are_right_to_the_last_bits() -> None:
    x = np.linspace(-20, 20, 40_001).astype(np.float32)
    angle = 2 * np.pi * x.astype(np.float64)
    sine, cosine = values(x)[4:]
    assert np.abs(sine - np.sin(angle)).max() < 2 * EPSILON
    assert np.abs(cosine - np.cos(angle)).max() < 2 * EPSILON


def test_no_number_stays_no_number() -> None:
    assert np.isnan(values(np.full(3, np.nan, dtype=np.float32))).all()
