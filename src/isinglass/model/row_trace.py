"""A row of a model: mean and spread over its networks, or one network's own numbers, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from isinglass.errors import DataError, UsageError
from isinglass.explanation.gradient_check import GradientCheck, gradient_check
from isinglass.explanation.trace import Step
from isinglass.explanation.trace.passes.updates import KINDS
from isinglass.explanation.trace.rows import Asking, row_machine, trace_rows
from isinglass.explanation.trace.views.labels import number
from isinglass.explanation.written import Found, Wanted, renamed, step_of
from isinglass.learning.defaults import resolve
from isinglass.model.model import Model
from isinglass.spec import Task


@dataclass(frozen=True)
class Row:
    """One row of a table or of those kept with the model.

    Args:
        number: counted from 1.
        place: where the row is from, in words.
        inputs: `[1, feature]` or `[1, channel, height, width]`, unscaled.
        targets: `[1, out]`, unscaled; None where there are none.
        members: indices of the networks that are asked, from 0.
        unseen: whether they have never seen it; None: not known.
    """

    number: int
    place: str
    inputs: np.ndarray
    targets: np.ndarray | None
    members: np.ndarray
    unseen: bool | None


def row_of(model: Model, wanted: Wanted) -> tuple[Row, tuple[str, ...]]:
    """The row that is asked about, and notes on its source.

    Raises:
        DataError: there is no such row. UsageError: no such member.
    """
    chosen = 1 if wanted.row is None else wanted.row
    count = len(model.ensemble)
    if wanted.member is not None and not 1 <= wanted.member <= count:
        raise UsageError("no such member", given=wanted.member, allowed=f"1 to {count}")
    if wanted.data is None:
        inputs, targets, place = model.sample.inputs, model.sample.targets, "the unseen rows kept with the model"
        notes = ()
    else:
        inputs, targets, notes = _read(model, wanted.data)
        place = wanted.data
    if not 1 <= chosen <= len(inputs):
        raise DataError(f"there is no row {chosen}", where=place, allowed=f"1 to {len(inputs)}")
    at = slice(chosen - 1, chosen)
    fold = model.sample.fold[chosen - 1] if wanted.data is None else None
    blind = np.arange(count) if fold is None else np.flatnonzero(model.ensemble.fold == fold)
    members = blind if wanted.member is None else np.array([wanted.member - 1])
    unseen = None if fold is None else bool(np.isin(members, blind).all())
    return Row(chosen, place, inputs[at], None if targets is None else targets[at], members, unseen), notes


def _read(model: Model, data: str) -> tuple[np.ndarray, np.ndarray | None, tuple[str, ...]]:
    """Inputs of all rows, targets where every row has them, and notes."""
    asked = model.reader.asked(data)
    inputs, notes = asked.inputs, tuple(asked.notes)
    try:
        labelled = model.reader.labelled(data)
    except DataError:
        return inputs, None, notes
    return inputs, labelled.targets if len(labelled.targets) == len(inputs) else None, notes


def trace_model(model: Model, wanted: Wanted) -> Found:
    """Trace a row through the networks of a model. Raises DataError, UsageError."""
    row, notes = row_of(model, wanted)
    if model.ensemble.combination is not None:
        notes = ("the model is a combination with conventional methods; traced are its networks", *notes)
    if row.targets is None and wanted.optimizer is None and wanted.rate is None:
        step = None
    elif row.targets is None:
        raise DataError("without a target there is no loss, and nothing to learn", where=wanted.data)
    else:
        step, told = _step(model, wanted)
        notes = (*notes, *told)
    names = tuple(feature.shown for feature in getattr(model.schema, "features", ()))
    asking = Asking(row.inputs, row.targets, names, step)
    chosen = model.ensemble.take(row.members)
    check = _check(model, row) if wanted.check else None
    return Found(trace_rows(chosen, asking), tuple(words_of(model, row, wanted)), check, notes)


def _step(model: Model, wanted: Wanted) -> tuple[Step | None, tuple[str, ...]]:
    """The step that is shown, and why there is none."""
    own = resolve(model.recipe.learning, 1000).optimizer
    if wanted.optimizer is None and own.kind not in KINDS:
        why = f"the model was trained with {own.kind}, which has no single steps to show; --optimizer names another"
        return None, (why,)
    return step_of(wanted.optimizer or own.kind, wanted.rate, own), ()


def _check(model: Model, row: Row) -> GradientCheck:
    """Of the first member asked, in float64."""
    machine = row_machine(model.ensemble, int(row.members[0]), row.targets, dtype=torch.float64)
    checked = gradient_check(machine, torch.from_numpy(row.inputs.astype("float64")))
    return renamed(checked, {"input 1": "inputs"})


def words_of(model: Model, row: Row, wanted: Wanted) -> list[str]:
    """One line each: the row and who is asked, the answer, and what was observed, where that is known."""
    one = wanted.member is not None
    who = f"member {wanted.member}" if one else f"{len(row.members)} members"
    seen = {True: f", which ha{'s' if one else 've'} never seen it", False: ", which may have learnt from it", None: ""}
    words = [f"Row {row.number} of {row.place}; {who}{seen[row.unseen]}."]
    task = model.schema.task
    if task not in (Task.REGRESSION, Task.CLASSIFICATION, Task.MULTILABEL):
        return words
    answers = model.ensemble.networks.take(row.members).members(row.inputs)[:, 0]  # [member, out or class]
    names = model.schema.classes if task is not Task.REGRESSION else [t.name for t in model.schema.targets]
    said = [
        f"{name} {number(float(mean))}" + (f" (± {number(float(std), 2)})" if len(answers) > 1 else "")
        for name, mean, std in zip(
            names, answers.mean(axis=0), answers.std(axis=0, ddof=min(1, len(answers) - 1)), strict=True
        )
    ]
    words.append(f"Answer: {', '.join(said)}.")
    if row.targets is not None:
        words.append(f"Observed: {_observed(model, row.targets[0])}.")
    return words


def _observed(model: Model, target: np.ndarray) -> str:
    if model.schema.task is Task.CLASSIFICATION:
        return str(model.schema.classes[int(target[0])])
    return ", ".join(number(float(value)) for value in target)
