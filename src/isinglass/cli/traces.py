"""What `isinglass trace` can look into: a formula, a network written down by hand, a row of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isinglass.errors import DataError, UsageError

if TYPE_CHECKING:
    import numpy as np

    from isinglass.cli.output import Output
    from isinglass.explanation.gradient_check import GradientCheck
    from isinglass.explanation.trace import Step, Trace
    from isinglass.model import Model


@dataclass(frozen=True)
class Wanted:
    """Which numbers are traced; None where the command line says nothing."""

    row: Annotated[int | None, typer.Option(metavar="N", help="This row, counted from 1; default: the first.")] = None
    data: Annotated[
        str | None, typer.Option(metavar="DATA", help="Take the row from here; default: the model's unseen rows.")
    ] = None
    member: Annotated[
        int | None, typer.Option(metavar="K", help="This network alone, counted from 1; default: mean and spread.")
    ] = None
    optimizer: Annotated[
        str | None, typer.Option(metavar="KIND", help="Whose step is shown; default: the model's own.")
    ] = None
    rate: Annotated[float | None, typer.Option(metavar="RATE", help="Its learning rate.")] = None
    check: Annotated[bool, typer.Option("--check", help="Compare the gradients with central differences.")] = False


@dataclass(frozen=True)
class Shown:
    """How the numbers are shown."""

    depth: Annotated[
        int | None, typer.Option(metavar="N", help="Fold modules N calls deep; 0: nothing; default: what fits.")
    ] = None
    step: Annotated[bool, typer.Option("--step", help="One node at a time, forward and back (arrow keys).")] = False
    all: Annotated[bool, typer.Option("--all", help="All neurons, and with --json all numbers.")] = False
    svg: Annotated[str | None, typer.Option(metavar="FILE", help="Write the graph as a picture.")] = None
    dot: Annotated[str | None, typer.Option(metavar="FILE", help="Write the graph for Graphviz.")] = None
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing FILE.")] = False


@dataclass(frozen=True)
class Found:
    """The trace, words about what was traced, and the gradient check where one was wanted."""

    trace: Trace
    words: tuple[str, ...]
    check: GradientCheck | None = None


def look_into(what: str, values: Sequence[str], wanted: Wanted, output: Output) -> Found:
    """Trace a formula, a file of weights (.toml, .json) or a model (.isinglass)."""
    ending = Path(what).suffix
    if ending == ".isinglass" or (ending not in (".toml", ".json") and Path(what).is_file()):
        _refuse_values(values, "a model has no variables: its rows give the numbers")
        return _model(what, wanted, output)
    for name in ("row", "data", "member"):
        if getattr(wanted, name) is not None:
            raise UsageError(
                f"--{name} is for a model's rows", given=what, instead="isinglass trace MODEL.isinglass ..."
            )
    return _network(what, values, wanted) if ending in (".toml", ".json") else _formula(what, values, wanted)


def _refuse_values(values: Sequence[str], why: str) -> None:
    if values:
        raise UsageError(why, given=" ".join(values), instead="--row N, --data FILE")


def _formula(text: str, given: Sequence[str], wanted: Wanted) -> Found:
    from isinglass.explanation.trace.expression import trace_expression

    if wanted.optimizer is not None or wanted.rate is not None:
        raise UsageError("a formula has no weights to update", instead="leave out --optimizer and --rate.")
    values = dict(_value(part) for part in given)
    if len(values) < len(given):
        raise UsageError("a variable is given twice", given=" ".join(given))
    found = trace_expression(text, values)
    return Found(found, (), _check_formula(text, values) if wanted.check else None)


def _value(part: str) -> tuple[str, float]:
    import math

    name, equals, number = part.partition("=")
    try:
        value = float(number) if equals else math.nan
    except ValueError:
        value = math.nan
    if not name or not math.isfinite(value):
        raise UsageError("a variable is given as NAME=NUMBER", given=part, instead=f"{name or 'x'}=2")
    return name.strip(), value


def _check_formula(text: str, values: dict[str, float]) -> GradientCheck:
    import torch

    from isinglass.explanation.gradient_check import gradient_check
    from isinglass.explanation.trace.expression import function_of

    inputs = [torch.tensor(value, dtype=torch.float64) for value in values.values()]
    checked = gradient_check(function_of(text, tuple(values)), *inputs, entries=None)
    return _renamed(checked, {f"input {n}": name for n, name in enumerate(values, start=1)})


def _renamed(check: GradientCheck, names: dict[str, str]) -> GradientCheck:
    from dataclasses import replace

    return replace(check, tensors=tuple(replace(t, name=names.get(t.name, t.name)) for t in check.tensors))


def _network(path: str, values: Sequence[str], wanted: Wanted) -> Found:
    from isinglass.explanation.gradient_check import gradient_check
    from isinglass.explanation.trace import trace
    from isinglass.explanation.trace.network import read_network

    _refuse_values(values, "the file's own 'inputs' give the numbers")
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
    return Found(made, words, None if check is None else _renamed(check, {"input 1": "inputs"}))


def step_of(kind: str, rate: float | None, own: Any = None) -> Step:
    """A step of an optimizer; `own` is the model's recipe of one, whose other settings are kept."""
    from isinglass.explanation.trace import Step
    from isinglass.explanation.trace.updates import KINDS
    from isinglass.learning.defaults import RATES
    from isinglass.recipe import OptimizerRecipe

    if kind not in KINDS:
        raise UsageError("this optimizer takes no single steps that could be shown", given=kind, allowed=KINDS)
    if rate is not None and not rate > 0:
        raise UsageError("a learning rate is above 0", given=rate, instead="--rate 0.1")
    if own is not None and own.kind == kind:
        return Step(own if rate is None else own.model_copy(update={"rate": rate}))
    return Step(OptimizerRecipe(kind=kind, rate=RATES[kind] if rate is None else rate, weight_decay=0.0))  # type: ignore[arg-type]


def _model(path: str, wanted: Wanted, output: Output) -> Found:
    from isinglass.cli.models import load
    from isinglass.explanation.trace.rows import Asking, trace_rows

    model = load(path, wanted.data, output)
    row = _row(model, wanted, output)
    if row.targets is None and wanted.optimizer is None and wanted.rate is None:
        step = None
    elif row.targets is None:
        raise DataError("without a target there is no loss, and nothing to learn", where=wanted.data)
    else:
        step = _models_step(model, wanted, output)
    names = tuple(feature.name for feature in getattr(model.schema, "features", ()))
    asking = Asking(row.inputs, row.targets, names if row.inputs.ndim == 2 else (), step)
    chosen = model.ensemble.take(row.members)
    check = _check_model(model, row) if wanted.check else None
    return Found(trace_rows(chosen, asking), tuple(_words(model, row, wanted)), check)


@dataclass(frozen=True)
class _Row:
    """One row, the members that are asked, and whether they have never seen it (None: not known)."""

    number: int
    place: str
    inputs: np.ndarray
    targets: np.ndarray | None
    members: np.ndarray
    unseen: bool | None


def _row(model: Model, wanted: Wanted, output: Output) -> _Row:
    import numpy as np

    number = 1 if wanted.row is None else wanted.row
    count = len(model.ensemble)
    if wanted.member is not None and not 1 <= wanted.member <= count:
        raise UsageError("no such member", given=wanted.member, allowed=f"1 to {count}")
    if wanted.data is None:
        inputs, targets, place = model.sample.inputs, model.sample.targets, "the unseen rows kept with the model"
    else:
        inputs, targets, place = *_read(model, wanted.data, output), wanted.data
    if not 1 <= number <= len(inputs):
        raise DataError(f"there is no row {number}", where=place, allowed=f"1 to {len(inputs)}")
    at = slice(number - 1, number)
    fold = model.sample.fold[number - 1] if wanted.data is None else None
    blind = np.arange(count) if fold is None else np.flatnonzero(model.ensemble.fold == fold)
    members = blind if wanted.member is None else np.array([wanted.member - 1])
    unseen = None if fold is None else bool(np.isin(members, blind).all())
    return _Row(number, place, inputs[at], None if targets is None else targets[at], members, unseen)


def _read(model: Model, data: str, output: Output) -> tuple[np.ndarray, np.ndarray | None]:
    """Inputs of all rows, and targets where every row has them."""
    from isinglass.cli.models import ask

    inputs = ask(model, data, output).inputs
    try:
        labelled = model.reader.labelled(data)
    except DataError:
        return inputs, None
    return inputs, labelled.targets if len(labelled.targets) == len(inputs) else None


def _models_step(model: Model, wanted: Wanted, output: Output) -> Step | None:
    from isinglass.explanation.trace.updates import KINDS
    from isinglass.learning.defaults import resolve

    own = resolve(model.recipe.learning, 1000).optimizer
    if wanted.optimizer is None and own.kind not in KINDS:
        output.note(
            f"the model was trained with {own.kind}, which has no single steps to show; --optimizer names another"
        )
        return None
    return step_of(wanted.optimizer or own.kind, wanted.rate, own)


def _words(model: Model, row: _Row, wanted: Wanted) -> list[str]:
    from isinglass.explanation.trace.views.phrases import number
    from isinglass.types import Task

    one = wanted.member is not None
    who = f"member {wanted.member}" if one else f"{len(row.members)} members"
    seen = {True: f", which ha{'s' if one else 've'} never seen it", False: ", which may have learnt from it", None: ""}
    words = [f"Row {row.number} of {row.place}; {who}{seen[row.unseen]}."]
    task = model.schema.task
    if task not in (Task.REGRESSION, Task.CLASSIFICATION, Task.MULTILABEL):
        return words
    answers = model.ensemble.take(row.members).members(row.inputs)[:, 0]  # [member, out or class]
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
    from isinglass.explanation.trace.views.phrases import number
    from isinglass.types import Task

    if model.schema.task is Task.CLASSIFICATION:
        return str(model.schema.classes[int(target[0])])
    return ", ".join(number(float(value)) for value in target)


def _check_model(model: Model, row: _Row) -> GradientCheck:
    """Of the first member asked, in float64."""
    import torch

    from isinglass.explanation.gradient_check import gradient_check
    from isinglass.explanation.trace.rows import row_machine

    machine = row_machine(model.ensemble, int(row.members[0]), row.targets, dtype=torch.float64)
    checked = gradient_check(machine, torch.from_numpy(row.inputs.astype("float64")))
    return _renamed(checked, {"input 1": "inputs"})
