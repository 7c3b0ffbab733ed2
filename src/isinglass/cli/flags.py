"""The flags of a study, declared once and shared by the verbs that describe one.

`Study` holds what can be said about a recipe on the command line; `takes(flags=Study)` gives a command these flags
and hands it one object. `KEYS` has the dotted key of the recipe that a flag sets.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

Data = Annotated[str, typer.Argument(metavar="DATA", help="A table, images, or a name of `isinglass data list`.")]
ModelFile = Annotated[str, typer.Argument(metavar="MODEL", help="A model file (.isinglass).")]


def _column(help: str, *names: str, metavar: str = "COLUMN") -> Any:
    return typer.Option(*names, metavar=metavar, help=help, rich_help_panel="Data")


def _recipe(help: str, *names: str, metavar: str) -> Any:
    return typer.Option(*names, metavar=metavar, help=help, rich_help_panel="Recipe")


@dataclass(frozen=True)
class Study:
    """What the command line says of a study; None or False where it says nothing."""

    target: Annotated[list[str] | None, _column("Predict this; repeat for several.", "--target", "-t")] = None
    group: Annotated[str | None, _column("Equal values stay in the same part.", "--group")] = None
    time: Annotated[str | None, _column("Rows are ordered by this.", "--time")] = None
    latitude: Annotated[str | None, _column("For spatial blocks.", "--latitude")] = None
    longitude: Annotated[str | None, _column("For spatial blocks.", "--longitude")] = None
    weight: Annotated[str | None, _column("Sample weights.", "--weight")] = None
    features: Annotated[list[str] | None, _column("Predict from these alone; repeat.", "--features", "-f")] = None
    drop: Annotated[list[str] | None, _column("Leave this out; repeat.", "--drop")] = None
    lags: Annotated[
        list[str] | None,
        _column("Values so many steps of --time before, as inputs; repeat.", "--lags", metavar="COLUMN=N,N"),
    ] = None
    kind: Annotated[
        list[str] | None,
        _column("continuous, count, categorical, boolean or datetime; repeat.", "--kind", metavar="COLUMN=KIND"),
    ] = None
    task: Annotated[
        str | None, _recipe("regression, classification, multilabel or segmentation.", "--task", metavar="TASK")
    ] = None
    split: Annotated[
        str | None, _recipe("random, stratified, group, time, blocks or official.", "--split", metavar="KIND")
    ] = None
    test: Annotated[float | None, _recipe("Seal this part for the test.", "--test", metavar="PART")] = None
    folds: Annotated[int | None, _recipe("Score by so many folds.", "--folds", metavar="N")] = None
    machine: Annotated[str | None, _recipe("mlp, linear, cnn, resnet18, unet, ...", "--machine", metavar="KIND")] = None
    loss: Annotated[str | None, _recipe("gaussian, squared, cross_entropy, ...", "--loss", metavar="LOSS")] = None
    members: Annotated[int | None, _recipe("Networks in the ensemble.", "--members", metavar="N")] = None
    epochs: Annotated[int | None, _recipe("Passes over the data.", "--epochs", metavar="N")] = None
    device: Annotated[
        str | None, _recipe("cpu, cuda, cuda:1, ...; default: the quickest.", "--device", metavar="NAME")
    ] = None
    seed: Annotated[int | None, _recipe("Same seed, same numbers.", "--seed", metavar="N")] = None
    settings: Annotated[
        list[str] | None,
        _recipe("Any key of the recipe, as learning.batch=32; repeat.", "--set", "-s", metavar="KEY=VALUE"),
    ] = None


KEYS = {
    "target": "data.target",
    "group": "data.group",
    "time": "data.time",
    "latitude": "data.latitude",
    "longitude": "data.longitude",
    "weight": "data.weight",
    "features": "data.features",
    "drop": "data.drop",
    "task": "data.task",
    "split": "splits.kind",
    "test": "splits.test",
    "folds": "splits.folds",
    "machine": "machine.kind",
    "loss": "objective.loss",
    "members": "learning.members",
    "epochs": "learning.epochs",
    "device": "learning.device",
    "seed": "learning.seed",
}
"""The dotted key of the recipe that a flag sets; `--kind` and `--set` are read by `cli.recipes`."""


def takes(**kinds: type[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the flags of dataclasses: `takes(flags=Study)` fills its parameter `flags` with a `Study`.

    Typer reads a command's signature, so the fields are spliced in where these parameters stood.
    """
    added = [parameter for kind in kinds.values() for parameter in _parameters(kind)]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True).parameters.values()
        kept = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own if p.name not in kinds]

        @wraps(command)
        def with_flags(**given: Any) -> None:
            filled = {
                name: kind(**{field.name: given.pop(field.name) for field in fields(kind)})
                for name, kind in kinds.items()
            }
            try:
                command(**given, **filled)
            except KeyboardInterrupt:
                typer.secho("Interrupted.", err=True)
                raise typer.Exit(130) from None

        signature = inspect.Signature([*kept, *added])
        with_flags.__signature__ = signature  # type: ignore[attr-defined]
        with_flags.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
        return with_flags

    return decorate


def _parameters(kind: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(field.name, keyword, default=field.default, annotation=hints[field.name])
        for field in fields(kind)
    ]
