"""A row of a model: mean and spread over its networks, or one network's own numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isinglass.cli.output import Output
from isinglass.cli.traces.options import Wanted
from isinglass.cli.traces.result import Found, renamed
from isinglass.cli.traces.row import Row, row_of
from isinglass.cli.traces.step import step_of
from isinglass.cli.traces.words import words_of
from isinglass.errors import DataError

if TYPE_CHECKING:
    from isinglass.explanation.gradient_check import GradientCheck
    from isinglass.explanation.trace import Step
    from isinglass.model import Model


def trace_model(path: str, wanted: Wanted, output: Output) -> Found:
    """Trace a row through the networks of a model. Raises DataError, UsageError."""
    from isinglass.cli.models import load
    from isinglass.explanation.trace.rows import Asking, trace_rows

    model = load(path, wanted.data, output)
    if model.ensemble.combination is not None:
        output.note("the model is a combination with conventional methods; traced are its networks")
    row = row_of(model, wanted, output)
    if row.targets is None and wanted.optimizer is None and wanted.rate is None:
        step = None
    elif row.targets is None:
        raise DataError("without a target there is no loss, and nothing to learn", where=wanted.data)
    else:
        step = _step(model, wanted, output)
    names = tuple(feature.shown for feature in getattr(model.schema, "features", ()))
    asking = Asking(row.inputs, row.targets, names if row.inputs.ndim == 2 else (), step)
    chosen = model.ensemble.take(row.members)
    check = _check(model, row) if wanted.check else None
    return Found(trace_rows(chosen, asking), tuple(words_of(model, row, wanted)), check)


def _step(model: Model, wanted: Wanted, output: Output) -> Step | None:
    from isinglass.explanation.trace.passes.updates import KINDS
    from isinglass.learning.defaults import resolve

    own = resolve(model.recipe.learning, 1000).optimizer
    if wanted.optimizer is None and own.kind not in KINDS:
        output.note(
            f"the model was trained with {own.kind}, which has no single steps to show; --optimizer names another"
        )
        return None
    return step_of(wanted.optimizer or own.kind, wanted.rate, own)


def _check(model: Model, row: Row) -> GradientCheck:
    """Of the first member asked, in float64."""
    import torch

    from isinglass.explanation.gradient_check import gradient_check
    from isinglass.explanation.trace.rows import row_machine

    machine = row_machine(model.ensemble, int(row.members[0]), row.targets, dtype=torch.float64)
    checked = gradient_check(machine, torch.from_numpy(row.inputs.astype("float64")))
    return renamed(checked, {"input 1": "inputs"})
