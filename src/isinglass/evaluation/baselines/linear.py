"""Linear models: ridge regression, and logistic regression for classes and labels."""

from __future__ import annotations

import warnings

import numpy as np

from isinglass.evaluation.baselines.baseline import Baseline, Predictor, Table
from isinglass.evaluation.baselines.encoding import encode
from isinglass.types import Task

STRENGTHS = (1e-4, 1e-2, 1e-1, 1.0, 10.0)
"""Ridge penalties in units of the mean eigenvalue of X^T X / n."""

TOLERANCE, ITERATIONS = 1e-5, 300


def fit(table: Table, seed: int, threads: int) -> Predictor:
    """Ridge: min mean (y - a - x b)^2 + strength |b|^2. Logistic: min mean log loss(a + x b) + strength |b|^2 / 2."""
    encoding = encode(table, seed, scaled=True)
    if table.task is Task.REGRESSION:
        weights, intercept = ridge(encoding.train, table)
        return lambda inputs: encoding.apply(inputs) @ weights + intercept
    models = [_logistic(encoding.train, table, strength) for strength in STRENGTHS]
    return lambda inputs: np.stack([model(encoding.apply(inputs)) for model in models])


def ridge(x: np.ndarray, table: Table, strengths: tuple[float, ...] = STRENGTHS) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients [setting, column, out] and intercepts [setting, 1, out] from one eigendecomposition."""
    weight = table.weights / table.weights.sum()
    x_mean, y_mean = weight @ x, weight @ table.targets
    centred = x - x_mean
    gram = (centred * weight[:, None]).T @ centred
    values, vectors = np.linalg.eigh(gram)
    values = np.maximum(values, 0.0)
    right = vectors.T @ ((centred * weight[:, None]).T @ (table.targets - y_mean))
    # Directions without any spread stay out, however small the penalty.
    mean = max(float(values.mean()), np.finfo(np.float64).tiny)
    inverse = [np.where(values > 1e-12 * mean, 1.0 / (values + strength * mean), 0.0) for strength in strengths]
    weights = np.stack([vectors @ (factor[:, None] * right) for factor in inverse])
    return weights, (y_mean - x_mean @ weights)[:, None, :]


def _logistic(x: np.ndarray, table: Table, strength: float) -> Predictor:
    if table.task is Task.CLASSIFICATION:
        return _classes(x, table, table.targets[:, 0].astype(np.int64), strength)
    labels = [_classes(x, table, column.astype(np.int64), strength, width=2) for column in table.targets.T]
    return lambda inputs: np.stack([label(inputs)[:, 1] for label in labels], axis=1)


def _classes(x: np.ndarray, table: Table, label: np.ndarray, strength: float, *, width: int = 0) -> Predictor:
    """Probabilities [sample, width] of all classes, 0 for those that these rows do not show."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    width, present = width or table.width, np.unique(label)
    if len(present) == 1:
        return lambda inputs: np.tile((np.arange(width) == present[0]).astype(np.float64), (len(inputs), 1))
    weights = table.weights / table.weights.mean()
    model = LogisticRegression(C=1.0 / (strength * len(x)), max_iter=ITERATIONS, tol=TOLERANCE)
    with warnings.catch_warnings():
        # Classes that a line separates have no finite optimum; the penalised one reached so far serves.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, label, sample_weight=weights)

    def predict(inputs: np.ndarray) -> np.ndarray:
        probabilities = np.zeros((len(inputs), width))
        probabilities[:, present] = model.predict_proba(inputs)
        return probabilities

    return predict


BASELINE = Baseline(
    "linear", "a linear model", fit, tuple(f"penalty {strength:g}" for strength in STRENGTHS), simplicity=1
)
