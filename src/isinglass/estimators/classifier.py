"""`Classifier`: a population of networks as scikit-learn knows classifiers."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from isinglass.estimators.base import Estimator
from isinglass.inference.prediction import Prediction
from isinglass.spec import Column, Kind, Task


class Classifier(ClassifierMixin, Estimator):
    """An ensemble of neural networks for two or more classes, with calibrated probabilities.

    Arguments and what is fitted are those of `Regressor`, but for these.

    Args:
        loss: 'cross_entropy', 'binary_cross_entropy', 'weston_watkins', 'one_vs_all', 'structured'.

    Attributes:
        classes_: [class], sorted.
        oob_prediction_: [sample, class]: mean probabilities of the networks that had the row outside their bags; NaN
            where there is none.
        oob_score_: the accuracy of these.
        feature_names_in_: the names of X's columns, where X has names.
    """

    _task = Task.CLASSIFICATION
    _rules = {}  # noqa: RUF012 - never changed

    classes_: np.ndarray

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class [sample]."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities [sample, class], in the order of `classes_`."""
        found = self._ask(X).probabilities
        assert found is not None
        return found

    def _read_targets(self, y: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, tuple[Column, ...]]:
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        labels = tuple(str(label) for label in self.classes_)
        name = names[0] if len(names) == 1 else "y"
        return codes.astype(np.float64)[:, None], (Column(name, Kind.CATEGORICAL, categories=labels),)

    def _judge(
        self, unseen: Prediction, y: np.ndarray, weights: np.ndarray, *, used: np.ndarray, place: np.ndarray
    ) -> None:
        probabilities = unseen.probabilities
        assert probabilities is not None
        full = np.full((len(y), len(self.classes_)), np.nan)
        full[used] = probabilities[place]
        known = np.flatnonzero(np.isfinite(full).all(axis=1))
        right = self.classes_[full[known].argmax(axis=1)] == column_or_1d(y)[known]
        self.oob_prediction_ = full
        self.oob_score_ = float(np.average(right, weights=weights[known])) if len(known) else np.nan
