"""From rows and parts to trained members: each learns on its own bag, with its own scaling, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch

from isinglass.data.dataset import Dataset
from isinglass.data.splits import Splits
from isinglass.errors import TrainingError
from isinglass.inference.calibration import Calibration
from isinglass.inference.ensemble import Ensemble
from isinglass.learning.checkpoint import Checkpoint
from isinglass.learning.members import Member, product
from isinglass.learning.plans.selection.select_plan import for_prediction
from isinglass.learning.run import Tick
from isinglass.learning.train import Training
from isinglass.machine import Own
from isinglass.objective.losses import Own as OwnLoss
from isinglass.objective.penalties.user_function import Own as OwnResidual
from isinglass.recipe import Recipe
from isinglass.workbench.adversarial import cost_of
from isinglass.workbench.assembly import assemble, check_laws
from isinglass.workbench.events import Note, Progress
from isinglass.workbench.progress import progress_of

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


def train_population(
    dataset: Dataset,
    splits: Splits,
    recipe: Recipe,
    *,
    own: Own | None = None,
    residual: OwnResidual | None = None,
    loss: OwnLoss | None = None,
    checkpoint: Checkpoint | None = None,
) -> Iterator[Progress | Note | Trained]:
    """Train all members of all folds; the last thing told is `Trained`.

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
    for tick in training:
        yield from _told(tick)
    if cost := cost_of(training):
        yield Note(cost)
    yield from _given_up(int(training.run.failed.sum()), len(members))
    yield trained_of(dataset, training, members, found.role, recipe.augment.test_time)


def _told(tick: Tick) -> Iterator[Progress | Note]:
    if tick.restarted:
        count, their = len(tick.restarted), "its" if len(tick.restarted) == 1 else "their"
        who = "1 network" if count == 1 else f"{count} networks"
        yield Note(f"{who} restarted with a third of {their} learning rate: {their} loss had exploded")
    yield progress_of(tick)


def _given_up(failed: int, members: int) -> Iterator[Note]:
    if 0 < failed < members:
        who = "1 network was" if failed == 1 else f"{failed} networks were"
        yield Note(
            f"{who} given up, of {members}: their loss exploded with a smaller rate too; the others answer alone"
        )


def trained_of(
    dataset: Dataset, training: Training, members: tuple[Member, ...], role: np.ndarray, views: Views = "none"
) -> Trained:
    """The members that could be trained, as a predictor without rows. Raises TrainingError where none could."""
    team = training.team()
    rows = np.flatnonzero(~training.run.failed.numpy()[team.members.numpy()])
    if not len(rows):
        raise TrainingError("no network could be trained")
    state = team.take(torch.as_tensor(rows))
    kept = state.members.numpy()
    work = training.work
    blank = replace(
        work.problem,
        inputs=work.problem.inputs[:0],
        targets=work.problem.targets[:0],
        weights=work.problem.weights[:0],
        role=work.problem.role[:, :0],
        equations=(),
        censoring=None,
    )
    work = replace(work, problem=blank)
    ensemble = Ensemble(
        work=work,
        state=state,
        plan=for_prediction(work, training.devices),
        fold=np.array([members[place].fold for place in kept]),
        task=dataset.schema.task,
        targets=dataset.schema.targets,
        calibration=Calibration(),
        noise_floor=np.zeros(len(dataset.schema.targets)),
        views=views,
        features=tuple(dataset.schema.features),
    )
    return Trained(ensemble, role[kept], training, kept)
