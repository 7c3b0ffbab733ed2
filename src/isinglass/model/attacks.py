"""How small a change flips a model's answer: of one image or row, and how accuracy falls with the size of changes.

Kept samples are answered by networks that never saw them, new ones by all. Sizes are parts of the full range of values
for images (8/255 is 0.031), standard deviations of the training rows for tables; only numbers are changed of a table,
and at most to where they may be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from isinglass.data.augment.views import views
from isinglass.data.rows import Rows
from isinglass.errors import DataError, UsageError
from isinglass.explanation.robustness import ATTACKS, Attack, Curve, Space, Unit, curves
from isinglass.explanation.robustness.curves import clean
from isinglass.inference.ensemble import Ensemble
from isinglass.kinds import KINDS
from isinglass.learning.plans.forward import Scaler
from isinglass.model.model import Model
from isinglass.spec import Task

RANDOM = 100
"""Random changes of the same size that a flip is held against."""


@dataclass(frozen=True)
class AttackedSample:
    """One sample and who answers it.

    inputs: [1, ...] as encoded; truth: the class by name, '' where unknown; team: the networks; number: from 1; name:
    its file, '' where there is none.
    """

    inputs: np.ndarray
    truth: str
    team: Ensemble
    number: int
    name: str


@dataclass(frozen=True)
class Flip:
    """What an attack made of a sample.

    Args:
        asked: the sample.
        method: key of `ATTACKS`.
        changed: [1, ...], as encoded, in float; the same shape as the sample.
        size: the largest change of a value, and `unit`, what it is measured in.
        before, after: probabilities [class], calibrated.
        flipped: whether the answer is another one.
        rounded: whether it still is after rounding to the file's depth; None for tables.
        by_chance: the part of random changes of the same size that flip the answer too.
    """

    asked: AttackedSample
    method: str
    changed: np.ndarray
    size: float
    unit: str
    before: np.ndarray
    after: np.ndarray
    flipped: bool
    rounded: bool | None
    by_chance: float


def choose(model: Model, rows: Rows | None, sample: int) -> AttackedSample:
    """A sample by its number, counted from 1. Raises DataError, UsageError: there is none; a model of masks."""
    if model.schema.over:
        raise UsageError(
            "a mask has an answer at every pixel: there is no single answer to flip",
            where="attack",
            given="a model of masks",
            allowed="models of classes or numbers",
        )
    kept = rows is None
    found = None if rows is None else model.read(rows)
    inputs, names = (model.sample.inputs, None) if found is None else (found.inputs, found.names)
    if not 1 <= sample <= len(inputs):
        raise DataError(
            "there is no such sample",
            where="the model's unseen samples" if found is None else found.where,
            given=sample,
            allowed=f"1 to {len(inputs)}",
        )
    place = sample - 1
    team = _unseen_team(model, place) if kept else model.ensemble
    truth = _truth(model, model.sample.targets[place]) if kept else ""
    return AttackedSample(inputs[place : place + 1], truth, team, sample, "" if names is None else str(names[place]))


def flip(
    model: Model, asked: AttackedSample, *, method: str = "smallest", size: float | None = None, seed: int = 0
) -> Flip:
    """Attack one sample. Raises UsageError: no such method, a size that is not above 0, no classes."""
    require_classes(model)
    if method not in ATTACKS:
        raise UsageError("no such attack", where="method", given=method, allowed=ATTACKS)
    changes = KINDS[model.schema.kind].changes
    size = (changes.largest if method == "smallest" else changes.usual) if size is None else size
    if not 0 < size < np.inf:
        raise UsageError("a change has a size above 0", where="size", given=size, instead=f"{changes.usual:.3g}")
    space, unit = space_of(model, asked.team, asked.inputs)
    x = unit.to_unit(torch.from_numpy(np.asarray(asked.inputs)).to(torch.float64))
    label = space.labels(x)
    found = ATTACKS[method](space, x, label, size=size, seed=seed)
    if method == "smallest" and changes.whole:
        found = _in_whole_steps(space, unit, x, label, found)
    reach = float(found.size[0])
    with torch.no_grad():
        told = [space.answer(values).numpy() for values in (x, found.changed)]
    before, after = (asked.team.calibration.probabilities(p, model.schema.task)[0] for p in told)
    return Flip(
        asked=asked,
        method=method,
        changed=unit.to_raw(found.changed).numpy(),
        size=reach,
        unit=unit.name,
        before=before,
        after=after,
        flipped=bool(found.flipped[0]),
        rounded=_rounded(space, unit, found.changed, label) if changes.whole else None,
        by_chance=_by_chance(space, x, label, reach, seed),
    )


def curves_of(model: Model, *, most: int = 200, seed: int = 0) -> tuple[float, int, tuple[Curve, ...]]:
    """Accuracy on kept unseen samples as they are, their number, and the curves of accuracy.

    Raises UsageError: the model has no classes.
    """
    require_classes(model)
    changes, sample = KINDS[model.schema.kind].changes, model.sample
    rows = np.linspace(0, len(sample.inputs) - 1, min(most, len(sample.inputs))).round().astype(np.int64)
    teams, name = [], ""
    for fold in np.unique(sample.fold[rows]):
        mine = rows[sample.fold[rows] == fold]
        team = model.ensemble.take(np.flatnonzero(model.ensemble.fold == fold))
        space, unit = space_of(model, team, sample.inputs[mine])
        x = unit.to_unit(torch.from_numpy(sample.inputs[mine]).to(torch.float64))
        teams.append((space, x, torch.from_numpy(sample.targets[mine, 0]).long()))
        name = unit.name
    return (
        clean(teams),
        len(rows),
        curves(teams, sizes=changes.sizes, seed=seed, unit=name, corrupted=changes.corruptions),
    )


def require_classes(model: Model) -> None:
    """Raises UsageError for a model of numbers or of several labels, or for a combination, which has no slope."""
    if model.ensemble.combination is not None:
        raise UsageError(
            "an attack follows the slope of networks, and the conventional methods in a combination have none",
            where="attack",
            given="a combined model",
            instead="leave out --method, to see how far each column must move, or fit with --machine mlp.",
        )
    if model.schema.task is not Task.CLASSIFICATION:
        raise UsageError(
            "only an answer that is one of several classes can be flipped",
            where="attack",
            given=f"a model of {model.schema.task}",
            instead="for a table leave out --method, to see how far each column must move.",
        )


def space_of(model: Model, team: Ensemble, inputs: np.ndarray) -> tuple[Space, Unit]:
    """Where these inputs [sample, ...] may be changed, and the unit of changes."""
    raw = torch.from_numpy(np.asarray(inputs)).to(torch.float64)
    kind, view, places = KINDS[model.schema.kind], model.ensemble.common.view, model.ensemble.state.members
    center = view.center[places].double().mean(dim=0)
    width = 1 / view.scale[places].double().mean(dim=0).clamp_min(1e-12)
    unit, answer = kind.unit(model.schema, raw, center, width), answer_of(team)
    low, high = kind.changes.low, kind.changes.high
    return Space(lambda u: answer(unit.to_raw(u)), low, high, unit.free.to(torch.float64)), unit


def answer_of(team: Ensemble):
    """The ensemble's mean probability of inputs as encoded, differentiable: [sample, ...] -> [sample, class]."""
    places, common = team.state.members, team.common
    each = [(team.network(k), Scaler(common, places[k : k + 1])) for k in range(len(team))]

    def answer(raw: Tensor) -> Tensor:
        told = []
        for network, scaler in each:
            for view in views(team.views) if not common.view.spec.flat else (None,):
                seen = raw.to(common.dtype) if view is None else view.apply(raw.to(common.dtype))
                out = network(scaler.scaled(seen)[0]).double()
                told.append(common.objective.loss.predict(out).probabilities)
        return torch.stack(told).mean(dim=0)

    return answer


def _unseen_team(model: Model, place: int) -> Ensemble:
    return model.ensemble.take(np.flatnonzero(model.ensemble.fold == model.sample.fold[place]))


def _truth(model: Model, target: np.ndarray) -> str:
    if model.schema.task is not Task.CLASSIFICATION or not np.isfinite(target[0]):
        return ""
    return model.schema.classes[int(target[0])]


def _rounded(space: Space, unit: Unit, changed: Tensor, label: Tensor) -> bool:
    whole = unit.to_raw(changed)
    whole = whole.round() if unit.whole else whole.float().double()
    return bool((space.labels(unit.to_unit(whole)) != label)[0])


def _in_whole_steps(space: Space, unit: Unit, x: Tensor, label: Tensor, found: Attack) -> Attack:
    """The change rounded away from the image to what a file can hold, where that flips the answer too."""
    if not unit.whole:
        return found
    change = (found.changed - x) * unit.width
    whole = change.sign() * (change.abs() - 1e-9).ceil()
    changed = (x + whole / unit.width).clamp(space.low, space.high)
    flipped = space.labels(changed) != label
    return Attack(changed, (changed - x).abs().flatten(1).amax(dim=1), flipped) if bool(flipped.all()) else found


def _by_chance(space: Space, x: Tensor, label: Tensor, size: float, seed: int) -> float:
    random = torch.Generator().manual_seed(seed)
    free = 1.0 if space.free is None else space.free
    hits = 0
    for _ in range(RANDOM):
        sign = 2.0 * torch.randint(2, x.shape, generator=random).to(x.dtype) - 1.0
        hits += int((space.labels(space.near(x + size * sign * free, x, size)) != label)[0])
    return hits / RANDOM
