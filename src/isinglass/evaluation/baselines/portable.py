"""Fitted methods as plain arrays, which a file can hold and which predict without scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from isinglass.evaluation.baselines.baseline import Table
from isinglass.evaluation.baselines.constant import ConstantPredictor
from isinglass.evaluation.baselines.encoding import Encoder
from isinglass.evaluation.baselines.fitting import Fitted
from isinglass.evaluation.baselines.linear import Classes, LinearPredictor, LogisticPredictor
from isinglass.evaluation.baselines.neighbours import COUNTS, METRICS, NeighboursPredictor
from isinglass.evaluation.baselines.sklearn_trees import boosted_trees, forest_trees
from isinglass.evaluation.baselines.trees import STAGES, TREES, Boosted, BoostingPredictor, ForestPredictor
from isinglass.portable import Boosting, Constant, Forest, Linear, Neighbours, Portable
from isinglass.portable import Encoder as PortableEncoder
from isinglass.spec import Task


def portable(fitted: Fitted) -> Portable | None:
    """The method with its chosen setting: inputs [sample, feature] -> [sample, width], numbers on `fitted.scale`.

    None for a method that has no portable form, as those for images.
    """
    make = MAKERS.get(type(fitted.method))
    return None if make is None else make(fitted.method, fitted.setting)


def _constant(method: ConstantPredictor, setting: int) -> Constant:
    return Constant(method.value)


def _linear(method: LinearPredictor, setting: int) -> Linear:
    return Linear(_encoder(method.encoder), method.weights[setting], method.intercept[setting, 0])


def _logistic(method: LogisticPredictor, setting: int) -> Linear:
    encoder = _encoder(method.encoder)
    logits = [_logits(model, encoder.columns) for model in method.models[setting]]
    if not method.labels:
        return Linear(encoder, *logits[0], "softmax")
    # Of no and yes the difference decides.
    pairs = [(weights[:, 1] - weights[:, 0], intercept[1] - intercept[0]) for weights, intercept in logits]
    weights, intercept = zip(*pairs, strict=True)
    return Linear(encoder, np.stack(weights, axis=1), np.array(intercept), "sigmoid")


def _logits(classes: Classes, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights [column, width] and intercepts [width] before a softmax; -inf for classes that never occurred."""
    weights, intercept = np.zeros((columns, classes.width)), np.full(classes.width, -np.inf)
    intercept[classes.present] = 0.0
    if classes.model is not None:
        # Of two classes scikit-learn has the logit of the second one.
        shown = classes.present[1:] if len(classes.present) == 2 else classes.present
        weights[:, shown], intercept[shown] = classes.model.coef_.T, classes.model.intercept_
    return weights, intercept


def _neighbours(method: NeighboursPredictor, setting: int) -> Neighbours:
    table, count = method.table, COUNTS[setting]
    metric = next(name for name, theirs in METRICS.items() if theirs == method.index.metric)
    return Neighbours(
        encoder=_encoder(method.encoder),
        rows=np.asarray(method.index._fit_X, np.float64),
        truth=table.truth,
        weights=table.weights,
        share=table.share,
        count=count,
        metric=metric,  # pyright: ignore[reportArgumentType]  # a key of METRICS
        votes=_votes(table, count),
    )


def _forest(method: ForestPredictor, setting: int) -> Forest:
    table = method.table
    trees = forest_trees(method.forest, table.width)
    return Forest(_encoder(method.encoder), trees, table.share, _votes(table, TREES))


def _boosting(method: BoostingPredictor, setting: int) -> Boosting:
    first = method.outputs[0]
    if not len(first.present):
        columns, link = [([place], output) for place, output in enumerate(method.outputs)], "identity"
    elif method.labels:
        columns, link = [([place], output) for place, output in enumerate(method.outputs)], "sigmoid"
    else:
        columns, link = [(_grown(first), first)], "softmax"
    base = [_base(output, labels=method.labels) for output in method.outputs]
    grown = [(places, output.model) for places, output in columns if output.model is not None]
    stages = [min(STAGES[setting], len(model._predictors)) for _, model in grown]
    trees, counts = boosted_trees([model for _, model in grown], stages)
    outputs = [np.tile(places, count // len(places)) for (places, _), count in zip(grown, counts, strict=True)]
    output = np.concatenate([*outputs, np.zeros(0)]).astype(np.int64)
    return Boosting(_encoder(method.encoder), trees, output, np.concatenate(base), link)  # pyright: ignore[reportArgumentType]


def _grown(output: Boosted) -> Sequence[int]:
    """The classes that have trees: of two the second alone."""
    return output.present[1:].tolist() if len(output.present) == 2 else output.present.tolist()


def _base(output: Boosted, *, labels: bool) -> np.ndarray:
    """What is said before the first tree: a number, one logit for each class, or the logit of a label."""
    start = np.zeros(1) if output.model is None else np.ravel(output.model._baseline_prediction)
    if not len(output.present):
        return start
    if labels:  # a label that is always or never there is certain
        return start if output.model is not None else np.where(output.present > 0, np.inf, -np.inf)
    base = np.full(output.width, -np.inf)
    base[output.present] = 0.0
    if output.model is not None:
        base[_grown(output)] = start
    return base


def _votes(table: Table, votes: float) -> float:
    return 0.0 if table.task is Task.REGRESSION else float(votes)


def _encoder(encoder: Encoder) -> PortableEncoder:
    scale = encoder.scale
    return PortableEncoder(
        plain=np.asarray(encoder.plain, np.int64),
        center=scale.center,
        factor=scale.factor,
        filled=np.asarray(scale.filled, bool),
        codes=np.array([meaning.column for meaning in encoder.meanings], np.int64),
        meanings=tuple(meaning.means for meaning in encoder.meanings),
    )


MAKERS: dict[type, Callable[[Any, int], Portable]] = {
    ConstantPredictor: _constant,
    LinearPredictor: _linear,
    LogisticPredictor: _logistic,
    NeighboursPredictor: _neighbours,
    ForestPredictor: _forest,
    BoostingPredictor: _boosting,
}
"""How each kind of fitted method becomes arrays."""
