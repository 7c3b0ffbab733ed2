"""Random forest (Breiman 2001, doi:10.1023/A:1010933404324) and histogram gradient boosting (as in LightGBM, Ke et al.
2017), both by scikit-learn. Missing values go their own way at each branch."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np

from isinglass.evaluation.baselines.baseline import Baseline, Predictor, Table, blended
from isinglass.evaluation.baselines.encoding import Encoding, encode
from isinglass.types import Task

TREES = 100
STAGES = (25, 50, 100, 200)
LEAF = 20
MANY_CLASSES, FEW_ROWS = 5, 2000
"""With so many classes (one tree a class and stage), or fewer rows than this, boosting stops at half the stages."""


def fit_forest(table: Table, seed: int, threads: int) -> Predictor:
    """100 fully grown trees on bootstrap samples."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    encoding = encode(table, seed, scaled=False)
    options: dict[str, Any] = {"n_estimators": TREES, "n_jobs": threads, "random_state": seed & 0x7FFFFFFF}
    if table.task is Task.CLASSIFICATION:
        forest = RandomForestClassifier(**options)
        forest.fit(encoding.train, table.targets[:, 0].astype(np.int64), sample_weight=table.weights)
        return lambda inputs: blended(_all_classes(forest, encoding.apply(inputs), table), table, votes=TREES)[None]
    # For labels 0 and 1 the variance is the Gini impurity and the mean the probability.
    forest = RandomForestRegressor(**options)
    forest.fit(encoding.train, _flat(table.targets), sample_weight=table.weights)

    def predict(inputs: np.ndarray) -> np.ndarray:
        return blended(forest.predict(encoding.apply(inputs)).reshape(1, -1, table.width), table, votes=TREES)

    return predict


def fit_boosting(table: Table, seed: int, threads: int) -> Predictor:
    """Up to 200 trees of 31 leaves, rate 0.1; the number of trees is a setting. One booster an output.

    A leaf holds min(20, max(2, rows // 10)) rows at least: with 20, fewer than 40 rows would never be divided.
    """
    encoding = encode(table, seed, scaled=False)
    if table.task is Task.CLASSIFICATION:
        label = table.targets[:, 0].astype(np.int64)
        return _boosted_classes(encoding, label, table, seed, np.unique(label), table.width)
    outputs = [_boosted_output(encoding, column, table, seed) for column in table.targets.T]
    return lambda inputs: np.concatenate([output(inputs) for output in outputs], axis=2)


def _boosted_output(encoding: Encoding, target: np.ndarray, table: Table, seed: int) -> Predictor:
    """One output of a regression, or one label: [setting, sample, 1]."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    if table.task is Task.MULTILABEL:
        label = target.astype(np.int64)
        label_of = _boosted_classes(encoding, label, table, seed, np.unique(label), 2)
        return lambda inputs: label_of(inputs)[:, :, 1:]
    model = HistGradientBoostingRegressor(**_options(table, 1, seed))
    model.fit(encoding.train, target, sample_weight=table.weights)
    return lambda inputs: np.stack(_staged(model.staged_predict(encoding.apply(inputs))))[:, :, None]


def _boosted_classes(
    encoding: Encoding, label: np.ndarray, table: Table, seed: int, present: np.ndarray, width: int
) -> Predictor:
    """Probabilities of all classes at each stage: [setting, sample, width]."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    if len(present) == 1:
        sure = (np.arange(width) == present[0]).astype(np.float64)
        return lambda inputs: np.tile(sure, (len(STAGES), len(inputs), 1))
    model = HistGradientBoostingClassifier(**_options(table, len(present), seed))
    model.fit(encoding.train, label, sample_weight=table.weights)

    def predict(inputs: np.ndarray) -> np.ndarray:
        probabilities = np.zeros((len(STAGES), len(inputs), width))
        probabilities[:, :, present] = _staged(model.staged_predict_proba(encoding.apply(inputs)))
        return probabilities

    return predict


def _stages(table: Table, classes: int) -> int:
    return STAGES[-1] // 2 if classes >= MANY_CLASSES or len(table) < FEW_ROWS else STAGES[-1]


def _options(table: Table, classes: int, seed: int) -> dict[str, Any]:
    return {
        "max_iter": _stages(table, classes),
        "min_samples_leaf": min(LEAF, max(2, len(table) // 10)),
        "early_stopping": False,
        "random_state": seed & 0x7FFFFFFF,
    }


def _staged(predictions) -> list[np.ndarray]:
    """The predictions after each of STAGES; the last one again where fewer were made."""
    wanted = dict.fromkeys(stage - 1 for stage in STAGES)
    found = [values for stage, values in enumerate(islice(predictions, STAGES[-1])) if stage in wanted]
    return found + [found[-1]] * (len(STAGES) - len(found))


def _all_classes(forest, x: np.ndarray, table: Table) -> np.ndarray:
    probabilities = np.zeros((len(x), table.width))
    probabilities[:, forest.classes_] = forest.predict_proba(x)
    return probabilities


def _flat(targets: np.ndarray) -> np.ndarray:
    return targets[:, 0] if targets.shape[1] == 1 else targets


FOREST = Baseline("random_forest", "a random forest", fit_forest, parts=3, rounds=2, limit=50_000, simplicity=4)
BOOSTING = Baseline(
    "gradient_boosting", "gradient boosting", fit_boosting, tuple(f"{stage} trees" for stage in STAGES), parts=3,
    rounds=2, simplicity=5,
)  # fmt: skip
