"""A formula and its numbers, and a network written down by hand, with the loss and the step that its file asks for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from isinglass.errors import DataError, UsageError
from isinglass.explanation.gradient_check import GradientCheck, gradient_check
from isinglass.explanation.trace import Step, Trace, trace
from isinglass.explanation.trace.expression import function_of, trace_expression
from isinglass.explanation.trace.network import read_network
from isinglass.explanation.trace.passes.updates import KINDS
from isinglass.learning.defaults import RATES
from isinglass.recipe import OptimizerRecipe


@dataclass(frozen=True)
class Wanted:
    """Which numbers are traced; None where nothing is said.

    Attributes:
        row: of a model: this row, counted from 1; None: the first.
        data: where the row is from; None: the model's unseen rows.
        member: this network alone, counted from 1; None: mean and spread.
        optimizer: whose step is shown; None: the model's own.
        rate: its learning rate.
        check: compare the gradients with central differences.
    """

    row: int | None = None
    data: str | None = None
    member: int | None = None
    optimizer: str | None = None
    rate: float | None = None
    check: bool = False


@dataclass(frozen=True)
class Found:
    """The trace, words about what was traced, the gradient check where one was wanted, notes for the user."""

    trace: Trace
    words: tuple[str, ...]
    check: GradientCheck | None = None
    notes: tuple[str, ...] = ()


def renamed(check: GradientCheck, names: dict[str, str]) -> GradientCheck:
    """The check with other names of its tensors; those that `names` does not know stay."""
    return replace(check, tensors=tuple(replace(t, name=names.get(t.name, t.name)) for t in check.tensors))


def trace_formula(text: str, given: Sequence[str], wanted: Wanted) -> Found:
    """Trace a formula. `given` holds `NAME=NUMBER` for each of its variables. Raises UsageError."""
    if wanted.optimizer is not None or wanted.rate is not None:
        raise UsageError("a formula has no weights to update", instead="leave out --optimizer and --rate.")
    values = dict(_value(part) for part in given)
    if len(values) < len(given):
        raise UsageError("a variable is given twice", given=" ".join(given))
    found = trace_expression(text, values)
    return Found(found, (), _check(text, values) if wanted.check else None)


def _value(part: str) -> tuple[str, float]:
    name, equals, number = part.partition("=")
    try:
        value = float(number) if equals else math.nan
    except ValueError:
        value = math.nan
    if not name or not math.isfinite(value):
        raise UsageError("a variable is given as NAME=NUMBER", given=part, instead=f"{name or 'x'}=2")
    return name.strip(), value


def _check(text: str, values: dict[str, float]) -> GradientCheck:
    inputs = [torch.tensor(value, dtype=torch.float64) for value in values.values()]
    checked = gradient_check(function_of(text, tuple(values)), *inputs, entries=None)
    return renamed(checked, {f"input {n}": name for n, name in enumerate(values, start=1)})


def trace_network(path: str, wanted: Wanted) -> Found:
    """Trace a file of weights. Raises DataError, UsageError."""
    written = read_network(path)
    rate = wanted.rate if wanted.rate is not None else written.rate
    step = None if rate is None and wanted.optimizer is None else step_of(wanted.optimizer or "sgd", rate)
    if step is not None and written.loss is None:
        raise DataError("without targets there is no loss, and nothing to learn", where=path, instead="targets = [1]")
    labels = {"inputs": written.names}
    named = {} if written.targets is None else {"targets": written.targets}
    made = trace(
        written.network, written.inputs, names=("inputs",), labels=labels, loss=written.loss, step=step, named=named
    )
    words = (f"{path}: {len(written.inputs)} row{'s' * (len(written.inputs) > 1)} of {', '.join(written.names)}",)
    check = gradient_check(written.network, written.inputs, loss=written.loss) if wanted.check else None
    return Found(made, words, None if check is None else renamed(check, {"input 1": "inputs"}))


def step_of(kind: str, rate: float | None, own: Any = None) -> Step:
    """A step of an optimizer; `own` is the model's recipe of one, whose other settings are kept."""
    if kind not in KINDS:
        raise UsageError("this optimizer takes no single steps that could be shown", given=kind, allowed=KINDS)
    if rate is not None and not rate > 0:
        raise UsageError("a learning rate is above 0", given=rate, instead="--rate 0.1")
    if own is not None and own.kind == kind:
        return Step(own if rate is None else own.model_copy(update={"rate": rate}))
    return Step(OptimizerRecipe(kind=kind, rate=RATES[kind] if rate is None else rate, weight_decay=0.0))  # type: ignore[arg-type]
