"""The data loss of a batch and its slope by the raw outputs, feature-major: `[raw output, batch]`.

Formulas, raw layouts and constants are those of `isinglass.objective.losses`. Weights sum to one over the batch and
are zero where a row is padding.
"""

# Compiled code takes arrays and places one by one: bundles would cost time at each call.
# ruff: noqa: PLR0913, C901, D417

from __future__ import annotations

import math
from typing import Any

from isinglass.learning.plans.kernel.arithmetic.elementary import exp, log, log1p
from isinglass.learning.plans.kernel.arithmetic.special import digamma, lgamma
from isinglass.learning.plans.kernel.arithmetic.tiles import like
from isinglass.learning.plans.kernel.classes import margins, softmax
from isinglass.learning.plans.kernel.codes import (
    ABSOLUTE,
    BINARY,
    GAUSSIAN,
    HUBER,
    POISSON,
    QUANTILE,
    SOFTMAX,
    SQUARED,
    WESTON_WATKINS,
)
from isinglass.learning.plans.kernel.compilation import exact, number, sums
from isinglass.objective.losses import gaussian, student_t

LOG_TWO_PI, LOG_PI = math.log(2 * math.pi), math.log(math.pi)
SIGMA_SHIFT, SIGMA_FLOOR = gaussian.SHIFT, gaussian.FLOOR
NU_SHIFT, NU_FLOOR = student_t.NU_SHIFT, student_t.NU_FLOOR


@number
def softplus(x):
    """log(1 + e^x)."""
    a = -x if x < like(x, 0.0) else x
    return (x if x > like(x, 0.0) else like(x, 0.0)) + log1p(exp(-a))


@number
def sigmoid(x):
    """1 / (1 + e^-x)."""
    return like(x, 1.0) / (like(x, 1.0) + exp(-x))


@number
def _squared(z, y, c):
    e = z - y
    return e * e, e + e


@number
def _absolute(z, y, c):
    e = z - y
    zero, one = like(z, 0.0), like(z, 1.0)
    return abs(e), (one if e > zero else zero) - (one if e < zero else zero)


@number
def _huber(z, y, c):
    e = z - y
    r = abs(e)
    near = r if r < c else c
    return near * near * like(z, 0.5) + c * (r - near), (-near if e < like(z, 0.0) else near)


@number
def _poisson(z, y, c):
    rate = exp(z)
    return rate - y * z + lgamma(y + like(z, 1.0)), rate - y


@number
def _binary(z, y, c):
    soft = y * (like(z, 1.0) - c) + c * like(z, 0.5)
    return softplus(z) - soft * z, sigmoid(z) - soft


def _one(function: Any) -> Any:
    """Loss and slope where each target has one raw output of its own."""

    @sums
    def loop(raw, target, weight, slope, constant, share):
        total = like(raw, 0.0)
        for i in range(raw.size):
            value, by_z = function(raw[i], target[i], constant)
            total += weight[i] * value
            slope[i] = weight[i] * by_z * share
        return total * share

    return loop


_squared_loop, _absolute_loop, _huber_loop = _one(_squared), _one(_absolute), _one(_huber)
_poisson_loop, _binary_loop = _one(_poisson), _one(_binary)


@number
def _sigma(s):
    """sigma and its slope by s."""
    x = s + like(s, SIGMA_SHIFT)
    return softplus(x) + like(s, SIGMA_FLOOR), sigmoid(x)


@sums
def _gaussian(mean, spread, target, weight, by_mean, by_spread, share):
    total = like(mean, 0.0)
    one, half = like(mean, 1.0), like(mean, 0.5)
    for i in range(mean.size):
        sigma, sigma_slope = _sigma(spread[i])
        e = (mean[i] - target[i]) / sigma
        total += weight[i] * (like(mean, LOG_TWO_PI / 2) + log(sigma) + half * e * e)
        by_mean[i] = weight[i] * e / sigma * share
        by_spread[i] = weight[i] * (one - e * e) / sigma * sigma_slope * share
    return total * share


@sums
def _student_t(mean, spread, freedom, target, weight, by_mean, by_spread, by_freedom, share):
    total = like(mean, 0.0)
    one, half = like(mean, 1.0), like(mean, 0.5)
    for i in range(mean.size):
        sigma, sigma_slope = _sigma(spread[i])
        nu = like(mean, NU_FLOOR) + softplus(freedom[i] + like(mean, NU_SHIFT))
        t = (target[i] - mean[i]) / sigma
        ratio = t * t / nu
        power = half * (nu + one)
        logs = log1p(ratio)
        constant = half * (log(nu) + like(mean, LOG_PI)) + lgamma(half * nu) - lgamma(power)
        total += weight[i] * (log(sigma) + constant + power * logs)
        pull = (nu + one) * ratio / (one + ratio)
        by_mean[i] = -weight[i] * (nu + one) * t / (nu * (one + ratio)) / sigma * share
        by_spread[i] = weight[i] * (one - pull) / sigma * sigma_slope * share
        by_nu = half * (one / nu + digamma(half * nu) - digamma(power) + logs - pull / nu)
        by_freedom[i] = weight[i] * by_nu * sigmoid(freedom[i] + like(mean, NU_SHIFT)) * share
    return total * share


@exact
def _pinball(raw, target, weight, slope, numbers, levels, first, step):
    """One sample and target: raw outputs at first, first + step, ...; returns the sum over levels."""
    anchor = int(numbers[0])
    zero, total, by_centre = like(raw, 0.0), like(raw, 0.0), like(raw, 0.0)
    q = raw[first]
    for i in range(anchor, -1, -1):
        if i < anchor:
            q -= softplus(raw[first + (1 + i) * step])
        e, level = target - q, like(raw, numbers[1 + i])
        total += level * e + (zero if e > zero else -e)
        by_q = (zero if e > zero else like(raw, 1.0)) - level
        by_centre += by_q
        if i < anchor:
            slope[first + (1 + i) * step] = by_q
    q = raw[first]
    for i in range(anchor + 1, levels):
        q += softplus(raw[first + i * step])
        e, level = target - q, like(raw, numbers[1 + i])
        total += level * e + (zero if e > zero else -e)
        by_q = (zero if e > zero else like(raw, 1.0)) - level
        by_centre += by_q
        slope[first + i * step] = by_q
    slope[first] = weight * by_centre
    gathered = zero
    for i in range(anchor):  # a step down moves its level and all below it
        gathered -= slope[first + (1 + i) * step]
        slope[first + (1 + i) * step] = weight * gathered * sigmoid(raw[first + (1 + i) * step])
    gathered = zero
    for i in range(levels - 1, anchor, -1):
        gathered += slope[first + i * step]
        slope[first + i * step] = weight * gathered * sigmoid(raw[first + i * step])
    return total


@exact
def _quantile(raw, target, weight, slope, numbers, out, width, stride, rows):
    levels = width // out
    share = like(raw, 1.0) / like(raw, width)
    total = like(raw, 0.0)
    for o in range(out):
        for i in range(rows):
            part = weight[i] * share
            total += part * _pinball(
                raw, target[o * stride + i], part, slope, numbers, levels, o * stride + i, out * stride
            )
    return total


@exact
def loss_and_slope(code, numbers, raw, target, weight, slope, scratch, out, width, stride, rows):
    """sum(w l) over a batch, and its slope by raw.

    Args:
        code, numbers: which loss (`code_of`).
        raw, slope: `[width, stride]`, flat. target: `[out, stride]`, flat. weight: `[stride]`.
        scratch: `[2, stride]`, flat.
        out, width: targets and raw outputs of a sample.
        stride: length of a row.
        rows: samples, the first of each row.
    """
    if code == SOFTMAX:
        return softmax(raw, target, weight, slope, scratch, numbers, width, stride, rows)
    if code >= WESTON_WATKINS:
        return margins(code, raw, target, weight, slope, width, stride, rows)
    if code == QUANTILE:
        return _quantile(raw, target, weight, slope, numbers, out, width, stride, rows)
    total = like(raw, 0.0)
    share, constant = like(raw, 1.0) / like(raw, out), like(raw, numbers[0])
    w = weight[:rows]
    for o in range(out):
        a = o * stride
        z, y, d = raw[a : a + rows], target[a : a + rows], slope[a : a + rows]
        if code == SQUARED:
            total += _squared_loop(z, y, w, d, constant, share)
        elif code == ABSOLUTE:
            total += _absolute_loop(z, y, w, d, constant, share)
        elif code == HUBER:
            total += _huber_loop(z, y, w, d, constant, share)
        elif code == POISSON:
            total += _poisson_loop(z, y, w, d, constant, share)
        elif code == BINARY:
            total += _binary_loop(z, y, w, d, constant, share)
        else:
            b = a + out * stride
            s, by_s = raw[b : b + rows], slope[b : b + rows]
            if code == GAUSSIAN:
                total += _gaussian(z, s, y, w, d, by_s, share)
            else:
                c = b + out * stride
                total += _student_t(z, s, raw[c : c + rows], y, w, d, by_s, slope[c : c + rows], share)
    return total
