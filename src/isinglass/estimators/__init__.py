"""Estimators of scikit-learn: `Regressor` and `Classifier`."""

from __future__ import annotations

from isinglass.estimators.classifier import Classifier as Classifier
from isinglass.estimators.regressor import Regressor as Regressor
