"""`ig.fit` and `ig.load`: a study in one line of Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from types import NoneType
from typing import Any

from isinglass.data.dataset import Dataset
from isinglass.data.opening import from_frame
from isinglass.data.tables.sources.arrays import to_polars
from isinglass.data.tables.sources.indexes import with_index
from isinglass.errors import UsageError
from isinglass.explanation import Explanation
from isinglass.machine import Own
from isinglass.model import Model, Rows
from isinglass.model.study_warnings import warn
from isinglass.objective.losses import Own as OwnLoss
from isinglass.recipe import Recipe
from isinglass.recipe.keys import keys_of
from isinglass.workbench.events import Note, Watched, result_of
from isinglass.workbench.overrides import Given, Residual, with_loss, with_residual
from isinglass.workbench.select import select as selection
from isinglass.workbench.study import study
from isinglass.workbench.watching.notebook import shown

DATA = (
    *("group", "time", "latitude", "longitude", "weight", "features", "drop"),
    *("kinds", "units", "lags", "missing", "censored", "dates", "decimal", "header", "names", "task"),
)
"""Keywords that are keys of the recipe's [data]; `target` is named."""

ONE = ("group", "time", "latitude", "longitude", "weight")
"""Those of them that name one column."""
SETTINGS = "settings={'learning.members': 8}"


def fit(  # noqa: PLR0913 - each is a thing that no recipe can hold
    data: Rows | Recipe,
    target: str | Sequence[str] = (),
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    machine: Own | None = None,
    residual: Residual | None = None,
    loss: str | OwnLoss | None = None,
    settings: dict[str, Any] | None = None,
    **columns: Any,
) -> Model:
    """Fit networks and conventional methods, judge them on unseen rows, and hand back the model.

    Args:
        data: a path, a catalogue name, a table or an array in memory, or a whole `Recipe`.
        target: the column, or columns, to predict; a catalogue set knows its own.
        out: folder for the model, the report, the card and the numbers; None: nothing is written.
        overwrite: replace earlier results there.
        machine: a network of your own instead of the recipe's: an `nn.Module` (copied, its layers' weights drawn
            anew for each member), or a function `(features, outputs) -> nn.Module`.
        residual: of a differential equation that the answer should obey, as a penalty: a formula of targets, their
            derivatives and inputs that should be 0, as in `"du/dt + k * u"` or `"du/dt = -k * u"`; a function
            `(u, x, slope) -> tensor` of targets and inputs by name, with `slope(u["q"], x["t"])` for derivatives; or a
            table with the keys of `[[objective.equations]]`: `formula` or `function`, `ranges`, `alpha`.
        loss: a name, as "absolute", or a function of your own, `(prediction, target) -> [..., batch]`: tensors
            [..., batch, out] in units of the targets' spread, counted from their mean (of classes: scores before the
            softmax, and the number of the class); one loss a row, not averaged.
        settings: any dotted keys of the recipe, as in `{"learning.members": 8}`.
        columns: `group`, `time`, `latitude`, `longitude`, `weight`, `features`, `drop`, `kinds`, `units`, `lags`,
            `dates`, `missing`, `censored`, `decimal`, `header`, `names`, `task`.

    In a notebook the stages, the time that is left and the loss of every network are shown while they learn.

    Warns:
        StudyWarning: each note on the rows, their division and the scores, as the program prints them; `model.notes`
            keeps them.

    Raises:
        IsinglassError: one of its kinds: the data, the recipe or the run; the message says what to do.
    """
    recipe, dataset = _asked("fit", data, target, columns, settings)
    recipe, own = with_residual(recipe, residual)
    recipe, own_loss = with_loss(recipe, loss)
    folder = None if out is None else Path(out)
    given = Given(machine, own, own_loss)
    events = Watched(shown(study(recipe, out=folder, overwrite=overwrite, dataset=dataset, given=given)))
    for event in events:
        if isinstance(event, Note):
            warn((event.text,), beyond=2)
    return events.result.model


def select(
    data: Rows | Recipe,
    target: str | Sequence[str] = (),
    *,
    direction: str = "forward",
    most: int = 0,
    settings: dict[str, Any] | None = None,
    **columns: Any,
) -> Explanation:
    """Find few columns that are enough, by fitting again for every set of them.

    Args:
        data: as for `fit`.
        target: as for `fit`.
        direction: "forward", from nothing, or "backward", from all columns.
        most: columns at most; 0: as many as help.
        settings: as for `fit`.
        columns: as for `fit`.

    Returns:
        The path; `coords["chosen"]` has the chosen columns. In a notebook it draws itself.
    """
    recipe, dataset = _asked("select", data, target, columns, settings)
    return result_of(shown(selection(recipe, direction=direction, most=most, dataset=dataset)))


def load(path: str | Path, *, trust_factory: bool = False, machine: Own | None = None) -> Model:
    """Read a model file: see `Model.load`."""
    return Model.load(path, trust_factory=trust_factory, machine=machine)


def _asked(
    caller: str, data: Any, target: str | Sequence[str], columns: dict[str, Any], settings: Any
) -> tuple[Recipe, Dataset | None]:
    """What a function of this module is asked, as a recipe; with rows where they are in memory."""
    if not isinstance(settings, (Mapping, NoneType)):
        raise UsageError("keys and values are wanted", where="settings", given=settings, instead=SETTINGS)
    recipe = _recipe(caller, data, target, columns).replace(dict(settings or {}), where="settings")
    if isinstance(data, (Recipe, str, Path)):
        return recipe, None
    named = recipe.data
    wanted = {*named.target, *named.features, named.group, named.time, named.latitude, named.longitude, named.weight}
    table, notes = with_index(data, wanted=wanted)
    dataset = from_frame(to_polars(table), named, name="table")
    return recipe, replace(dataset, notes=(*notes, *dataset.notes))


def _recipe(caller: str, data: Any, target: str | Sequence[str], columns: dict[str, Any]) -> Recipe:
    unknown = [name for name in columns if name not in DATA]
    if unknown:
        key = next((key for key in keys_of(Recipe) if key.rsplit(".", 1)[-1] == unknown[0]), None)
        cure = f"settings={{'{key}': {columns[unknown[0]]!r}}}" if key else "settings={'section.key': value}"
        raise UsageError("unknown keyword", where=caller, given=unknown[0], allowed=DATA, instead=cure)
    if isinstance(data, Recipe):
        return data
    document = {name: _columns(caller, name, value) for name, value in columns.items()}
    document["target"] = _names(caller, target)
    document["source"] = str(data) if isinstance(data, (str, Path)) else "table"
    return Recipe.from_dict({"data": document}, where=caller)


def _names(caller: str, target: object) -> list[str]:
    """The targets' names; pandas may number its columns."""
    cure = "target='y' and a table with such a column, as {'x': x, 'y': y}; isinglass.Regressor() and Classifier() "
    listed: list[object] = list(target) if isinstance(target, Sequence) and not isinstance(target, str) else [target]
    return [_name(caller, "target", each, f"{cure}take X and y") for each in listed]


def _columns(caller: str, key: str, value: Any) -> Any:
    """What a keyword says, with numbered columns by their names."""
    if key in ("features", "drop") and isinstance(value, (Integral, Iterable)):
        listed = [value] if isinstance(value, (str, Integral)) else value
        return [str(name) if isinstance(name, Integral) else name for name in listed]
    if key in ONE and value is not None:
        return _name(caller, key, value, f"{key}='name' and a table with such a column")
    return value


def _name(caller: str, key: str, value: object, cure: str) -> str:
    if isinstance(value, (str, Integral)):
        return str(value)
    given = type(value).__name__
    raise UsageError(
        f"a {key} is named, it is a column of the table", where=f"{caller}, {key}", given=given, instead=cure
    )
