"""Linear models: ridge regression, and logistic regression for classes and labels."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isinglass.evaluation.baselines.baseline import Baseline, Table
from isinglass.evaluation.baselines.encoding import Encoder, encode
from isinglass.spec import Task

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

STRENGTHS = (1e-4, 1e-2, 1e-1, 1.0, 10.0)
"""Ridge penalties in units of the mean eigenvalue of X^T X / n."""

TOLERANCE, ITERATIONS = 1e-5, 300


@dataclass(frozen=True)
class LinearPredictor:
    """Ridge regression: weights [setting, column, out], intercept [setting, 1, out] of encoded inputs."""

    encoder: Encoder
    weights: np.ndarray
    intercept: np.ndarray

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        return self.encoder(inputs) @ self.weights + self.intercept


@dataclass(frozen=True)
class Classes:
    """Probabilities of all classes, 0 for those that the training rows do not show.

    Attributes:
        model: scikit-learn's logistic regression; None where there is one class only.
        present: the classes of the training rows.
        width: how many classes there are.
    """

    model: LogisticRegression | None
    present: np.ndarray
    width: int

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Encoded inputs -> [sample, width]."""
        probabilities = np.zeros((len(x), self.width))
        probabilities[:, self.present] = 1.0 if self.model is None else self.model.predict_proba(x)
        return probabilities


@dataclass(frozen=True)
class LogisticPredictor:
    """Logistic regression.

    Attributes:
        encoder: of the inputs.
        models: for each setting one model of all classes, or one of no and yes for each label.
        labels: whether there are labels.
    """

    encoder: Encoder
    models: tuple[tuple[Classes, ...], ...]
    labels: bool

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        x = self.encoder(inputs)
        return np.stack([self._setting(x, models) for models in self.models])

    def _setting(self, x: np.ndarray, models: tuple[Classes, ...]) -> np.ndarray:
        return np.stack([model(x)[:, 1] for model in models], axis=1) if self.labels else models[0](x)


def fit(table: Table, seed: int, threads: int) -> LinearPredictor | LogisticPredictor:
    """Ridge: min mean (y - a - x b)^2 + strength |b|^2. Logistic: min mean log loss(a + x b) + strength |b|^2 / 2."""
    encoding = encode(table, seed, scaled=True)
    if table.task is Task.REGRESSION:
        return LinearPredictor(encoding.apply, *ridge(encoding.train, table))
    models = tuple(_logistic(encoding.train, table, strength) for strength in STRENGTHS)
    return LogisticPredictor(encoding.apply, models, table.task is Task.MULTILABEL)


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


def _logistic(x: np.ndarray, table: Table, strength: float) -> tuple[Classes, ...]:
    width = table.width if table.task is Task.CLASSIFICATION else 2
    return tuple(_classes(x, table, column.astype(np.int64), strength, width=width) for column in table.targets.T)


def _classes(x: np.ndarray, table: Table, label: np.ndarray, strength: float, *, width: int) -> Classes:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    present = np.unique(label)
    if len(present) == 1:
        return Classes(None, present, width)
    weights = table.weights / table.weights.mean()
    model = LogisticRegression(C=1.0 / (strength * len(x)), max_iter=ITERATIONS, tol=TOLERANCE)
    with warnings.catch_warnings():
        # Classes that a line separates have no finite optimum; the penalised one reached so far serves.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, label, sample_weight=weights)
    return Classes(model, present, width)


BASELINE = Baseline(
    "linear", "a linear model", fit, tuple(f"penalty {strength:g}" for strength in STRENGTHS), simplicity=1
)
