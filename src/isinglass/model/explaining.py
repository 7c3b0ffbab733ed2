"""A model's explanations: of a set of rows, or of one sample; each beside those of networks with random weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from isinglass.data.rows import Labelled, Rows
from isinglass.errors import DataError, UsageError
from isinglass.evaluation.metrics import deciding
from isinglass.evaluation.score import score_of
from isinglass.explanation import LOCAL_METHODS, METHODS, Explanation, Probe, needs_targets
from isinglass.explanation.sanity import randomised, verdict
from isinglass.inference.ensemble import Ensemble
from isinglass.model.sample_explanation import look_at
from isinglass.model.scoring import answer, unseen_answers
from isinglass.model.subject import Subject
from isinglass.spec import Task

RANDOM = 24
"""Random networks that a method for rows is checked against: a curve that rises agrees with one in two by chance."""
CHECKED = 300
"""Rows that they are asked about."""
AVERAGED = ("repeat", "score", "sample")


@dataclass(frozen=True)
class ExplainedRows:
    """Rows that are asked about.

    inputs: [sample, feature]; targets, weights: of labelled rows; fold: [sample] whose members never saw them, of kept
    rows.
    """

    inputs: np.ndarray
    targets: np.ndarray | None
    weights: np.ndarray | None
    fold: np.ndarray | None

    def some(self, most: int) -> ExplainedRows:
        """At most so many of them, evenly spread."""
        step = max(1, -(-len(self.inputs) // most))
        rest = (part if part is None else part[::step] for part in (self.targets, self.weights, self.fold))
        return ExplainedRows(self.inputs[::step], *rest)


def explain(
    subject: Subject, rows: Rows | None, *, method: str, columns: Sequence[str], options: dict[str, Any]
) -> tuple[Explanation, ...]:
    """See `Model.explain`."""
    allowed = [*METHODS, *LOCAL_METHODS] if subject.schema.features else list(LOCAL_METHODS)
    if method not in allowed:
        fits = method not in METHODS
        what = "no such method" if fits else "this method asks about columns, and the model reads images"
        raise DataError(what, where="explain", given=method, allowed=allowed)
    if method in LOCAL_METHODS:
        if columns:
            raise UsageError(
                "one sample is looked at as a whole", given=", ".join(columns), instead="leave columns out."
            )
        return (_drawn(subject, look_at(subject, rows, method, **options)),)
    asked = _read(subject, rows, scored=needs_targets(method))
    seed = subject.seed
    found = METHODS[method](_probe(subject, subject.ensemble, asked), columns, seed=seed, **options)
    random = _random(subject, asked.some(CHECKED), method, columns, options)  # a row of these for each of `found`
    return tuple(
        _drawn(subject, replace(one, check=dict(one.check) | verdict(_shape(one), [_shape(other) for other in others])))
        for one, others in zip(found, random, strict=True)
    )


def _drawn(subject: Subject, found: Explanation) -> Explanation:
    if found.spec.dims[0] == "grid":
        answers = subject.schema.classes or tuple(target.name for target in subject.schema.targets)
        found = replace(found, coords={**found.coords, "answer": np.array(answers)})
    return replace(found, draw=picture, quantity=found.quantity or _quantity(subject, found.method))


def _quantity(subject: Subject, method: str) -> str:
    """What importances and curves are, with their unit."""
    numbers = subject.schema.task is Task.REGRESSION
    units = {target.unit for target in subject.schema.targets} if numbers else set()
    unit = next(iter(units)) if len(units) == 1 else ""
    metric = deciding(subject.schema.task, len(subject.schema.targets))
    if method.startswith("permutation"):
        return f"rise of {metric.label}" + (f" ({unit})" if unit and metric.power else "")
    names = ", ".join(target.name for target in subject.schema.targets)
    return f"mean {names if numbers else 'probability'}" + (f" ({unit})" if unit else "")


def picture(found: Explanation) -> str:
    """The figure for notebooks."""
    from isinglass.figures.explanations import page

    return page(found)


def _random(
    subject: Subject, rows: ExplainedRows, method: str, columns: Sequence[str], options: dict[str, Any]
) -> Iterator[tuple[Explanation, ...]]:
    """The same of random networks, one by one: of each explanation, all of theirs. They have seen no row."""
    quick = {key: value for key, value in options.items() if key != "first"}
    if method.startswith("permutation"):
        quick["repeats"] = 2
    count, rows = len(subject.ensemble), replace(rows, fold=None)
    members = (subject.ensemble.take(np.array([draw % count])) for draw in range(RANDOM))
    probes = (_probe(subject, randomised(member, 1 + draw), rows) for draw, member in enumerate(members))
    return zip(*(METHODS[method](p, columns, seed=subject.seed, **quick) for p in probes), strict=True)


def _shape(found: Explanation) -> np.ndarray:
    """What is compared: importances by name, or curves about their own means."""
    away = tuple(place for place, axis in enumerate(found.spec.dims) if axis in AVERAGED)
    values = found.values.mean(axis=away) if away else found.values
    return values if found.spec.dims[0] == "name" else values - values.mean(axis=0)


def _read(subject: Subject, rows: Rows | None, *, scored: bool) -> ExplainedRows:
    if rows is None:
        kept = subject.sample
        if not len(kept.inputs):
            cure = "give rows: isinglass explain MODEL DATA"
            raise DataError("the model keeps no rows that could be asked about", instead=cure)
        return ExplainedRows(kept.inputs, kept.targets, kept.weights, kept.fold)
    if not scored:
        return ExplainedRows(subject.read(rows).inputs, None, None, None)
    found = rows if isinstance(rows, Labelled) else subject.reader.labelled(rows)
    return ExplainedRows(found.inputs, found.targets, np.ones(len(found.targets)), None)


def _probe(subject: Subject, ensemble: Ensemble, rows: ExplainedRows) -> Probe:
    """Kept rows are answered by members that never saw them, others by all members."""
    if rows.fold is None:
        predict = partial(answer, ensemble)
    else:
        folds = np.unique(rows.fold)
        teams = [ensemble.take(np.flatnonzero(ensemble.fold == one)) for one in folds]
        predict = unseen_answers(teams, [np.flatnonzero(rows.fold == one) for one in folds])
    score = None
    if rows.targets is not None and rows.weights is not None:
        score = score_of(subject.schema.task, rows.targets, rows.weights)
    features, columns = subject.schema.features, subject.schema.columns
    return Probe(predict=predict, inputs=rows.inputs, features=features, score=score, columns=columns)
