"""How the members learnt: their losses, restarts, and what the whole looks like."""

from __future__ import annotations

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.evaluation.diagnosis import diagnose
from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.report import History, Report
from isinglass.evaluation.score import score_of
from isinglass.export.sections.section import Found, Section
from isinglass.figures.learning import learning_curves
from isinglass.learning.run import Tick
from isinglass.spec import Role, Task

MEASURED = 5000
"""Training rows whose error is measured for the diagnosis."""

COURSE = """\
{% if report.history %}
{% if report.history.words %}<p>{{ report.history.words }}</p>{% endif %}
{% if report.history.restarts %}<p>{{ report.history.restarts }} {{ "member was" if report.history.restarts == 1 else "members were" }} restarted with a lower learning rate after a loss that was not finite.</p>{% endif %}
{% endif %}
"""


def build(found: Found) -> History:
    """Losses of all members, when each was best, and what the whole looks like."""
    run, kept = found.training.run, found.kept
    first = [tick for tick in run.ticks if tick.round == 0]
    best = run.best.epoch.numpy()[kept]
    return History(
        train=_curves(first, "train_loss", kept),
        stop=_curves(first, "stop_loss", kept),
        best=np.maximum(1, np.round(np.where(np.isfinite(best), best, 1))).astype(np.int64),
        loss=found.ensemble.common.objective.loss.name,
        restarts=int(run.restarts.sum()),
        words=_diagnosis(found, first),
    )


def _curves(ticks: list[Tick], name: str, kept: np.ndarray) -> np.ndarray:
    if not ticks:
        return np.zeros((len(kept), 0))
    return np.stack([getattr(tick, name) for tick in ticks], axis=1)[kept]


def _diagnosis(found: Found, ticks: list[Tick]) -> str:
    """Squared errors (or Brier scores) on rows that members trained on, against rows that nobody saw."""
    dataset, scores = found.dataset, found.scores
    if scores.alone.confusion is not None:
        return ""  # counts of pixels have no training error beside them
    power = 2 if dataset.schema.task is Task.REGRESSION else 1
    theirs = {run.name: _deciding(dataset, run.outcome) ** power for run in scores.baselines}
    constant = theirs.pop("mean", np.nan)
    return diagnose(
        _training_error(found) ** power,
        _deciding(dataset, scores.alone) ** power,
        best=min(theirs.values(), default=np.nan),
        constant=constant,
        stop=_curves(ticks, "stop_loss", found.kept),
    ).words


def _deciding(dataset: Dataset, outcome: Outcome) -> float:
    predicted = outcome.mean if dataset.schema.task is Task.REGRESSION else outcome.probabilities
    assert predicted is not None
    return score_of(dataset.schema.task, outcome.observed, outcome.weights)(predicted)


def _training_error(found: Found) -> float:
    dataset, mine = found.dataset, np.flatnonzero(found.ensemble.fold == 0)
    learnt = found.role[mine] == Role.TRAIN
    rows = np.flatnonzero(learnt.any(axis=0))
    rows = rows[:: max(1, len(rows) // MEASURED)]
    said = found.folds[0].ensemble.predict(dataset.inputs[rows], learnt[:, rows])
    predicted = said.mean if said.probabilities is None else said.probabilities
    return score_of(dataset.schema.task, dataset.targets[rows], dataset.weights[rows])(predicted)


def _known(report: Report) -> bool:
    return report.history is not None


LEARNING = Section("Learning", learning_curves, body=COURSE, build=build, field="history", shown=_known)
