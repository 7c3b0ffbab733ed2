"""The rows and their parts as the report shows them: every column's range, every fold's rows."""

from __future__ import annotations

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.schema import DataSchema
from isinglass.data.splits import Splits
from isinglass.evaluation.report import ColumnSummary, DataPart, SplitPart
from isinglass.kinds import KINDS
from isinglass.machine import COMBINED
from isinglass.objective.losses import class_counts
from isinglass.recipe import Recipe
from isinglass.spec import Column, Kind, Task

BINS = 24
CATEGORIES = 12  # more than this are counted together in the report
DRAWN = 20_000  # rows whose parts are drawn; a picture has fewer pixels than that


def describe_data(dataset: Dataset, recipe: Recipe) -> DataPart:
    """Every column as it came: range, histogram, missing values."""
    inputs = [_input_summary(column, dataset) for column in dataset.schema.columns]
    targets = [_target_summary(place, column, dataset) for place, column in enumerate(dataset.schema.targets)]
    return DataPart(
        name=dataset.name,
        rows=len(dataset.targets),
        columns=(*targets, *inputs, *_coordinates(dataset, recipe)),
        fingerprint=dataset.fingerprint,
        source=recipe.data.source,
        notes=dataset.notes,
    )


def describe_splits(dataset: Dataset, splits: Splits, recipe: Recipe) -> SplitPart:
    """Who saw what; for very many rows, an even choice of them."""
    step = max(1, -(-splits.role.shape[1] // DRAWN))
    coords = {name: np.asarray(values)[::step] for name, values in dataset.coords.items()}
    position = None
    if "latitude" in coords and "longitude" in coords:
        position = np.stack([coords["longitude"], coords["latitude"]], axis=1).astype(np.float64)
    return SplitPart(
        role=splits.role[:, ::step],
        kind=splits.kind,
        scheme=splits.scheme,
        groups=coords["group"].astype(str) if "group" in coords else None,
        group_name=recipe.data.group,
        position=position,
        time=coords.get("time"),
        time_label=recipe.data.time or "time",
        notes=splits.notes,
        dated=dataset.dated,
    )


def _input_summary(column: Column, dataset: Dataset) -> ColumnSummary:
    places = [place for place, feature in enumerate(dataset.schema.features) if feature.column == column.name]
    kinds = [dataset.schema.features[place].kind for place in places]
    if column.kind in (Kind.CATEGORICAL, Kind.BOOLEAN) and "numeric" not in kinds:
        counts = _category_counts(column, dataset, places, kinds)
        missing = len(dataset.targets) - int(sum(counts))
        return _categories("input", column, counts, missing)
    numeric = [place for place, kind in zip(places, kinds, strict=True) if kind == "numeric"] or places[:1]
    origin = dataset.schema.features[numeric[0]].origin
    return _numbers("input", column, np.asarray(dataset.inputs[:, numeric[0]], dtype=np.float64) + origin)


def _category_counts(column: Column, dataset: Dataset, places: list[int], kinds: list[str]) -> list[int]:
    if "code" in kinds:
        codes = np.asarray(dataset.inputs[:, places[kinds.index("code")]]).astype(np.int64)
        return np.bincount(codes, minlength=len(column.categories) + 1)[1:].tolist()
    onehot = [place for place, kind in zip(places, kinds, strict=True) if kind == "onehot"]
    counts = [int(np.nansum(dataset.inputs[:, place])) for place in onehot]
    if column.kind is Kind.BOOLEAN:  # one feature: 0, 1 or NaN
        counts.insert(0, int(np.sum(dataset.inputs[:, onehot[0]] == 0)))
    return counts


def _target_summary(place: int, column: Column, dataset: Dataset) -> ColumnSummary:
    if dataset.schema.over:  # pixels; void ones are missing
        masks = dataset.targets[:, place : place + 1]
        (counts,) = class_counts(masks, (len(column.categories),))
        return _categories("target", column, list(counts), masks.size - sum(counts))
    values = np.asarray(dataset.targets[:, place], dtype=np.float64)
    if dataset.schema.task is Task.REGRESSION:
        return _numbers("target", column, values)
    names = column.categories or ("0", "1")
    counts = np.bincount(values.astype(np.int64), minlength=len(names)).tolist()
    return _categories("target", Column(column.name, column.kind, column.unit, names), counts, 0)


def _coordinates(dataset: Dataset, recipe: Recipe) -> list[ColumnSummary]:
    data = recipe.data
    named = {"group": data.group, "time": data.time, "latitude": data.latitude, "longitude": data.longitude}
    found = []
    for role, name in named.items():
        if role not in dataset.coords:
            continue
        values = np.asarray(dataset.coords[role])
        if role == "group":
            names, counts = np.unique(values.astype(str), return_counts=True)
            column = Column(name or role, Kind.CATEGORICAL, "", tuple(names.tolist()))
            found.append(_categories("group", column, counts.tolist(), 0))
        else:
            kind = Kind.DATETIME if role == "time" and dataset.dated else Kind.CONTINUOUS
            found.append(_numbers(role, Column(name or role, kind), values.astype(np.float64)))
    return found


def _categories(role: str, column: Column, counts: list[int], missing: int) -> ColumnSummary:
    names, others = column.categories, 0
    if len(counts) > CATEGORIES:
        order = np.argsort(counts)[::-1]
        head, tail = order[: CATEGORIES - 1], order[CATEGORIES - 1 :]
        others = len(tail)
        names = (*(names[i] for i in head), f"{others} others")
        counts = [*(counts[i] for i in head), sum(counts[i] for i in tail)]
    return ColumnSummary(
        name=column.name,
        role=role,  # pyright: ignore[reportArgumentType]  # one of the literal roles by construction
        kind=column.kind,
        unit=column.unit,
        missing=missing,
        counts=tuple(counts),
        categories=names,
        others=others,
    )


def _numbers(role: str, column: Column, values: np.ndarray) -> ColumnSummary:
    known = values[np.isfinite(values)]
    blank = not len(known)
    low, middle, high = (None,) * 3 if blank else (float(q) for q in np.quantile(known, [0.05, 0.5, 0.95]))
    counts = () if blank else _histogram(known)
    return ColumnSummary(
        name=column.name,
        role=role,  # pyright: ignore[reportArgumentType]
        kind=column.kind,
        unit=column.unit,
        missing=len(values) - len(known),
        low=low,
        middle=middle,
        high=high,
        counts=counts,
        smallest=None if blank else float(known.min()),
        largest=None if blank else float(known.max()),
    )


def _histogram(known: np.ndarray) -> tuple[int, ...]:
    """Rows in each of `BINS` equal parts of the range, however narrow or wide that is beside the numbers."""
    low, high = known.min() / 2, known.max() / 2  # halves: their difference is a number even at the ends of all numbers
    share = (known / 2 - low) / (high - low) if high > low else np.full(len(known), 0.5)
    return tuple(np.histogram(share, bins=BINS, range=(0.0, 1.0))[0].tolist())


def machine_words(schema: DataSchema, recipe: Recipe, parameters: int, members: int) -> str:
    """One line that says what was fitted."""
    machine = recipe.machine
    words = KINDS[schema.kind].words(schema, machine)
    with_others = ", combined with conventional methods" if machine.kind == COMBINED else ""
    return f"{members} x {words}, {parameters} parameters each{with_others}"
