"""Linear scores for many penalties at once: min mean loss(a + x W, target) + strength |W|^2 / 2 for each.

All problems share every batch, so that one pass over the data serves them all: their weights stand side by side and
one matrix product gives the scores of all. The steps are Adam's (Kingma and Ba 2015, arXiv:1412.6980) with a rate that
falls to 0, on inputs with mean 0 and of one scale, for which strengths are in units of the mean variance of a column.
Losses, summed over the columns k of the scores s, with targets t in {0, 1}:

    softmax     cross entropy of softmax(s), for classes
    logistic    cross entropy of sigmoid(s_k), for labels
    margin      max(0, 1 - (2 t_k - 1) s_k)^2, a support vector machine for each k against the rest
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)

BATCH, EPOCHS = 512, 8
LEAST_STEPS, MOST_LEAST_STEPS, LEAST_WORK = 400, 2000, 400_000
"""Small problems take more steps than their rows ask for: as many as cost `LEAST_WORK`, steps times columns."""
RATE, BETAS, EPSILON = 0.5, (0.9, 0.99), 1e-8
"""The rate is for one input; of p inputs each moves by 1 / sqrt(p) of it."""

Slope = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""The derivative of a loss: scores [row, problem, width], targets [row, 1, width] -> as scores."""


def softmax(scores: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Derivative of the cross entropy of classes."""
    exponent = np.exp(scores - scores.max(-1, keepdims=True))
    return exponent / exponent.sum(-1, keepdims=True) - target


def logistic(scores: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Derivative of the cross entropy of labels."""
    return 0.5 + 0.5 * np.tanh(0.5 * scores) - target


def margin(scores: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Derivative of the squared hinge loss."""
    side = 2.0 * target - 1.0
    return -2.0 * side * np.maximum(0.0, 1.0 - side * scores)


@dataclass(frozen=True)
class Scaling:
    """Columns to mean 0, all divided by the same number: their relative sizes say which of them matter."""

    center: np.ndarray
    factor: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return (x - self.center) * np.float32(self.factor)


def scaling(x: np.ndarray, weights: np.ndarray) -> Scaling:
    """The scaling of rows with weights: the mean variance of the scaled columns is 1."""
    share = (weights / weights.sum()).astype(np.float32)
    center = share @ x
    variance = float(np.mean(share @ np.square(x - center)))
    return Scaling(center, 1.0 / np.sqrt(variance) if variance > 0 else 1.0)


@dataclass(frozen=True)
class Scores:
    """All problems' linear functions: weights float32 [column, problem, width], intercept [problem, width]."""

    weights: np.ndarray
    intercept: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """x float32 [row, column] -> [problem, row, width]."""
        flat = x @ self.weights.reshape(len(self.weights), -1)
        return (flat.reshape(len(x), *self.intercept.shape) + self.intercept).transpose(1, 0, 2)


def train(
    x: np.ndarray, target: np.ndarray, weights: np.ndarray, *, slope: Slope, strengths: np.ndarray, seed: int
) -> Scores:
    """Fit all problems.

    Args:
        x: float32 [row, column], scaled.
        target: [row, width], 0 or 1.
        weights: float32 [row, problem] with mean 1 in each problem; 0 leaves a row out.
        slope: which loss.
        strengths: [problem].
        seed: of the order of the rows.
    """
    from threadpoolctl import threadpool_limits

    count, columns = x.shape
    problems, width = len(strengths), target.shape[1]
    batch = min(BATCH, count)
    steps = max(min(max(LEAST_STEPS, LEAST_WORK // columns), MOST_LEAST_STEPS), EPOCHS * count // batch)
    state = _Adam((columns + 1, problems * width), RATE / np.sqrt(columns))
    decay = np.repeat(strengths, width).astype(np.float32)
    truth = target.astype(np.float32)[:, None, :]
    # The products are small: a second thread would wait longer than it works, on a busy machine by far.
    with threadpool_limits(1):
        for step, index in enumerate(_batches(count, batch, steps, seed)):
            part = x[index]
            scores = (part @ state.value[:-1] + state.value[-1]).reshape(batch, problems, width)
            away = (slope(scores, truth[index]) * weights[index][:, :, None]).reshape(batch, -1)
            state.gradient[:-1] = part.T @ away / batch + decay * state.value[:-1]
            state.gradient[-1] = away.mean(0)
            state.move(step, 1.0 - step / steps)
    weights_, intercept = state.value[:-1], state.value[-1]
    return Scores(weights_.reshape(columns, problems, width), intercept.reshape(problems, width))


def _batches(count: int, batch: int, steps: int, seed: int):
    """Full batches of a reshuffled order: `steps` of them."""
    numbers, order = np.random.default_rng((seed, 7)), np.zeros(0, np.int64)
    for _ in range(steps):
        if len(order) < batch:
            order = np.concatenate([order, numbers.permutation(count)])
        yield order[:batch]
        order = order[batch:]


class _Adam:
    """Numbers that are moved against their gradient, with the memory that this takes."""

    def __init__(self, shape: tuple[int, int], rate: float) -> None:
        self.rate = rate
        self.value, self.gradient, self.first, self.second = (np.zeros(shape, np.float32) for _ in range(4))

    def move(self, step: int, factor: float) -> None:
        """One step with the gradient that stands in `gradient`."""
        (a, b), g = BETAS, self.gradient
        self.first += (1 - a) * (g - self.first)
        self.second += (1 - b) * (g * g - self.second)
        rate = self.rate * factor / (1 - a ** (step + 1))
        scale = np.sqrt(self.second / (1 - b ** (step + 1))) + EPSILON
        self.value -= np.float32(rate) * self.first / scale
