"""A study from the recipe to the report, told event by event."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.fingerprints import short_ids
from isinglass.data.splits import Splits
from isinglass.evaluation.baselines.aside import Aside
from isinglass.evaluation.ledger import Ledger
from isinglass.evaluation.report import Importance, Insights
from isinglass.evaluation.report.masks import MaskPictures
from isinglass.inference.ensemble import Ensemble
from isinglass.kinds import KINDS
from isinglass.learning.checkpoint import Checkpoint
from isinglass.learning.plans.threads import surplus
from isinglass.model import Model, Sample
from isinglass.recipe import Recipe
from isinglass.spec import Role
from isinglass.workbench import explaining, run_folder
from isinglass.workbench.events import Event, Note, Stage, Study, Ticked, Watched, noted
from isinglass.workbench.judging import censored, scoring
from isinglass.workbench.judging.baselines import run_baselines, seconds_after_training, set_aside
from isinglass.workbench.judging.calibration import calibrate_all, calibrate_folds
from isinglass.workbench.judging.combination import Contenders, attempted, joined
from isinglass.workbench.judging.costs import decide
from isinglass.workbench.judging.fold import Fold
from isinglass.workbench.judging.masks import mask_pictures
from isinglass.workbench.judging.novelty import novelty_of
from isinglass.workbench.notes.scores import cautions
from isinglass.workbench.overrides import Given
from isinglass.workbench.pictures import pictures
from isinglass.workbench.population import Trained, train_population
from isinglass.workbench.prepare import Prepared, prepare, training_words
from isinglass.workbench.report_builder import assemble

NOTHING = Given()
KEPT = 8 << 20
"""Bytes of unseen rows that stay with the model at most; of a table, a thousand rows are far less."""


def study(
    recipe: Recipe,
    *,
    out: Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    report: bool = True,
    dataset: Dataset | None = None,
    given: Given = NOTHING,
) -> Generator[Event, None, Study]:
    """Run a study: yields events, returns what it found and wrote.

    Args:
        recipe: what is asked.
        out: folder of the results; None: nothing is written.
        overwrite: replace earlier results in it. They stay as they are until the new ones are complete.
        resume: go on from the folder's checkpoint.
        report: write report.html.
        dataset: rows in memory, instead of the recipe's source.
        given: what is given in Python beside the recipe: a network, a residual, a loss.

    Raises:
        IsinglassError: one of its kinds, with a message for the user.
    """
    start = time.perf_counter()
    run_folder.require_free(out, replaceable=overwrite or resume)
    yield Stage("reading", recipe.data.source)
    found = prepare(recipe, dataset, machine=given.machine)
    yield from found.notes
    with run_folder.held(out), run_folder.cleared_on_failure(out):
        checkpoint = run_folder.begin(out, recipe, resume=resume)
        model = yield from _fitted(found, checkpoint, given)
        model.findings = replace(model.findings, seconds=time.perf_counter() - start)
        yield Stage("writing", str(out) if out is not None else "nothing")
        paths = run_folder.write(model, out, report=report)
        if out is not None:
            run_folder.clear(out)
    return Study(model, model.findings, paths, time.perf_counter() - start)


def _fitted(found: Prepared, checkpoint: Checkpoint | None, given: Given) -> Generator[Event, None, Model]:
    """Train, then judge."""
    scored, cut = scoring.scored_splits(found.splits)
    scored, limited = censored.quantified(scored, found.dataset)
    yield Stage("training", training_words(found, seconds_after_training(found.dataset, scored, found.recipe)))
    with set_aside(found.dataset, scored, found.recipe) as aside:
        said = list(found.notes)
        if note := surplus(found.recipe.learning):
            said.append(Note(note))
            yield said[-1]
        training = Watched(_training(found, checkpoint, given))
        for event in training:
            if isinstance(event, Ticked):
                if aside is not None:
                    aside.begin()  # not before: the training has measured which plan is quickest
                rest = seconds_after_training(found.dataset, scored, found.recipe, aside)
                yield replace(event, seconds_left=event.seconds_left + rest)
                continue
            said += [event] if isinstance(event, Note) else []
            yield event
        trained = training.result
        found = replace(found, notes=tuple(said), recipe=_as_trained(found.recipe, trained))
        return (yield from _judged(found, trained, Judging(scored, cut, limited, aside)))


def _training(found: Prepared, checkpoint: Checkpoint | None, given: Given) -> Generator[Event, None, Trained]:
    return train_population(
        found.dataset,
        found.splits,
        found.recipe,
        own=found.own,
        residual=given.residual,
        loss=given.loss,
        checkpoint=checkpoint,
    )


def _as_trained(recipe: Recipe, trained: Trained) -> Recipe:
    return recipe.model_copy(update={"learning": trained.training.recipe})


@dataclass(frozen=True)
class Judging:
    """What was known of the judging before the training.

    splits: the parts that are scored; cut, limited: notes on rows that are left out, by their number and by limits in
    the place of values; aside: the conventional methods, where they have begun.
    """

    splits: Splits
    cut: tuple[str, ...]
    limited: tuple[str, ...]
    aside: Aside | None


def _judged(found: Prepared, trained: Trained, judging: Judging) -> Generator[Event, None, Model]:
    """Calibrate, open the test rows once, compare, explain."""
    dataset, recipe = found.dataset, found.recipe
    yield Stage("scoring", "conventional methods on the same rows")
    splits, cut, limited = judging.splits, judging.cut, judging.limited
    folds = calibrate_folds(dataset, found.splits, recipe, trained)
    answers = scoring.ask_unseen(dataset, splits, folds, recipe)
    threads = max(1, trained.training.report.tuning.threads)
    runs = yield from run_baselines(dataset, splits, recipe, threads, judging.aside)
    contenders = Contenders(dataset, splits, recipe, trained, folds, scoring.finished(runs))
    combined, unable = attempted(contenders, answers)
    scores = scoring.judge_all(contenders, answers, runs, combined, seconds=trained.training.run.seconds)
    ledger = Ledger().record("fit", dataset.ids[scores.rows], {n: v.value for n, v in scores.network.items()})
    # A row chosen for its value is no witness of the spread: with limits, only the out-of-bag rows are.
    ensemble = calibrate_all(trained, folds, recipe, scored=None if limited else (dataset, splits))
    ensemble = replace(ensemble, novelty=novelty_of(dataset, found.splits, trained, None))
    asked = folds
    if combined is not None and scoring.is_combined(recipe):
        ensemble, asked = joined(contenders, combined, ensemble)
    limited = (*limited, *censored.likelihood_note(dataset, found.splits, folds)) if limited else ()
    told = (note for run in runs for note in run.notes)
    warnings = [*cut, *limited, *told, *unable, *cautions(scores.network, scores.novelty, recipe)]
    decision = decide(folds, scores.unseen, recipe, dataset.schema)
    warnings = noted(warnings, "scoring")
    yield from warnings
    yield Stage("explaining", "what the network looks at")
    looks = INSIGHTS[KINDS[dataset.schema.kind].insights](dataset, asked, scores, ensemble, recipe)
    found = replace(found, notes=(*found.notes, *warnings))
    findings = replace(assemble(found, trained, folds, scores, looks, ledger=ledger), decision=decision)
    return Model(recipe, dataset.schema, ensemble, findings, ledger, _sample(dataset, splits, folds))


def _columns(
    dataset: Dataset, folds: tuple[Fold, ...], scores: scoring.Scores, ensemble: Ensemble, recipe: Recipe
) -> Insights:
    """How much each column counts, and how."""
    importance, ranking = _importance(dataset, folds, recipe)
    return Insights(importance, explaining.effects(ensemble, dataset.schema, dataset.inputs[scores.rows], ranking))


def _pictures(
    dataset: Dataset, folds: tuple[Fold, ...], scores: scoring.Scores, ensemble: Ensemble, recipe: Recipe
) -> Insights:
    """Samples, mistakes, filters, maps; masks where there are some."""
    return Insights(pictures=pictures(dataset, scores, ensemble), masks=_masks(dataset, folds[0], scores, recipe))


INSIGHTS = {"columns": _columns, "pictures": _pictures}
"""What the network looks at, by `DataKind.insights`."""


def _masks(dataset: Dataset, fold: Fold, scores: scoring.Scores, recipe: Recipe) -> MaskPictures | None:
    if scores.unseen.confusion is None:
        return None
    rows = np.intersect1d(fold.tested, scores.rows)
    return mask_pictures(dataset, rows, fold.ensemble, scores.unseen, recipe)


def _importance(dataset: Dataset, folds: tuple[Fold, ...], recipe: Recipe) -> tuple[Importance | None, list[str]]:
    columns = [column.name for column in dataset.schema.columns]
    if len(columns) < 2:
        return None, columns
    importance, _ = explaining.importance(dataset, folds, seed=recipe.learning.seed)
    order = np.argsort(-importance.single.mean(axis=1), kind="stable")
    return importance, [importance.names[place] for place in order]


def _sample(dataset: Dataset, splits: Splits, folds: tuple[Fold, ...]) -> Sample:
    """What of the rows stays with the model."""
    most = min(explaining.ASKED, max(1, KEPT // max(1, dataset.inputs[:1].nbytes)))
    step = -(-sum(len(fold.tested) for fold in folds) // most)
    parts = [fold.tested[::step] for fold in folds]
    rows = np.concatenate(parts)
    number = np.concatenate([np.full(len(part), place) for place, part in enumerate(parts)])
    learnt = short_ids(dataset.ids[(splits.role == Role.TRAIN).any(axis=0)])
    return Sample(dataset.inputs[rows], dataset.targets[rows], dataset.weights[rows], number, np.unique(learnt))
