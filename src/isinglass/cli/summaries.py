"""Which machine `isinglass summary` is about: a model's, a recipe's, or one drawn from a few numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isinglass.errors import UsageError

if TYPE_CHECKING:
    from torch import nn

    from isinglass.machine.summary import Summary
    from isinglass.spec import Task

IMAGE = "--size 32 --channels 3 --classes 10"
TABLE = "--features 8 --outputs 1"


def _shape(help: str, *names: str, metavar: str = "N") -> Any:
    return typer.Option(*names, metavar=metavar, help=help, rich_help_panel="A machine by its kind")


@dataclass(frozen=True)
class Drawn:
    """What a machine is drawn for; None where the command line says nothing."""

    size: Annotated[str | None, _shape("Images: 32, or height and width as 32x48.", metavar="PIXELS")] = None
    channels: Annotated[int | None, _shape("Images: 1 grey, 3 colours.")] = None
    features: Annotated[int | None, _shape("Tables: inputs of the network.")] = None
    classes: Annotated[int | None, _shape("Classes that it tells apart.")] = None
    outputs: Annotated[int | None, _shape("Or numbers that it gives.")] = None
    filters: Annotated[list[str] | None, _shape("Channels of each stage, as 16,32.", metavar="N,N")] = None
    hidden: Annotated[list[str] | None, _shape("Units of each dense layer, as 64,64.", metavar="N,N")] = None
    settings: Annotated[
        list[str] | None,
        _shape("Any key of \\[machine], as activation=relu; repeat.", "--set", "-s", metavar="KEY=VALUE"),
    ] = None

    @property
    def given(self) -> list[str]:
        """The flags that say something."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return [f"--{'set' if name == 'settings' else name}" for name, value in named.items() if value is not None]


def summary_of(what: str, drawn: Drawn) -> tuple[Summary, str]:
    """The summary and a line about whose it is. Raises UsageError, MachineError, and what loading raises."""
    if Path(what).suffix in (".isinglass", ".toml"):
        if drawn.given:
            raise UsageError(
                "these flags draw a machine by its kind, a model or a recipe has its own",
                given=", ".join(drawn.given),
                instead=f"isinglass summary {what}",
            )
        return _of_model(what) if what.endswith(".isinglass") else _of_recipe(what)
    return _of_kind(what, drawn)


def _of_model(path: str) -> tuple[Summary, str]:
    from isinglass.model import Model

    model = Model.load(path)
    network = model.ensemble.network(0).requires_grad_()  # a finished one no longer learns: its weights count here
    found = _summarized(network, model.schema.spec.sizes)
    count = len(model.ensemble)
    return found, f"{model.recipe.machine.kind}: {count} such network{'s' * (count != 1)} in {Path(path).name}"


def _of_recipe(path: str) -> tuple[Summary, str]:
    from isinglass.cli.flags import Study
    from isinglass.cli.recipes import recipe_from
    from isinglass.machine import build
    from isinglass.workbench.assembly import objective_of, shape_of
    from isinglass.workbench.prepare import prepare

    found = prepare(recipe_from(path, Study()))
    machine, task = found.recipe.machine, found.dataset.schema.task
    shape = shape_of(found.dataset, objective_of(found.recipe, found.dataset))
    built = build(machine, shape, seed=0, task=task)
    return _summarized(built, shape.sizes), f"{machine.kind} for {found.dataset.name}"


def _of_kind(kind: str, drawn: Drawn) -> tuple[Summary, str]:
    from isinglass.machine import MACHINES, build, resolve
    from isinglass.spec import FEATURES, Shape, Spec, image_spec

    if kind not in MACHINES and kind != "auto":
        raise UsageError(
            "neither a model file, a recipe nor a kind of machine", given=kind, allowed=["auto", *MACHINES]
        )
    _require_whole(kind, drawn)
    row = Spec(FEATURES, (int(drawn.features or 0),))
    spec = row if drawn.size is None else image_spec(int(drawn.channels or 0), *_size(drawn.size))
    shape, inputs = Shape(spec.values, int(drawn.classes or drawn.outputs or 0), spec=spec), spec.sizes
    recipe, task = _machine_recipe(kind, drawn), _task(kind, drawn)
    machine = build(recipe, shape, seed=0, task=task)
    kind = resolve(recipe, shape, task=task).kind
    return _summarized(machine, inputs), f"{kind} for inputs of {' x '.join(map(str, inputs))}"


def _require_whole(kind: str, drawn: Drawn) -> None:
    """The flags describe an image or a row, and one kind of answer; all numbers are above 0."""
    images = [name for name in ("size", "channels") if getattr(drawn, name) is not None]
    if images and drawn.features is not None:
        raise UsageError(
            "--features is for tables, --size and --channels are for images", instead=f"{IMAGE}, or {TABLE}"
        )
    if (len(images) < 2 and drawn.features is None) or (drawn.classes is None) == (drawn.outputs is None):
        raise UsageError(
            "a machine is drawn for inputs and answers of some size",
            given=" ".join(drawn.given) or "none",
            instead=f"isinglass summary {kind} {IMAGE}, or, for a table, {TABLE}",
        )
    for name in ("channels", "features", "classes", "outputs"):
        value = getattr(drawn, name)
        if value is not None and value < 1:
            raise UsageError(f"--{name} is 1 or more", given=value)


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9]\d*)(?:[x×,]([1-9]\d*))?", text.strip())
    if found is None:
        raise UsageError(
            "a size is pixels a side, or height and width", given=text, instead="--size 32, or --size 32x48"
        )
    return int(found[1]), int(found[2] or found[1])


def _task(kind: str, drawn: Drawn) -> Task:
    from isinglass.machine import classes_of
    from isinglass.spec import Task

    return Task.REGRESSION if drawn.classes is None else classes_of(kind)


def _machine_recipe(kind: str, drawn: Drawn):
    from isinglass.cli.recipes import assignments
    from isinglass.recipe import Recipe

    changes: dict[str, Any] = {"machine.kind": kind}
    for name in ("filters", "hidden"):
        if (texts := getattr(drawn, name)) is not None:
            changes[f"machine.{name}"] = _counts(name, ",".join(texts))
    told = assignments(drawn.settings or [], "--set")
    changes |= {f"machine.{key.removeprefix('machine.')}": value for key, value in told.items()}
    return Recipe.from_dict({"data": {"source": "none"}}).replace(changes, where="command line").machine


def _counts(name: str, text: str) -> list[int]:
    parts = [part for part in re.split(r"[,\s]+", text) if part]
    if not all(part.isdigit() and int(part) for part in parts):
        raise UsageError(f"--{name} is a list of whole numbers above 0", given=text, instead=f"--{name} 16,32")
    return [int(part) for part in parts]


def _summarized(machine: nn.Module, inputs: tuple[int, ...]) -> Summary:
    import torch

    from isinglass.machine.summary import summarize

    dtype = next((p.dtype for p in machine.parameters()), torch.float32)
    return summarize(machine, torch.zeros(1, *inputs, dtype=dtype))
