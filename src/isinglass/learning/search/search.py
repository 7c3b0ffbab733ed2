"""Search: many settings tried in one population, each scored on rows that its networks never saw.

Settings that change no shapes (rate, decay, dropout, penalty strengths) are members of one stack; others make
cohorts, one stack each. Successive halving trains all settings briefly, keeps the best of them, and trains those
longer, round after round.

References: Bergstra and Bengio (2012), Random search for hyper-parameter optimization, JMLR 13, 281-305;
Jamieson and Talwalkar (2016), Non-stochastic best arm identification (successive halving), arXiv:1502.07943.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from isinglass.errors import RecipeError, TrainingError
from isinglass.learning.batches import role_index
from isinglass.learning.checkpoint import Checkpoint
from isinglass.learning.defaults import resolve
from isinglass.learning.evaluate import data_loss
from isinglass.learning.members import Member, member_seed
from isinglass.learning.problem import Problem
from isinglass.learning.run import Tick
from isinglass.learning.search.record import Record
from isinglass.learning.search.search_space import Setting, cohorts, hyper, settings
from isinglass.learning.training import Training
from isinglass.recipe import LearningRecipe, Recipe
from isinglass.spec import Role


class Assembled(Protocol):
    """A cohort that can learn, as a fit of its recipe would."""

    @property
    def problem(self) -> Problem:
        """The rows as these members see them, held-out rows as TEST."""
        ...

    @property
    def recipe(self) -> Recipe:
        """The cohort's recipe, without 'auto' for the machine."""
        ...

    def train(self, learning: LearningRecipe, *, checkpoint: Checkpoint | None) -> Training:
        """The population, ready to learn."""
        ...


Assemble = Callable[[Recipe, Sequence[Member]], Assembled]
"""`assemble(recipe, members)`: the networks of a cohort and the rows from which they learn."""

SCORED = 50_000
"""Of more held-out rows than this, so many evenly spaced ones give the score."""


@dataclass(frozen=True)
class Trial:
    """What one setting achieved.

    Attributes:
        setting: its number.
        values: dotted keys and values.
        score: mean over folds of the loss on held-out rows, lower is better; infinite if training failed.
        spread: standard deviation over folds, NaN for one fold.
        folds: the score of each fold.
        epochs: how long it was trained.
    """

    setting: int
    values: Setting
    score: float
    spread: float
    folds: tuple[float, ...]
    epochs: int


@dataclass(frozen=True)
class SearchTick:
    """Where a search is: the round and cohort that are learning, their members and their tick."""

    round: int
    rounds: int
    cohort: int
    cohorts: int
    members: tuple[Member, ...]
    tick: Tick


class Search:
    """A search that goes on while it is iterated over; then `trials` (best first) and `winner` are known.

    Args:
        recipe: the study; its `search` table says what is tried.
        assemble: builds problem and machines for the members of a cohort.
        seed: of the settings and of all members.
        record: where it is saved; what is finished there is not done again.

    Raises:
        RecipeError: for a space that cannot be searched.
    """

    def __init__(self, recipe: Recipe, assemble: Assemble, *, seed: int, record: Record | None = None) -> None:
        if recipe.search is None:
            raise RecipeError("there is no [search] table", where="search")
        if any(map(_changes_the_score, recipe.search.space)):
            raise RecipeError(
                "scores of different losses or data cannot be compared",
                where="search.space",
                given=list(recipe.search.space),
                instead="keys of [machine] and [learning], and penalty strengths",
            )
        self.recipe, self.search, self.assemble, self.seed = recipe, recipe.search, assemble, seed
        self.record = record
        self.settings = settings(recipe.search, seed=seed)
        self.trials: list[Trial] = []

    def __iter__(self) -> Iterator[SearchTick]:
        """Train everything that the record does not know already.

        Raises:
            TrainingError: no setting can be trained. CheckpointError: the record does not fit, or cannot be written.
        """
        alive, found = list(range(len(self.settings))), {}
        for number, part in enumerate(parts := self._parts()):
            round_trials: dict[int, Trial] = {}
            groups = cohorts([self.settings[i] for i in alive], self.recipe)
            for cohort, (recipe, positions) in enumerate(groups):
                if not (trials := self._recall(number, cohort)):
                    saved = None if self.record is None else self.record.checkpoint(number, cohort)
                    training = self._training(recipe, [alive[p] for p in positions], part, saved)
                    for tick in _failing_softly(training):
                        yield SearchTick(number, len(parts), cohort, len(groups), training.members, tick)
                    trials = self._keep(number, cohort, self._score(training))
                round_trials |= trials
            found |= round_trials
            alive = sorted(round_trials, key=lambda i: round_trials[i].score)
            alive = alive[: max(1, math.ceil(len(alive) / self.search.eta))]
        self.trials = sorted(found.values(), key=lambda trial: (-trial.epochs, trial.score))
        if not math.isfinite(self.trials[0].score):
            raise TrainingError("no setting of the search could be trained", where="search.space")

    @property
    def winner(self) -> Trial:
        """The setting with the best score, of those that were trained longest."""
        return self.trials[0]

    def _parts(self) -> list[float]:
        """The share of all epochs that each round trains for."""
        if self.search.kind != "halving":
            return [1.0]
        rounds = max(1, math.ceil(math.log(len(self.settings), self.search.eta)))
        return [float(self.search.eta) ** -(rounds - 1 - i) for i in range(rounds)]

    def _training(self, recipe: Recipe, numbers: Sequence[int], part: float, saved: Checkpoint | None) -> Training:
        cohort = self.assemble(recipe, self._members(numbers))
        learning = resolve(cohort.recipe.learning, cohort.problem.rows.epoch)
        if part < 1.0:
            learning = learning.model_copy(update={"epochs": max(1, round(int(learning.epochs) * part))})
        return cohort.train(learning, checkpoint=saved)

    def _recall(self, number: int, cohort: int) -> dict[int, Trial]:
        """The trials of a cohort that an earlier session has finished."""
        rows = self.record.recall(number, cohort) if self.record is not None else None
        return {
            setting: Trial(setting, self.settings[setting], score, spread, tuple(folds), epochs)
            for setting, score, spread, folds, epochs in rows or ()
        }

    def _keep(self, number: int, cohort: int, trials: dict[int, Trial]) -> dict[int, Trial]:
        if self.record is not None:
            rows = [[t.setting, t.score, t.spread, list(t.folds), t.epochs] for t in trials.values()]
            self.record.keep(number, cohort, rows)
        return trials

    def _members(self, numbers: Sequence[int]) -> tuple[Member, ...]:
        places = [(s, f, n) for s in numbers for f in range(self.search.folds) for n in range(self.search.members)]
        return tuple(
            Member(i, fold, member_seed(self.seed, fold, number, setting), number, setting, self._hyper(setting))
            for i, (setting, fold, number) in enumerate(places)
        )

    def _hyper(self, setting: int) -> dict[str, float]:
        return hyper(self.settings[setting])

    def _score(self, training: Training) -> dict[int, Trial]:
        rows = role_index(training.work.rows, Role.TEST, most=SCORED)
        loss = data_loss(training.report.plan, training.work, training.final_state(), rows)
        loss = torch.where(training.run.failed | ~loss.isfinite(), torch.inf, loss).numpy()
        return {s: self._trial(s, training, loss) for s in dict.fromkeys(m.setting for m in training.members)}

    def _trial(self, setting: int, training: Training, loss: np.ndarray) -> Trial:
        own = [m for m in training.members if m.setting == setting]
        by_fold = [float(np.mean([loss[m.index] for m in own if m.fold == f])) for f in sorted({m.fold for m in own})]
        finite = len(by_fold) > 1 and all(map(math.isfinite, by_fold))
        spread = float(np.std(by_fold, ddof=1)) if finite else math.nan
        epochs = training.pace.epochs
        return Trial(setting, self.settings[setting], float(np.mean(by_fold)), spread, tuple(by_fold), epochs)


def _changes_the_score(key: str) -> bool:
    """Whether losses with different values of a key are different measures."""
    return key.startswith(("objective.", "data.", "splits.")) and not key.startswith("objective.penalties")


def _failing_softly(training: Training) -> Iterator[Tick]:
    """In a search a cohort whose networks all fail is a bad score, not the end."""
    try:
        yield from training
    except TrainingError:
        if not bool(training.run.failed.all()):
            raise
