"""The two compiled doors: `advance` trains members one after the other, `evaluate` runs them forwards.

A member's parameters, gradient and optimizer memory are copied into a workspace that fits the second-level cache,
stay there for all the steps of a call, and are copied back. Batches larger than a row of the buffers are taken in
parts, whose gradients add up.
"""

# Compiled code takes arrays and places one by one: bundles would cost time at each call.
# ruff: noqa: PLR0913

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from isinglass.learning.plans.kernel.arithmetic.tiles import like, root
from isinglass.learning.plans.kernel.codes import CLIP, DROPOUTS, FEATURES, INPUTS, OUTPUTS, SLOPE, STRIDE, WIDTH
from isinglass.learning.plans.kernel.compilation import exact, pasted
from isinglass.learning.plans.kernel.interpreter import backward, forward
from isinglass.learning.plans.kernel.losses import loss_and_slope
from isinglass.learning.plans.kernel.masks import key_of
from isinglass.learning.plans.kernel.updates import clip, penalize, update

CLIP_AT = 3.0
"""`isinglass.learning.view.CLIP`."""


class Network(NamedTuple):
    """`program.Program` for compiled code; T is float32 or float64.

    operations int64 `[operation, field]`; numbers float64 `[operation]`; constants T `[learner, constant]`;
    position int64 `[P]`; sizes int64: see `codes.SIZES`.
    """

    operations: np.ndarray
    numbers: np.ndarray
    constants: np.ndarray
    position: np.ndarray
    sizes: np.ndarray


class Table(NamedTuple):
    """The rows, and how each member of the problem sees them. inputs are float32, all else T."""

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    clip: np.ndarray
    target_center: np.ndarray
    target_scale: np.ndarray


class Rule(NamedTuple):
    """What is asked and how it is sought.

    loss, optimizer: codes; numbers float64: the loss's; settings float64: see `codes.SETTINGS`; decay T `[member]`;
    drop float64 `[member]`, below 0 for the layers' own; penalties int64 `[term, 3]`: kind, first and last place in the
    arena; strengths T `[term, member]`; ratios T `[term]`.
    """

    loss: int
    optimizer: int
    numbers: np.ndarray
    settings: np.ndarray
    decay: np.ndarray
    drop: np.ndarray
    penalties: np.ndarray
    strengths: np.ndarray
    ratios: np.ndarray


class Learners(NamedTuple):
    """`plan.State` for compiled code: theta and memories T `[member, P]` (a memory that is not there: `[member, 0]`),
    steps, seeds and members int64 `[member]`."""

    theta: np.ndarray
    first: np.ndarray
    second: np.ndarray
    steps: np.ndarray
    seeds: np.ndarray
    members: np.ndarray


class Room(NamedTuple):
    """Working memory of one thread, T, flat: arena four times, buffers, a transposed buffer, scratch rows, targets,
    weights."""

    theta: np.ndarray
    gradient: np.ndarray
    first: np.ndarray
    second: np.ndarray
    buffers: np.ndarray
    transposed: np.ndarray
    scratch: np.ndarray
    target: np.ndarray
    weight: np.ndarray


@exact
def _unpack(flat, position, arena):
    for i in range(flat.size):
        arena[position[i]] = flat[i]


@exact
def _pack(arena, position, flat):
    for i in range(flat.size):
        flat[i] = arena[position[i]]


@exact
def _scale(buffers, place, stride, rows, table, m):
    """Scale the inputs that stand in the buffers: z = (x - center) * scale, NaN to 0, soft clip."""
    zero, one = like(buffers, 0.0), like(buffers, 1.0)
    for feature in range(table.inputs.shape[1]):
        z = buffers[place + feature * stride : place + feature * stride + rows]
        center, factor = table.center[m, feature], table.scale[m, feature]
        for i in range(rows):
            v = (z[i] - center) * factor
            z[i] = zero if v != v else v  # only NaN differs from itself
        if table.clip[feature]:
            for i in range(rows):
                t = z[i] * like(buffers, 1 / CLIP_AT)
                z[i] = z[i] / root(one + t * t)


@exact
def _gather(table, index, m, total, buffers, place, stride, target, weight):
    """Inputs, targets and weights of some rows, as member m sees them."""
    rows, features = index.size, table.inputs.shape[1]
    for i in range(rows):
        source = table.inputs[index[i]]
        for feature in range(features):
            buffers[place + feature * stride + i] = source[feature]
    _scale(buffers, place, stride, rows, table, m)
    for out in range(table.targets.shape[1]):
        center, scale = table.target_center[m, out], table.target_scale[m, out]
        for i in range(rows):
            target[out * stride + i] = (table.targets[index[i], out] - center) / scale
    for i in range(rows):
        weight[i] = table.weights[index[i]] * total


@exact
def _weight_of(table, index):
    """The number of rows before the padding, and one over the sum of their weights (0 where that is 0)."""
    rows, total = 0, like(table.weights, 0.0)
    for i in range(index.size):
        if index[i] < 0:
            break
        total += table.weights[index[i]]
        rows += 1
    return rows, (like(total, 1.0) / total if total > like(total, 0.0) else like(total, 0.0))


@pasted
def _batch(network, table, rule, room, index, m, constants, keys):
    """Data loss and gradient (in the room's arena, penalties included) of one batch."""
    sizes, gradient = network.sizes, room.gradient
    stride, width, out = sizes[STRIDE], sizes[WIDTH], table.targets.shape[1]
    gradient[:] = like(gradient, 0.0)
    rows, share = _weight_of(table, index)
    raw = room.buffers[sizes[OUTPUTS] * stride : (sizes[OUTPUTS] + width) * stride]
    slope = room.buffers[sizes[SLOPE] * stride : (sizes[SLOPE] + width) * stride]
    loss = 0.0
    for first in range(0, rows, stride):
        count = min(stride, rows - first)
        part = index[first : first + count]
        _gather(table, part, m, share, room.buffers, sizes[INPUTS] * stride, stride, room.target, room.weight)
        forward(
            network.operations, network.numbers, constants, room.theta, room.buffers, room.scratch,
            stride, count, keys, rule.drop[m], first, like(first, 1),
        )  # fmt: skip
        loss += loss_and_slope(
            rule.loss, rule.numbers, raw, room.target, room.weight, slope, room.scratch, out, width, stride, count
        )
        backward(
            network.operations, network.numbers, constants, room.theta, gradient, room.buffers,
            room.transposed, room.scratch, stride, count, keys.size > 0,
        )  # fmt: skip
    return loss


@pasted
def _move(rule, room, m, rate, count):
    """Clip the gradient and take step number `count`."""
    if rule.settings[CLIP] > 0:
        clip(room.gradient, like(room.gradient, rule.settings[CLIP]))
    update(
        rule.optimizer, rule.settings, room.theta, room.gradient, room.first, room.second, rate, rule.decay[m], count
    )


@exact
def _penalize(rule, room, m):
    for term in range(rule.penalties.shape[0]):
        kind, a, b = rule.penalties[term, 0], rule.penalties[term, 1], rule.penalties[term, 2]
        penalize(kind, room.theta[a:b], room.gradient[a:b], rule.strengths[term, m], rule.ratios[term])


@exact
def _enter(network, learners, room, k):
    """A learner's memory into the room; nothing is left of the one before, who may have exploded."""
    for arena in (room.theta, room.first, room.second):
        arena[:] = like(arena, 0.0)
    _unpack(learners.theta[k], network.position, room.theta)
    _unpack(learners.first[k], network.position, room.first)
    _unpack(learners.second[k], network.position, room.second)


@exact
def _leave(network, learners, room, k):
    """The room's memory back to the learner."""
    _pack(room.theta, network.position, learners.theta[k])
    _pack(room.first, network.position, learners.first[k])
    _pack(room.second, network.position, learners.second[k])


@pasted
def advance(network, table, rule, learners, room, index, rates, losses, slopes, start, stop):
    """Train learners `start .. stop - 1` over index int32 `[learner, step, batch]` with rates T `[step, learner]`.

    An index with one step stands for the same rows at every step.
    losses float64 `[learner]` gets each one's mean loss. Where slopes T `[learner, P]` is not empty, nothing is
    learnt: it gets the gradient of the first step's batch.
    """
    keys = np.empty(network.sizes[DROPOUTS], dtype=np.uint64)
    learning = slopes.size == 0
    steps, own = rates.shape[0], index.shape[1] > 1
    for k in range(start, stop):
        m, total = learners.members[k], 0.0
        _enter(network, learners, room, k)
        for s in range(steps):
            for layer in range(keys.size):
                keys[layer] = key_of(learners.seeds[k], learners.steps[k], layer)
            total += _batch(network, table, rule, room, index[k, s if own else 0], m, network.constants[k], keys)
            _penalize(rule, room, m)
            if learning:
                learners.steps[k] += 1
                _move(rule, room, m, rates[s, k], learners.steps[k])
        losses[k] = total / steps
        if learning:
            _leave(network, learners, room, k)
        else:
            _pack(room.gradient, network.position, slopes[k])


@pasted
def evaluate(network, table, learners, room, inputs, out, start, stop):
    """Raw outputs in evaluation mode: inputs float32 `[learner or 1, sample, feature]` -> out T
    `[learner, sample, width]`, for learners `start .. stop - 1`."""
    sizes = network.sizes
    stride, width, features = sizes[STRIDE], sizes[WIDTH], sizes[FEATURES]
    place, outputs = sizes[INPUTS] * stride, sizes[OUTPUTS] * stride
    keys = np.empty(0, dtype=np.uint64)
    for k in range(start, stop):
        m = learners.members[k]
        _unpack(learners.theta[k], network.position, room.theta)
        source = inputs[k if inputs.shape[0] > 1 else 0]
        for first in range(0, source.shape[0], stride):
            rows = min(stride, source.shape[0] - first)
            for i in range(rows):
                for feature in range(features):
                    room.buffers[place + feature * stride + i] = source[first + i, feature]
            _scale(room.buffers, place, stride, rows, table, m)
            forward(
                network.operations, network.numbers, network.constants[k], room.theta, room.buffers, room.scratch,
                stride, rows, keys, -1.0, first, like(first, 0),
            )  # fmt: skip
            for i in range(rows):
                for j in range(width):
                    out[k, first + i, j] = room.buffers[outputs + j * stride + i]
