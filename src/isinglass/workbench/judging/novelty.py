"""What a fold's members have seen: how far outside it a new row lies is told with every prediction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.splits import Splits
from isinglass.inference.ensemble import Ensemble
from isinglass.inference.novelty.level import quantile
from isinglass.inference.novelty.novelty import Novelty, fit_hidden, fit_novelty
from isinglass.kinds import KINDS
from isinglass.spec import Role
from isinglass.workbench.population import Trained

MOST = 200_000
"""Training rows that are looked at."""
ASKED = 2
"""Members whose last hidden layer is remembered."""
LEARNT, UNSEEN = 1000, 600
"""Rows of each such layer, and rows out of the bags that calibrate it."""


def novelty_of(dataset: Dataset, splits: Splits, trained: Trained, fold: int | None) -> Novelty | None:
    """What a fold's members (all members: None) have seen, in the scaling of their average; None of masks."""
    if dataset.schema.over:
        return None
    roles = splits.role if fold is None else splits.role[[fold]]
    rows = np.flatnonzero((roles == Role.TRAIN).any(axis=0))
    seed = trained.training.recipe.seed
    chosen = rows if len(rows) <= MOST else np.sort(np.random.default_rng(seed).choice(rows, MOST, replace=False))
    mine = np.flatnonzero(trained.ensemble.fold == fold) if fold is not None else np.arange(len(trained.ensemble))
    members, role = trained.ensemble.take(mine), trained.role[mine]
    layers = _layers(dataset, chosen, role, members, seed)
    if "ranges" not in KINDS[dataset.schema.kind].novelty:
        return layers
    ranges = _ranges(dataset, chosen, members, seed)
    hidden = () if layers is None else layers.hidden
    names = tuple(feature.name for feature in dataset.schema.features)
    return replace(ranges, hidden=hidden, names=names, ignorance=_ignorance(dataset, chosen, role, members))


def _ranges(dataset: Dataset, rows: np.ndarray, members: Ensemble, seed: int) -> Novelty:
    view, places = members.common.view, members.state.members
    numeric = np.array([feature.kind != "code" for feature in dataset.schema.features])
    center = view.center[places].mean(dim=0).numpy()
    scale = view.scale[places].mean(dim=0).numpy() * numeric
    return fit_novelty(dataset.inputs[rows], center, scale, seed=seed)


def _layers(dataset: Dataset, rows: np.ndarray, role: np.ndarray, members: Ensemble, seed: int) -> Novelty | None:
    """The last hidden layers of some members; None where a machine has none."""
    random = np.random.default_rng(seed)
    candidates = np.sort(random.permutation(rows)[: 4 * UNSEEN])

    def layer(member: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        learnt = rows[role[member, rows] == Role.TRAIN]
        learnt = np.sort(random.permutation(learnt)[:LEARNT])
        # Where nothing was out of the bag, rows that decided when to stop, or, of all rows, every fifth.
        unseen = next(
            (
                found
                for found in (candidates[role[member, candidates] == part] for part in (Role.OUT, Role.STOP))
                if len(found)
            ),
            learnt[::5],
        )[:UNSEEN]
        learnt = np.setdiff1d(learnt, unseen)
        return members.hidden(member, dataset.inputs[learnt]), members.hidden(member, dataset.inputs[unseen]), unseen

    if not members.hidden(0, dataset.inputs[rows[:1]]).shape[1]:
        return None
    return fit_hidden(_spread(len(members), ASKED), layer)


def _ignorance(dataset: Dataset, rows: np.ndarray, role: np.ndarray, members: Ensemble) -> np.ndarray:
    """The members' disagreement that counts as 1, [out]; none where no row is new to two of them."""
    out = role[:, rows] == Role.OUT
    told = np.flatnonzero(out.sum(axis=0) >= 2)[: 4 * UNSEEN]
    if not len(told):
        return np.zeros(0)
    found = members.predict(dataset.inputs[rows[told]], out[:, told]).ignorance
    return np.array([quantile(values) for values in found.T])


def _spread(count: int, most: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))
