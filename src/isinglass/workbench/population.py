"""From rows and parts to trained members: each learns on its own bag, with its own scaling, all at once."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from isinglass.data.dataset import Dataset
from isinglass.data.splits import Splits
from isinglass.errors import TrainingError
from isinglass.inference.calibration import Calibration
from isinglass.inference.ensemble import Ensemble
from isinglass.learning.checkpoint import Checkpoint
from isinglass.learning.members import product
from isinglass.learning.plans import State
from isinglass.learning.plans.forward import for_prediction
from isinglass.learning.run import Tick
from isinglass.learning.training import Training
from isinglass.machine import Own
from isinglass.objective.losses import Own as OwnLoss
from isinglass.objective.penalties.user_function import Own as OwnResidual
from isinglass.recipe import Recipe
from isinglass.workbench.assembly import assemble, check_laws
from isinglass.workbench.events import Event, Note, ticked
from isinglass.workbench.notes.adversarial import cost_of

Views = Literal["none", "flip", "shift"]


@dataclass(frozen=True)
class Trained:
    """What training leaves behind.

    Args:
        ensemble: all members that could be trained, not yet calibrated.
        role: int8 [member, sample] what each row was to each of them.
        training: the run: ticks, plan, resolved recipe.
        kept: [member] places of the ensemble's members in the training; snapshots name their member again.
    """

    ensemble: Ensemble
    role: np.ndarray
    training: Training
    kept: np.ndarray


@dataclass(frozen=True)
class Learning:
    """A population while it learns: its rows, its run, and what each row is to each member."""

    dataset: Dataset
    training: Training
    role: np.ndarray
    views: Views = "none"

    def ensemble(self) -> Ensemble:
        """The members as they are now, not calibrated. Raises TrainingError where every one has been given up."""
        return trained_of(self.dataset, self.training, self.role, self.views, state=self.training.now()).ensemble


def train_population(
    dataset: Dataset,
    splits: Splits,
    recipe: Recipe,
    *,
    own: Own | None = None,
    residual: OwnResidual | None = None,
    loss: OwnLoss | None = None,
    checkpoint: Checkpoint | None = None,
) -> Generator[Event, None, Trained]:
    """Train all members of all folds: yields notes and ticks, returns the trained members.

    Args:
        dataset: the rows.
        splits: their parts.
        recipe: resolved (see `resolved`).
        own: a machine given in Python, instead of the recipe's.
        residual: of a differential equation, given in Python.
        loss: given in Python, instead of one of `LOSSES`.
        checkpoint: where the run is saved; one that is there is gone on from.

    Raises:
        TrainingError, ConstraintError, CheckpointError: as they say.
    """
    members = product(folds=splits.folds, members=int(recipe.learning.members), seed=recipe.learning.seed)
    found = assemble(recipe, dataset, splits, members, own=own, residual=residual, loss=loss)
    yield from map(Note, (*check_laws(found.objective, dataset), *found.notes))
    training = found.train(checkpoint=checkpoint)
    learning = Learning(dataset, training, found.role, recipe.augment.test_time)
    for tick in training:
        yield from _restarts(tick)
        yield ticked(tick, members, learning)
    if cost := cost_of(training):
        yield Note(cost)
    yield from _given_up(int(training.run.failed.sum()), len(members))
    return trained_of(dataset, training, found.role, recipe.augment.test_time)


def _restarts(tick: Tick) -> Iterator[Note]:
    if tick.restarted:
        count, their = len(tick.restarted), "its" if len(tick.restarted) == 1 else "their"
        who = "1 network" if count == 1 else f"{count} networks"
        yield Note(f"{who} restarted with a third of {their} learning rate: {their} loss had exploded")


def _given_up(failed: int, members: int) -> Iterator[Note]:
    if 0 < failed < members:
        who = "1 network was" if failed == 1 else f"{failed} networks were"
        yield Note(
            f"{who} given up, of {members}: their loss exploded with a smaller rate too; the others answer alone"
        )


def trained_of(
    dataset: Dataset, training: Training, role: np.ndarray, views: Views = "none", *, state: State | None = None
) -> Trained:
    """The members that could be trained, as a predictor without rows. Raises TrainingError where none could.

    `state` has their weights, when these are not the best ones, followed by the snapshots.
    """
    team = training.team() if state is None else state
    rows = np.flatnonzero(~training.run.failed.numpy()[team.members.numpy()])
    if not len(rows):
        raise TrainingError("no network could be trained")
    state = team.take(torch.as_tensor(rows))
    kept = state.members.numpy()
    common = training.work.network
    ensemble = Ensemble(
        common=common,
        state=state,
        plan=for_prediction(common, training.devices),
        fold=np.array([training.members[place].fold for place in kept]),
        task=dataset.schema.task,
        targets=dataset.schema.targets,
        calibration=Calibration(),
        noise_floor=np.zeros(len(dataset.schema.targets)),
        views=views,
        features=tuple(dataset.schema.features),
    )
    return Trained(ensemble, role[kept], training, kept)
