"""Optimizer steps and penalties on one member's arena, in place, one pass each.

Formulas: `isinglass.learning.optimizers.rules`, `isinglass.objective.penalties`. Padding is zero and stays zero.
"""

# Compiled code takes arrays and places one by one: bundles would cost time at each call.
# ruff: noqa: PLR0913

from __future__ import annotations

from isinglass.learning.plans.kernel.arithmetic.tiles import like, root
from isinglass.learning.plans.kernel.codes import (
    ADAGRAD,
    ADAMW,
    ALPHA,
    BETA1,
    BETA2,
    ELASTIC_NET,
    EPSILON,
    L1,
    L2_LENGTH,
    MOMENTUM,
    NESTEROV,
    RMSPROP,
    SGD,
)
from isinglass.learning.plans.kernel.compilation import exact, number, sums
from isinglass.learning.plans.kernel.layers import dot


@exact
def _sgd(theta, gradient, velocity, rate, decay, momentum, nesterov):
    for i in range(theta.size):
        g = gradient[i] + decay * theta[i]
        v = momentum * velocity[i] + g
        velocity[i] = v
        theta[i] -= rate * (g + momentum * v if nesterov else v)


@exact
def _rmsprop(theta, gradient, square, velocity, rate, decay, momentum, alpha, epsilon):
    for i in range(theta.size):
        g = gradient[i] + decay * theta[i]
        s = alpha * square[i] + (like(g, 1.0) - alpha) * g * g
        square[i] = s
        v = momentum * velocity[i] + g / (root(s) + epsilon)
        velocity[i] = v
        theta[i] -= rate * v


@exact
def _adagrad(theta, gradient, total, rate, decay, epsilon):
    for i in range(theta.size):
        g = gradient[i] + decay * theta[i]
        s = total[i] + g * g
        total[i] = s
        theta[i] -= rate * g / (root(s) + epsilon)


@exact
def _adam(theta, gradient, first, second, step, floor, keep, decay, beta1, beta2):
    for i in range(theta.size):
        t = theta[i] * keep
        g = gradient[i] + decay * t
        m = first[i] + (like(g, 1.0) - beta1) * (g - first[i])
        v = beta2 * second[i] + (like(g, 1.0) - beta2) * g * g
        first[i], second[i] = m, v
        theta[i] = t - step * m / (root(v) + floor)


@exact
def update(kind, settings, theta, gradient, first, second, rate, decay, count):
    """Step number `count` (from 1). The bias corrections of Adam are put in the rate and in epsilon."""
    momentum, epsilon = like(theta, settings[MOMENTUM]), like(theta, settings[EPSILON])
    if kind == SGD:
        _sgd(theta, gradient, first, rate, decay, momentum, settings[NESTEROV] > 0)
    elif kind == RMSPROP:
        _rmsprop(theta, gradient, first, second, rate, decay, momentum, like(theta, settings[ALPHA]), epsilon)
    elif kind == ADAGRAD:
        _adagrad(theta, gradient, first, rate, decay, epsilon)
    else:
        root = (1 - settings[BETA2] ** count) ** 0.5
        step = like(theta, rate * root / (1 - settings[BETA1] ** count))
        keep = like(theta, 1.0) - rate * decay if kind == ADAMW else like(theta, 1.0)
        coupled = like(theta, 0.0) if kind == ADAMW else decay
        beta1, beta2 = like(theta, settings[BETA1]), like(theta, settings[BETA2])
        floor = like(theta, settings[EPSILON] * root)
        _adam(theta, gradient, first, second, step, floor, keep, coupled, beta1, beta2)


@number
def _sign(w):
    one, zero = like(w, 1.0), like(w, 0.0)
    return (one if w > zero else zero) - (one if w < zero else zero)


@exact
def penalize(kind, weights, gradient, strength, ratio):
    """Add a penalty's gradient on one layer's weights."""
    two = like(strength, 2.0)
    if kind == L1:
        for i in range(weights.size):
            gradient[i] += strength * _sign(weights[i])
    elif kind == ELASTIC_NET:
        for i in range(weights.size):
            gradient[i] += strength * (two * ratio * weights[i] + _sign(weights[i]))
    else:
        factor = two * strength
        if kind == L2_LENGTH:
            length = root(dot(weights, weights))
            factor = strength / (length if length > like(length, 0.0) else like(length, 1.0))
        for i in range(weights.size):
            gradient[i] += factor * weights[i]


@sums
def clip(gradient, largest):
    """g *= min(1, largest / (|g| + 1e-6))."""
    factor = largest / (root(dot(gradient, gradient)) + like(gradient, 1e-6))
    if factor < like(factor, 1.0):
        for i in range(gradient.size):
            gradient[i] *= factor
