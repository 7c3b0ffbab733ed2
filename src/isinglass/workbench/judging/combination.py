"""Networks and conventional methods together: how much each counts, found on rows that were new to all of them.

An out-of-bag row of a fold's networks and a held-out row of a method are the same training row, matched one by one;
both divisions keep units whole, and no test row of the fold is among them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.splits import Splits
from isinglass.errors import RecipeError
from isinglass.evaluation.baselines import BaselineRun, HeldOut
from isinglass.evaluation.baselines.portable import portable
from isinglass.evaluation.calibration import fit_calibration, independent, once
from isinglass.evaluation.combining import FEWEST, Held, spread_factors, stacked
from isinglass.evaluation.metrics.metric import given
from isinglass.evaluation.out_of_bag import answered_by_all
from isinglass.evaluation.outcome import Outcome
from isinglass.inference.calibration import Calibration
from isinglass.inference.combination import Blend, Combination, Method, Mixture, apart, calibrated, mixed
from isinglass.inference.ensemble import Ensemble
from isinglass.machine import COMBINED
from isinglass.recipe import Recipe
from isinglass.spec import Role, Task
from isinglass.workbench.judging.calibration import inputs_of, outcome_of
from isinglass.workbench.judging.censored import is_censored
from isinglass.workbench.judging.fold import Fold
from isinglass.workbench.population import Trained

MOST = 20_000
"""Rows of a fold that weigh the methods."""
TWICE = 200
"""Rows that two networks of a fold answer, from which on those that one alone answers are not needed: of three networks
that is one row in six, and a band that two dozen rows set is no band."""
ENOUGH, SHARE = 500, 0.5
"""A method is left out where it would leave less than this part of the rows that the others are known for, and fewer
than so many of them."""


@dataclass(frozen=True)
class Combined:
    """What the combination of networks and conventional methods achieved.

    Args:
        blends: one a fold.
        answers: of the tested rows in their order, as `scoring.ask_unseen` has them of the networks.
        raw: the outcome on these rows before it was calibrated.
        seconds: what it took beyond the networks and methods themselves.
        calibrations: of each fold's combination.
    """

    blends: tuple[Blend, ...]
    answers: Mapping[str, np.ndarray]
    raw: Outcome
    seconds: float
    calibrations: tuple[Calibration, ...]


@dataclass(frozen=True)
class Contenders:
    """What is combined.

    Args:
        dataset: the rows.
        splits: their parts.
        recipe: of the study.
        trained: all networks, for who was in whose bag.
        folds: the calibrated networks of each fold.
        runs: the conventional methods that did not fail.
    """

    dataset: Dataset
    splits: Splits
    recipe: Recipe
    trained: Trained
    folds: tuple[Fold, ...]
    runs: tuple[BaselineRun, ...]

    @property
    def task(self) -> Task:
        """What is predicted."""
        return self.dataset.schema.task

    def outcome(self, rows: np.ndarray, **told: Any) -> Outcome:
        """What is said of some rows of the data set, beside what was observed there."""
        shared = {"weights": self.dataset.weights[rows], "groups": self.splits.units[rows]}
        coverage = self.recipe.evaluation.coverage
        return Outcome(self.dataset.targets[rows], self.task, coverage=coverage, **shared, **told)

    def calibration(self, outcome: Outcome, rows: np.ndarray) -> Calibration:
        """Of an outcome on rows that nobody had learnt from, where the recipe asks for it; copies count once."""
        if not self.recipe.evaluation.calibrate:
            return Calibration()
        hashed = inputs_of(self.dataset.inputs[rows], self.dataset.schema.spec)
        return fit_calibration(once(outcome, hashed), witnesses=independent(outcome, hashed))


@dataclass(frozen=True)
class _Matched:
    """Rows of a fold that are new to everybody.

    rows: places in the data set; names, others: the methods and what they say, [method, row, width]; own: what the
    networks say, as if all had answered; excess: [row, width], what the squared residuals of so few have more.
    """

    rows: np.ndarray
    names: tuple[str, ...]
    others: np.ndarray
    own: Mixture
    excess: np.ndarray


def combine(found: Contenders, answers: Mapping[str, np.ndarray]) -> Combined | None:
    """Weigh the methods of each fold, and say what they say together of the fold's test rows.

    Args:
        found: networks and methods.
        answers: of the networks, for the tested rows.

    Returns:
        None where there is nothing to combine: masks, limits in the place of values, no method that keeps its held-out
        predictions, or fewer than 20 rows that are new to networks and methods.
    """
    start = time.perf_counter()
    known = tuple(run for run in found.runs if len(run.held) == len(found.folds))
    if not known or is_censored(found.dataset):
        return None
    found = replace(found, runs=known)
    matched = [_matched(found, number) for number in range(len(found.folds))]
    weighed = [_weighed(found, number, one) for number, one in enumerate(matched) if one is not None]
    if len(weighed) < len(matched):
        return None
    told, raw = _told(found, weighed, answers)
    blends, calibrations = zip(*weighed, strict=True)
    return Combined(blends, told, raw, time.perf_counter() - start, calibrations)


def require_combinable(recipe: Recipe, dataset: Dataset) -> None:
    """Raises RecipeError where networks cannot be combined with conventional methods, though the recipe asks for it."""
    if recipe.machine.kind != COMBINED:
        return
    if recipe.evaluation.baselines in ("none", ()):
        raise RecipeError(
            "networks are combined with conventional methods, and there are none",
            where="evaluation.baselines",
            given="none",
            instead="evaluation.baselines = 'auto', or machine.kind = 'mlp'",
        )
    if is_censored(dataset):
        raise RecipeError(
            "conventional methods know no limits: they are not combined with networks that do",
            where="machine.kind",
            given=COMBINED,
            instead="machine.kind = 'mlp'",
        )
    if recipe.evaluation.costs:
        raise RecipeError(
            "a threshold for unequal costs is chosen on what networks alone say of out-of-bag rows",
            where="evaluation.costs",
            given=f"machine.kind = '{COMBINED}'",
            instead="machine.kind = 'mlp'",
        )
    for key in ("constraints", "equations"):
        if getattr(recipe.objective, key):
            raise RecipeError(
                "conventional methods obey no laws: their combination with networks would break them",
                where=f"objective.{key}",
                given=f"machine.kind = '{COMBINED}'",
                instead="machine.kind = 'mlp'",
            )


def attempted(found: Contenders, answers: Mapping[str, np.ndarray]) -> tuple[Combined | None, tuple[str, ...]]:
    """`combine`, and what the user should know of it: nothing that fails here may cost a trained study."""
    wanted = found.recipe.machine.kind == COMBINED
    alone = "the model is the networks alone" if wanted else "the table has no such row"
    try:
        combined = combine(found, answers)
    except Exception as error:
        return None, (f"networks and conventional methods could not be combined ({error}): {alone}",)
    if combined is None and wanted:
        return None, (f"too few rows are new to networks and conventional methods to combine them: {alone}",)
    return combined, ()


def _matched(found: Contenders, number: int) -> _Matched | None:
    fold, ensemble = found.folds[number], found.folds[number].ensemble
    mine = np.flatnonzero(found.trained.ensemble.fold == number)
    outside = found.trained.role[mine] == Role.OUT
    answers = outside.sum(axis=0)
    # Two answers know of their disagreement; but many rows tell more than that.
    least = 2 if np.count_nonzero(answers >= 2) >= TWICE else 1
    rows = np.flatnonzero((answers >= least) & (found.dataset.weights > 0))
    held = _shared({run.name: run.held[number] for run in found.runs}, rows)
    if not held:
        return None
    rows = _some(next(iter(held.values())).rows)
    if len(rows) < FEWEST:
        return None
    keep = outside[:, rows]
    answered = keep.sum(axis=0)
    bare = replace(ensemble, calibration=Calibration()).predict(found.dataset.inputs[rows], keep)
    said = outcome_of(bare, found.dataset.targets[rows], weights=np.ones(len(rows)), groups=rows)
    said = answered_by_all(said, fold.steep, answered, len(mine))
    others = np.stack([_of(one, rows) for one in held.values()])
    if found.task is not Task.REGRESSION:
        told = ensemble.calibration.probabilities(given(said.probabilities), found.task)
        nothing = np.zeros_like(told)
        return _Matched(rows, tuple(held), others, Mixture(told, nothing[:, :1], nothing[:, :1]), nothing)
    own = Mixture(bare.mean, ensemble.calibration.std(given(said.std)), np.zeros_like(bare.mean))
    few = 1 / answered[:, None]
    between = bare.ignorance**2 / (1 + few)  # the networks' variance between each other
    return _Matched(rows, tuple(held), others, own, between * (few - 1 / len(mine)))


def _some(rows: np.ndarray) -> np.ndarray:
    """At most `MOST` of the rows, evenly spaced."""
    return rows[:: max(1, -(-len(rows) // MOST))]


def _shared(held: Mapping[str, HeldOut], rows: np.ndarray) -> dict[str, HeldOut]:
    """The methods that are known for enough of the rows, each for the same ones."""
    common = {name: np.intersect1d(rows, one.rows) for name, one in held.items()}
    chosen: list[str] = []
    for name in sorted(common, key=lambda name: -len(common[name])):
        both = np.intersect1d(rows, common[name])
        if len(both) >= min(ENOUGH, max(FEWEST, SHARE * len(rows))):
            chosen, rows = [*chosen, name], both
    return {name: HeldOut(rows, _of(held[name], rows)) for name in held if name in chosen}


def _of(held: HeldOut, rows: np.ndarray) -> np.ndarray:
    """What was said of these rows, all of them among the held-out ones: [row, width]."""
    order = np.argsort(held.rows)
    return held.predicted[order[np.searchsorted(held.rows, rows, sorter=order)]]


def _weighed(found: Contenders, number: int, matched: _Matched) -> tuple[Blend, Calibration]:
    """A fold's combination, and the calibration of what it says."""
    weights, truth = found.dataset.weights[matched.rows], _truth(found, matched)
    said = np.concatenate([matched.own.mean[None], matched.others])
    numbers = found.task is Task.REGRESSION
    held = Held(said - truth, matched.excess, weights, found.splits.units[matched.rows])
    shares = stacked(held, together=not numbers)
    kept = np.flatnonzero(shares[1:].any(axis=1))
    names = tuple(matched.names[place] for place in kept)
    blend = Blend(number, names, shares[0], shares[1:][kept], np.zeros((3, 0)), len(matched.rows))
    others = matched.others[kept]
    if numbers:
        mean = (shares[:, None] * said).sum(axis=0)
        distance = apart(matched.own.mean, others, mean, blend)
        each = np.einsum("r,crw->cw", held.share, held.residuals**2)
        mixture = np.stack([shares[0], (shares[1:] * each[1:]).sum(axis=0)])
        factors = spread_factors((mean - truth) ** 2, matched.own.noise**2, distance, weights, mixture=mixture)
        blend = replace(blend, spread=factors)
    said_together = _outcome(found, matched.rows, mixed(matched.own, others, blend, found.task))
    return blend, found.calibration(said_together, matched.rows)


def _truth(found: Contenders, matched: _Matched) -> np.ndarray:
    """What was observed as numbers, classes as columns of 0 and 1: [row, width]."""
    observed = found.dataset.targets[matched.rows]
    if found.task is not Task.CLASSIFICATION:
        return observed
    return (observed[:, :1] == np.arange(matched.own.mean.shape[1])).astype(np.float64)


def _outcome(found: Contenders, rows: np.ndarray, said: Mixture) -> Outcome:
    if found.task is not Task.REGRESSION:
        return found.outcome(rows, probabilities=said.mean)
    return found.outcome(rows, mean=said.mean, std=np.hypot(said.noise, said.ignorance))


def _told(
    found: Contenders, weighed: Sequence[tuple[Blend, Calibration]], answers: Mapping[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], Outcome]:
    """What the combinations say of the tested rows, calibrated, and the outcome before."""
    name = "mean" if found.task is Task.REGRESSION else "probabilities"
    own, rows = Mixture(answers[name], answers["noise"], answers["ignorance"]), found.splits.tested
    theirs = {run.name: given(getattr(run.outcome, name)) for run in found.runs}
    told = {key: values.copy() for key, values in answers.items()}
    raw = Mixture(*(np.full_like(part, np.nan) for part in (own.mean, own.noise, own.ignorance)))
    for fold, (blend, calibration) in zip(found.folds, weighed, strict=True):
        at = np.flatnonzero(np.isin(rows, fold.tested))
        mine = Mixture(own.mean[at], own.noise[at], own.ignorance[at])
        others = np.stack([theirs[one][at] for one in blend.names]) if blend.names else np.zeros((0, *mine.mean.shape))
        said = mixed(mine, others, blend, found.task)
        for part, values in zip(
            (raw.mean, raw.noise, raw.ignorance), (said.mean, said.noise, said.ignorance), strict=True
        ):
            part[at] = values
        for key, values in _calibrated(found, said, calibration).items():
            told[key][at] = values
    return told, _outcome(found, rows, raw)


def _calibrated(found: Contenders, said: Mixture, calibration: Calibration) -> dict[str, np.ndarray]:
    """Answers by their names."""
    honest = calibrated(said, calibration, found.task)
    answers = {"noise": honest.noise, "ignorance": honest.ignorance}
    if found.task is not Task.REGRESSION:
        return {**answers, "probabilities": honest.mean}
    std = np.hypot(honest.noise, honest.ignorance)
    low, high = calibration.interval(honest.mean, std, coverage=found.recipe.evaluation.coverage)
    return {**answers, "mean": honest.mean, "std": std, "low": low, "high": high}


def joined(found: Contenders, combined: Combined, ensemble: Ensemble) -> tuple[Ensemble, tuple[Fold, ...]]:
    """The predictor for new rows, and each fold's own, as combinations.

    Args:
        found: networks and methods.
        combined: their weights.
        ensemble: all networks, calibrated.
    """
    runs = {run.name: run for run in found.runs}
    blends = tuple(
        replace(blend, methods=tuple(_method(runs[name], blend.fold) for name in blend.names))
        for blend in combined.blends
    )
    whole = found.calibration(combined.raw, found.splits.tested) if len(blends) > 1 else combined.calibrations[0]
    folds = tuple(
        replace(fold, ensemble=replace(fold.ensemble, combination=Combination((blend,), calibration)))
        for fold, blend, calibration in zip(found.folds, blends, combined.calibrations, strict=True)
    )
    # What the combination's own calibration was found on are networks that each fold had calibrated.
    usual = _usual([fold.ensemble.calibration for fold in found.folds], outputs=len(ensemble.targets))
    return replace(ensemble, calibration=usual, combination=Combination(blends, whole)), folds


def _usual(calibrations: Sequence[Calibration], *, outputs: int) -> Calibration:
    """The mean of what folds correct by; intervals are the combination's own, and have no widths here."""
    if len(calibrations) == 1:
        return calibrations[0]

    def mean(name: str, without: float) -> tuple[float, ...]:
        each = [getattr(one, name) or (without,) * outputs for one in calibrations]
        return tuple(np.sqrt(np.mean(np.square(each), axis=0)).tolist())

    logs = [np.log(one.temperature) for one in calibrations]
    return Calibration(
        scale=mean("scale", 1.0) if any(one.scale for one in calibrations) else (),
        temperature=float(np.exp(np.mean(logs))),
        rows=sum(one.rows for one in calibrations),
        floor=mean("floor", 0.0) if any(one.floor for one in calibrations) else (),
        witnesses=min(one.witnesses for one in calibrations),
    )


def _method(run: BaselineRun, fold: int) -> Method:
    fitted = run.fitted[fold]
    predict = portable(fitted)
    assert predict is not None, "methods for tables all have a portable form"
    return Method(run.name, run.title, predict, fitted.scale.center, fitted.scale.spread)
