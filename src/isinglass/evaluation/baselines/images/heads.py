"""What stands behind numbers made of an image: a linear model with a penalty, chosen among `SETTINGS`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from isinglass.evaluation.baselines.baseline import Predictor, Table, blended
from isinglass.evaluation.baselines.images import stack
from isinglass.evaluation.baselines.images.stack import STRENGTHS
from isinglass.evaluation.baselines.linear import ridge
from isinglass.spec import Task

SETTINGS = tuple(f"penalty {strength:g}" for strength in STRENGTHS)
HELD_OUT = 5
"""One row in five tells how far margins can be trusted."""

Head = Callable[[np.ndarray, Table, int], Predictor]
"""(x float32 [row, column], table, seed) -> Predictor of such x."""

Features = Callable[[np.ndarray], np.ndarray]
"""Images [sample, channel, height, width] -> float32 [sample, column]."""


def regression(x: np.ndarray, table: Table, seed: int) -> Predictor:
    """Ridge regression: the numbers themselves."""
    scale = stack.scaling(x, table.weights)
    weights, intercept = ridge(scale(x).astype(np.float64), table, STRENGTHS)
    return lambda inputs: scale(inputs) @ weights + intercept


def softmax(x: np.ndarray, table: Table, seed: int) -> Predictor:
    """Logistic regression, of classes or of each label; ridge regression of numbers."""
    if table.task is Task.REGRESSION:
        return regression(x, table, seed)
    scale = stack.scaling(x, table.weights)
    slope = stack.softmax if table.task is Task.CLASSIFICATION else stack.logistic
    weights = np.repeat(_weights(table)[:, None], len(STRENGTHS), axis=1)
    scores = stack.train(scale(x), table.truth, weights, slope=slope, strengths=np.array(STRENGTHS), seed=seed)
    return lambda inputs: probabilities(scores(scale(inputs)), table.task)


def softmax_of(learn: Callable[[np.ndarray, int], Features], table: Table, seed: int, threads: int) -> Predictor:
    """Softmax, or ridge regression of numbers, behind features that are learnt from the training images and a seed."""
    features = learn(table.inputs, seed)
    predict = softmax(features(table.inputs), table, seed)
    return lambda images: predict(features(images))


def margins(x: np.ndarray, table: Table, seed: int) -> Predictor:
    """A linear support vector machine for each class against the rest; ridge regression of numbers.

    Margins become probabilities by softmax(a margin + b_class), learnt on one row in five from machines that were
    trained, beside the others, without these rows (as in Platt 1999).
    """
    if table.task is Task.REGRESSION:
        return regression(x, table, seed)
    scale = stack.scaling(x, table.weights)
    z, held = scale(x), np.random.default_rng((seed, 11)).permutation(len(x)) % HELD_OUT == 0
    weights, count = _weights(table), len(STRENGTHS)
    without = np.where(held, 0.0, weights)
    both = np.stack([weights] * count + [without / max(without.mean(), 1e-30)] * count, axis=1).astype(np.float32)
    strengths = np.array(STRENGTHS * 2)
    scores = stack.train(z, table.truth, both, slope=stack.margin, strengths=strengths, seed=seed)
    seen = scores(z[held])[count:]
    links = [link(one, table.truth[held], weights[held], table.task) for one in seen]

    def predict(inputs: np.ndarray) -> np.ndarray:
        found = scores(scale(inputs))[:count]
        linked = [factor * one + shift for one, (factor, shift) in zip(found, links, strict=True)]
        return blended(probabilities(np.stack(linked), table.task), table, votes=len(table))

    return predict


def link(margin: np.ndarray, truth: np.ndarray, weights: np.ndarray, task: Task) -> tuple[float, np.ndarray]:
    """The factor and the shift [width] of margins [row, width] with the smallest log loss.

    A faint pull towards (1, 0) keeps them finite where the margins separate the classes.
    """
    from scipy.optimize import minimize

    slope = stack.softmax if task is Task.CLASSIFICATION else stack.logistic
    share = weights[:, None] / max(weights.sum(), 1e-30)
    pull = 1.0 / max(len(margin), 1)

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        scores = point[0] * margin + point[1:]
        away = slope(scores, truth) * share
        aim = point - np.eye(1, len(point))[0]
        gradient = np.concatenate([[np.sum(away * margin)], away.sum(0)])
        return float(_log_loss(scores, truth, share, task) + pull * aim @ aim / 2), gradient + pull * aim

    found = minimize(loss, np.eye(1, margin.shape[1] + 1)[0], jac=True, method="L-BFGS-B")
    return float(found.x[0]), found.x[1:]


def probabilities(scores: np.ndarray, task: Task) -> np.ndarray:
    """Scores [..., width] -> float64 probabilities of classes, or of each label."""
    from scipy.special import expit
    from scipy.special import softmax as normalised

    scores = scores.astype(np.float64)
    return normalised(scores, axis=-1) if task is Task.CLASSIFICATION else expit(scores)


def _log_loss(scores: np.ndarray, truth: np.ndarray, share: np.ndarray, task: Task) -> float:
    from scipy.special import log_softmax

    if task is Task.CLASSIFICATION:
        return -float(np.sum(share * truth * log_softmax(scores, axis=-1)))
    return float(np.sum(share * (np.logaddexp(0.0, scores) - truth * scores)))


def _weights(table: Table) -> np.ndarray:
    return (table.weights / table.weights.mean()).astype(np.float32)
