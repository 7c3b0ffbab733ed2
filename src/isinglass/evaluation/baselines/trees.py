"""Random forest (Breiman 2001, doi:10.1023/A:1010933404324) and histogram gradient boosting (as in LightGBM, Ke et al.
2017), both by scikit-learn. Missing values go their own way at each branch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from isinglass.evaluation.baselines.baseline import Bagged, Baseline, Table, blended
from isinglass.evaluation.baselines.binning import bins
from isinglass.evaluation.baselines.encoding import Encoder, encode
from isinglass.spec import Task

TREES, TREES_OF_MANY = 100, 64
"""Trees of a forest, and of one of more than `ONCE` rows: on bins these predict as well as 100 without (measured)."""
STAGES = (25, 50, 100, 200)
TREES_HELD_OUT = 37
"""Trees of a forest that is fitted for held-out rows alone: as many as answer for a row that is in no bag of theirs,
TREES / e."""
FEW = 5
"""Trees that answer for a row that is new to them."""
ONCE = 5_000
LEAF = 20
MANY_CLASSES, FEW_ROWS = 5, 2000
"""With so many classes (one tree a class and stage), or fewer rows than this, boosting stops at half the stages."""


@dataclass(frozen=True)
class ForestPredictor:
    """The mean of the trees: numbers, or probabilities with one more vote for the classes' shares.

    Attributes:
        encoder: of the inputs.
        forest: scikit-learn's `RandomForestClassifier` for a classification, else its `RandomForestRegressor`.
        table: the training rows.
        train: float32 [sample, column], their encoded inputs, as the forest was grown on them.
    """

    encoder: Encoder
    forest: Any
    table: Table
    train: np.ndarray

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        return blended(self.told(self.forest, self.encoder(inputs)), self.table, votes=TREES)[None]

    def told(self, part: Any, x: np.ndarray) -> np.ndarray:
        """What the forest, or one of its trees, says of encoded inputs: [sample, width]."""
        if self.table.task is not Task.CLASSIFICATION:
            return part.predict(x).reshape(-1, self.table.width)
        votes = np.zeros((len(x), self.table.width))
        votes[:, self.forest.classes_] = part.predict_proba(x)
        return votes


@dataclass(frozen=True)
class Boosted:
    """One booster after each of `STAGES`.

    Attributes:
        model: scikit-learn's `HistGradientBoostingRegressor`, or `...Classifier`; None where the training rows show one
            class only.
        present: the classes of the training rows; none for numbers.
        width: how many classes there are; 1 for numbers.
    """

    model: Any
    present: np.ndarray
    width: int = 1

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Encoded inputs -> [setting, sample, width]."""
        if self.model is not None and not len(self.present):
            return np.stack(_staged(self.model.staged_predict(x)))[:, :, None]
        probabilities = np.zeros((len(STAGES), len(x), self.width))
        found = 1.0 if self.model is None else _staged(self.model.staged_predict_proba(x))
        probabilities[:, :, self.present] = found
        return probabilities


@dataclass(frozen=True)
class BoostingPredictor:
    """Gradient boosting.

    Attributes:
        encoder: of the inputs.
        outputs: one booster of all classes, or one an output; of no and yes for a label.
        labels: whether there are labels.
    """

    encoder: Encoder
    outputs: tuple[Boosted, ...]
    labels: bool

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        x = self.encoder(inputs)
        first = 1 if self.labels else 0
        return np.concatenate([output(x)[:, :, first:] for output in self.outputs], axis=2)


def fit_forest(table: Table, seed: int, threads: int, most: int = TREES) -> ForestPredictor:
    """Fully grown trees on bootstrap samples, `most` of them at most; of more than `ONCE` rows, of columns in bins (see
    `binning`)."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    encoding = encode(table, seed, scaled=False)
    trees = min(most, TREES_OF_MANY if len(table) > ONCE else TREES)
    options: dict[str, Any] = {"n_estimators": trees, "n_jobs": threads, "random_state": seed & 0x7FFFFFFF}
    # For labels 0 and 1 the variance is the Gini impurity and the mean the probability.
    classes = table.task is Task.CLASSIFICATION
    forest = RandomForestClassifier(**options) if classes else RandomForestRegressor(**options)
    targets = table.targets.astype(np.int64) if classes else table.targets
    x = encoding.train.astype(np.float32)
    binned = bins(x) if len(table) > ONCE else None
    forest.fit(x if binned is None else binned.codes(x), _flat(targets), sample_weight=table.weights)
    if binned is not None:
        for one in forest.estimators_:
            binned.restore(one.tree_)
    return ForestPredictor(encoding.apply, forest, table, x)


def bagged_forest(method: ForestPredictor, inputs: np.ndarray, units: np.ndarray) -> Bagged:
    """Each row answered by the trees whose bags hold neither it nor its unit, `FEW` of them at least.

    About 37 of 100 trees answer for a single row, 14 for one of two equal rows, and none for one of a large group.
    """
    x, forest, width = method.train, method.forest, method.table.width
    _, unit = np.unique(units, return_inverse=True)
    votes, total = np.zeros(len(x)), np.zeros((len(x), width))
    for tree, bag in zip(forest.estimators_, forest.estimators_samples_, strict=True):
        shown = np.zeros(int(unit.max()) + 1, bool)
        shown[unit[bag]] = True
        out = np.flatnonzero(~shown[unit])
        if len(out):
            votes[out] += 1
            total[out] += method.told(tree, x[out])
    rows = np.flatnonzero(votes >= FEW)
    return rows, blended(total[rows] / votes[rows, None], method.table, votes=TREES)[None]


def fit_boosting(table: Table, seed: int, threads: int, setting: int = len(STAGES) - 1) -> BoostingPredictor:
    """Up to 200 trees of 31 leaves, rate 0.1; the number of trees is a setting. One booster an output.

    A leaf holds min(20, max(2, rows // 10)) rows at least: with 20, fewer than 40 rows would never be divided.

    Args:
        table: the rows.
        seed: of binning.
        threads: of no use here.
        setting: the last one that is asked for; the trees of later ones are not grown.
    """
    encoding = encode(table, seed, scaled=False)
    boost = _boosted_numbers if table.task is Task.REGRESSION else _boosted_classes
    outputs = tuple(boost(encoding.train, column, table, seed, STAGES[setting]) for column in table.targets.T)
    return BoostingPredictor(encoding.apply, outputs, table.task is Task.MULTILABEL)


def _boosted_numbers(x: np.ndarray, target: np.ndarray, table: Table, seed: int, most: int) -> Boosted:
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(**_options(table, 1, seed, most))
    model.fit(x, target, sample_weight=_unequal(table.weights))
    return Boosted(model, np.zeros(0, np.int64))


def _boosted_classes(x: np.ndarray, target: np.ndarray, table: Table, seed: int, most: int) -> Boosted:
    """All classes of a classification, or no and yes of one label."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    label, width = target.astype(np.int64), table.width if table.task is Task.CLASSIFICATION else 2
    present = np.unique(label)
    if len(present) == 1:
        return Boosted(None, present, width)
    model = HistGradientBoostingClassifier(**_options(table, len(present), seed, most))
    model.fit(x, label, sample_weight=_unequal(table.weights))
    return Boosted(model, present, width)


def _stages(table: Table, classes: int) -> int:
    return STAGES[-1] // 2 if classes >= MANY_CLASSES or len(table) < FEW_ROWS else STAGES[-1]


def _unequal(weights: np.ndarray) -> np.ndarray | None:
    """Weights that differ: with equal ones the trees are the same without, and a column is in bins in a tenth of the
    time."""
    return None if (weights == 1).all() else weights


def _options(table: Table, classes: int, seed: int, most: int = STAGES[-1]) -> dict[str, Any]:
    return {
        "max_iter": min(most, _stages(table, classes)),
        "min_samples_leaf": min(LEAF, max(2, len(table) // 10)),
        "early_stopping": False,
        "random_state": seed & 0x7FFFFFFF,
    }


def _staged(predictions) -> list[np.ndarray]:
    """The predictions after each of STAGES; the last one again where fewer were made."""
    wanted = dict.fromkeys(stage - 1 for stage in STAGES)
    found = [values for stage, values in enumerate(islice(predictions, STAGES[-1])) if stage in wanted]
    return found + [found[-1]] * (len(STAGES) - len(found))


def _flat(targets: np.ndarray) -> np.ndarray:
    return targets[:, 0] if targets.shape[1] == 1 else targets


FOREST = Baseline(
    "random_forest", "a random forest", fit_forest, parts=3, rounds=2, once=ONCE, bagged=bagged_forest, limit=50_000,
    lighter=partial(fit_forest, most=TREES_HELD_OUT), simplicity=4, pace=(0.3, 45.0),
    lightened=f"{TREES_HELD_OUT} of its trees tell its spread: groups of rows are in nearly every bag",
)  # fmt: skip
BOOSTING = Baseline(
    "gradient_boosting", "gradient boosting", fit_boosting, tuple(f"{stage} trees" for stage in STAGES), parts=3,
    rounds=2, once=ONCE, chosen=fit_boosting, simplicity=5, pace=(0.2, 8.0),
)  # fmt: skip
