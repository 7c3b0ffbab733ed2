"""Losses of class scores: softmax cross entropy and the margins of support vector machines.

Raw scores are `[class, stride]`, flat; the target is the class's number. Formulas: `isinglass.objective.losses`.
"""

# Compiled code takes arrays and places one by one: bundles would cost time at each call.
# ruff: noqa: PLR0913

from __future__ import annotations

from isinglass.learning.plans.kernel.arithmetic.elementary import exp, log
from isinglass.learning.plans.kernel.arithmetic.tiles import like
from isinglass.learning.plans.kernel.codes import ONE_VS_ALL, WESTON_WATKINS
from isinglass.learning.plans.kernel.compilation import exact


@exact
def softmax(raw, target, weight, slope, scratch, numbers, classes, stride, rows):
    """l = log sum_j exp(z_j) - sum_j q_j z_j with q the (smoothed) target; slope softmax(z) - q. Returns sum(w l)."""
    top, total = scratch[:rows], scratch[stride : stride + rows]
    for i in range(rows):
        top[i], total[i] = raw[i], like(raw, 0.0)
    for j in range(1, classes):
        z = raw[j * stride : j * stride + rows]
        for i in range(rows):
            top[i] = z[i] if z[i] > top[i] else top[i]
    for j in range(classes):
        z, d = raw[j * stride : j * stride + rows], slope[j * stride : j * stride + rows]
        for i in range(rows):
            d[i] = exp(z[i] - top[i])
            total[i] += d[i]
    smoothing = like(raw, numbers[0])
    every = smoothing / like(raw, classes)
    loss = like(raw, 0.0)
    for i in range(rows):
        loss += weight[i] * (top[i] + log(total[i]))
    for j in range(classes):
        z, d = raw[j * stride : j * stride + rows], slope[j * stride : j * stride + rows]
        for i in range(rows):
            q = every + (like(raw, 1.0) - smoothing if target[i] == like(raw, j) else like(raw, 0.0))
            loss -= weight[i] * q * z[i]
            d[i] = weight[i] * (d[i] / total[i] - q)
    return loss


@exact
def margins(kind, raw, target, weight, slope, classes, stride, rows):
    """The three margin losses, sample by sample. Returns sum(w l)."""
    loss = like(raw, 0.0)
    for i in range(rows):
        mine = int(target[i])
        if kind == ONE_VS_ALL:
            loss += weight[i] * _one_vs_all(raw, weight[i], slope, mine, classes, stride, i)
        else:
            loss += weight[i] * _violations(kind, raw, weight[i], slope, mine, classes, stride, i)
    return loss


@exact
def _one_vs_all(raw, weight, slope, mine, classes, stride, i):
    total, zero = like(raw, 0.0), like(raw, 0.0)
    for j in range(classes):
        sign = like(raw, 1.0) if j == mine else like(raw, -1.0)
        gap = like(raw, 1.0) - sign * raw[j * stride + i]
        total += gap if gap > zero else zero
        slope[j * stride + i] = -weight * sign if gap >= zero else zero
    return total


@exact
def _violations(kind, raw, weight, slope, mine, classes, stride, i):
    """Sum (Weston-Watkins) or largest (structured) of max(0, f_j - f_y + 1); equal largest share the slope."""
    zero, score = like(raw, 0.0), raw[mine * stride + i]
    total, largest, ties = zero, zero, 0
    for j in range(classes):
        gap = zero if j == mine else raw[j * stride + i] - score + like(raw, 1.0)
        gap = zero if gap < zero else gap
        total += gap
        ties = 1 if gap > largest else ties + (1 if gap == largest else 0)
        largest = gap if gap > largest else largest
    pull = zero
    for j in range(classes):
        gap = raw[j * stride + i] - score + like(raw, 1.0)
        slope[j * stride + i] = zero
        if j != mine and gap >= zero and (kind == WESTON_WATKINS or gap == largest):
            share = weight if kind == WESTON_WATKINS else weight / like(raw, max(ties, 1))
            slope[j * stride + i] = share
            pull += share
    slope[mine * stride + i] = -pull
    return total if kind == WESTON_WATKINS else largest
