"""Selection of columns: all sets of a round are tried as members of one population, on inner folds of training rows.

A network that may not see a column gets it scaled by 0: whatever stands there, the network is told the same, and its
weights for it learn nothing. So sets of columns differ in no shape and are trained as one stack. The networks of
different sets start from the same seeds and have the same bags: sets are compared, not luck. Known formulas and laws
read the columns that they name, whatever is selected.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from isinglass.data.dataset import Dataset
from isinglass.data.splits import Splits
from isinglass.errors import UsageError
from isinglass.evaluation.score import score_of
from isinglass.explanation import Explanation
from isinglass.explanation.dataset_level.selection import DIRECTIONS, Columns
from isinglass.learning.members import Member, member_seed
from isinglass.learning.problem import Problem
from isinglass.model.explaining import picture
from isinglass.recipe import Recipe
from isinglass.spec import Role
from isinglass.workbench.assembly import assemble
from isinglass.workbench.events import Event, Note, Stage, ticked
from isinglass.workbench.explaining import score_label
from isinglass.workbench.population import Learning, Trained, trained_of
from isinglass.workbench.prepare import Prepared, prepare
from isinglass.workbench.tune import inner_folds

FOLDS = 5
NETWORKS = 2
"""Networks of a set and fold."""
SCORED = 20_000
"""Of more held-out rows of a fold, so many evenly spaced ones give the score."""
OPTIMISTIC = (
    "too few groups leave no sealed test part: all rows have a part in the choice, so a study of the chosen columns on"
    " these rows is a little too good"
)


def select(
    recipe: Recipe,
    *,
    direction: str = "forward",
    most: int = 0,
    networks: int = NETWORKS,
    dataset: Dataset | None = None,
) -> Generator[Event, None, Explanation]:
    """Find few columns that are enough: yields events, returns the path and the choice.

    Only the training rows of the sealed scheme are used, divided again into folds of the same kind: no test part is
    opened.

    Args:
        recipe: of the study for which columns are selected.
        direction: a key of `explanation.dataset_level.selection.DIRECTIONS`.
        most: columns at most; 0: as many as help.
        networks: of each set and fold.
        dataset: rows in memory, instead of the recipe's source.

    Raises:
        UsageError: no such direction, a single column, or images. Otherwise as `study`.
    """
    if direction not in DIRECTIONS:
        raise UsageError("no such direction", where="selection", given=direction, allowed=DIRECTIONS)
    yield Stage("reading", recipe.data.source)
    found = prepare(recipe, dataset)
    names = _columns(found)
    yield from found.notes if found.splits.scheme == "sealed" else (*found.notes, Note(OPTIMISTIC, "division"))
    trial = _trial(found, networks)
    search = DIRECTIONS[direction](names, most=most)
    sets = next(search)
    while True:
        scores = yield from trial.scores(sets)
        try:
            sets = search.send(scores)
        except StopIteration as stop:
            return _told(stop.value, found, trial)


@dataclass(frozen=True)
class _Trial:
    """Where sets are tried: rows, their inner folds, the recipe without 'auto', networks of a set and fold."""

    pool: Dataset
    inner: Splits
    recipe: Recipe
    networks: int

    def scores(self, sets: Sequence[Columns]) -> Generator[Event, None, np.ndarray]:
        """Train all networks of all sets; returns the deciding score [set, fold] on held-out rows."""
        folds, size = self.inner.folds, max(map(len, sets))
        yield Stage(
            "selecting",
            f"{len(sets)} sets of up to {size} columns x {folds} folds x {self.networks} networks",
        )
        members = self._members(len(sets))
        found = assemble(self.recipe, self.pool, self.inner, members)
        found = replace(found, problem=self._masked(found.problem, members, sets))
        training = found.train()
        for tick in training:
            yield ticked(tick, members, Learning(self.pool, training, found.role))
        return self._judged(trained_of(self.pool, training, found.role), members, len(sets))

    def _members(self, sets: int) -> tuple[Member, ...]:
        """The same seeds in every set."""
        seed = self.recipe.learning.seed
        places = [(s, f, n) for s in range(sets) for f in range(self.inner.folds) for n in range(self.networks)]
        return tuple(Member(i, f, member_seed(seed, f, n), n, s) for i, (s, f, n) in enumerate(places))

    def _masked(self, problem: Problem, members: Sequence[Member], sets: Sequence[Columns]) -> Problem:
        columns = [feature.column for feature in self.pool.schema.features]
        seen = np.array([[column in chosen for column in columns] for chosen in sets])
        mask = torch.from_numpy(seen[[member.setting for member in members]])
        return replace(problem, view=replace(problem.view, scale=problem.view.scale * mask))

    def _judged(self, trained: Trained, members: Sequence[Member], sets: int) -> np.ndarray:
        setting = np.array([members[place].setting for place in trained.kept])
        scores = np.full((sets, self.inner.folds), np.inf)
        for fold in range(self.inner.folds):
            rows = np.flatnonzero(self.inner.role[fold] == Role.TEST)
            rows = rows[:: max(1, len(rows) // SCORED)]
            inputs, pool = self.pool.inputs[rows], self.pool
            score = score_of(pool.schema.task, pool.targets[rows], pool.weights[rows])
            for place in range(sets):
                team = np.flatnonzero((setting == place) & (trained.ensemble.fold == fold))
                if len(team):
                    said = trained.ensemble.take(team).predict(inputs)
                    scores[place, fold] = score(said.mean if said.probabilities is None else said.probabilities)
        return scores


def _columns(found: Prepared) -> Columns:
    names = tuple(column.name for column in found.dataset.schema.columns)
    if len(names) < 2:
        raise UsageError(
            "a selection is among two columns or more",
            where=found.dataset.name,
            given=f"{len(names)} input columns" if names else "images",
            instead="isinglass explain, for what a model of images looks at" if not names else None,
        )
    return names


def _trial(found: Prepared, networks: int) -> _Trial:
    if networks < 1:
        raise UsageError("a set is tried with 1 network or more", given=networks)
    return _Trial(*inner_folds(found, FOLDS), found.recipe, networks)


def _told(found: Explanation, prepared: Prepared, trial: _Trial) -> Explanation:
    """With the score's name and unit, and what was done."""
    units = {column.name: column.unit for column in prepared.dataset.schema.columns}
    spec = replace(found.spec, units=tuple(units[name] for name in found.spec.names))
    about = (
        f"{found.method.removeprefix('selection_')} selection on {len(trial.pool)} rows in {trial.inner.folds} folds, "
        f"{int(found.check['sets'])} sets of columns, {trial.networks} networks a set and fold"
    )
    return replace(found, spec=spec, draw=picture, quantity=score_label(prepared.dataset.schema), about=about)
