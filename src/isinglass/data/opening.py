"""From a recipe to a Dataset: a table opened, selected, described and encoded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from isinglass.data.catalogue import open_source
from isinglass.data.dataset import Dataset
from isinglass.data.fingerprints import fingerprint, row_ids
from isinglass.data.tables.columns import read_headers
from isinglass.data.tables.coordinates import has_dates, read_coordinates, read_weights, time_notes
from isinglass.data.tables.inputs import describe_inputs
from isinglass.data.tables.lags import with_lags
from isinglass.data.tables.missing.cleaned import Cleaned, cleaned
from isinglass.data.tables.missing.limits import measured
from isinglass.data.tables.missing.rules import without_markers
from isinglass.data.tables.schema import Schema, with_decimals
from isinglass.data.tables.selection import Selection, select
from isinglass.data.tables.sources.decimals import plain_numbers
from isinglass.data.tables.sources.frame import Frame, Table
from isinglass.data.tables.sources.layout import layout_of
from isinglass.data.tables.targets import describe_targets
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe
from isinglass.spec import Task

LEAST_RANGE = 1e-30
"""A target of a smaller range has squares that single precision does not know."""


def load_table(recipe: DataRecipe) -> Dataset:
    """Read the table of a recipe, in which the defaults of its data set are filled in.

    Raises:
        DataError: the file, a row or a column cannot be used; the message says which and what to do.
    """
    return _build(open_source(recipe.source, layout_of(recipe)), recipe, name=recipe.source)


def from_frame(frame: Frame, recipe: DataRecipe, *, name: str) -> Dataset:
    """Make a Dataset of a table in memory.

    Args:
        frame: a polars DataFrame (`to_polars` makes one of anything else).
        recipe: what its columns are; `source` is not read.
        name: for reports and messages.

    Raises:
        DataError: as `load_table`.
    """
    return _build(plain_numbers(Table(frame, name, marked=True), layout_of(recipe)), recipe, name=name)


def _build(table: Table, recipe: DataRecipe, *, name: str) -> Dataset:
    frame, where = table.frame, table.where
    _require_rows(frame, where)
    frame, lagged = with_lags(frame, recipe, where=where)
    if recipe.lags and recipe.features:
        made = [header.name for header in read_headers(frame.columns[len(table.frame.columns) :])]
        recipe = recipe.model_copy(update={"features": (*recipe.features, *made)})
    selection = select(frame.columns, recipe, where=where)
    frame, selection, missing = without_markers(frame, selection, where=where)
    task, targets, target_notes = describe_targets(frame, selection, task=recipe.task, where=where)
    inputs = describe_inputs(frame, selection, where=where)
    schema = Schema(
        columns=with_decimals(inputs.columns, table.decimals),
        targets=with_decimals(targets, table.decimals),
        indicators=inputs.indicators,
        task=task,
        onehot_limit=recipe.onehot_limit,
        parts=inputs.parts,
    )
    notes = (*table.notes, *lagged, *selection.notes, *missing, *target_notes, *inputs.notes)
    return _encode(frame, schema, selection, name=name, where=where, notes=notes)


def _require_rows(frame: Frame, where: str) -> None:
    if frame.height < 2:
        what = "no rows" if frame.height == 0 else "one row is not enough: nothing is left to test on"
        raise DataError(what, where=where)


def _encode(
    frame: Cleaned, schema: Schema, selection: Selection, *, name: str, where: str, notes: tuple[str, ...]
) -> Dataset:
    targets = schema.encode_targets(frame, where=where)
    coords = read_coordinates(frame, selection, where=where)
    notes = (*notes, *time_notes(frame, selection, where=where))
    weights = read_weights(frame, selection, where=where)
    keep, row_notes = _usable_rows(schema, targets, coords, where)
    _require_variation(schema, targets[keep], where)
    inputs = np.empty((int(keep.sum()), len(schema.features)), np.float32)
    schema.encode_into(inputs, frame, where=where, keep=None if keep.all() else keep)
    arrays = {"inputs": inputs, "targets": targets[keep], "weights": weights[keep]}
    kept = {role: values[keep] for role, values in coords.items()}
    sign = schema.censoring(frame.frame, where=where)
    censored = {"censoring": sign[keep]} if len(sign) else {}
    return Dataset(
        **arrays,
        **censored,
        schema=schema,
        coords=kept,
        ids=row_ids(inputs, arrays["targets"]),
        name=name,
        fingerprint=fingerprint({**arrays, **censored, **kept}, schema.to_json(forms=False)),
        notes=(*notes, *missing_values(schema, inputs), *row_notes, *limit_notes(frame, schema, where=where)),
        rows=np.flatnonzero(keep) + 1,
        dated=has_dates(frame, selection),
    )


def missing_values(schema: Schema, inputs: np.ndarray) -> tuple[str, ...]:
    """A note about the columns with missing values in the rows [sample, feature] that are used."""
    places = {feature.column: k for k, feature in enumerate(schema.features) if feature.kind == "indicator"}
    counts = {name: int(inputs[:, place].sum(dtype=np.float64)) for name, place in places.items()}
    found = [
        f"{name} ({count} {'row' if count == 1 else 'rows'}, {_percent(count / len(inputs))})"
        for name, count in counts.items()
        if count
    ]
    return (f"Missing values, marked by features of their own: {', '.join(found)}.",) if found else ()


def limit_notes(frame: Cleaned, schema: Schema, *, where: str) -> Iterator[str]:
    """A note about each column with limits: how many, and what becomes of them."""
    for column in (*schema.targets, *schema.columns):
        header = column.header or column.name
        if header not in frame.censored:
            continue
        sign = measured(cleaned(frame.frame[header], column.missing), where=where)[1]
        below, above = int((sign < 0).sum()), int((sign > 0).sum())
        meaning = (
            "the loss knows on which side the value lies" if column in schema.targets else "read as the limit itself"
        )
        yield f"{column.name}: {below} cells below a limit, {above} above one, of {len(sign)}: {meaning}."


def _percent(part: float) -> str:
    """Two digits, three near the whole, never a power of ten: `0.16 %`, `12 %`, `99.8 %`, `100 %`."""
    return f"{100 * part:.2g} %" if part < 0.99 else f"{100 * part:.3g} %"


def _usable_rows(
    schema: Schema, targets: np.ndarray, coords: dict[str, np.ndarray], where: str
) -> tuple[np.ndarray, list[str]]:
    """bool [sample]: rows with all targets and coordinates; notes about the others."""
    missing = {column.name: np.isnan(targets[:, k]) for k, column in enumerate(schema.targets)}
    notes = [f"{name}: {int(m.sum())} rows without target left out." for name, m in missing.items() if m.any()]
    for role, values in coords.items():
        absent = values == "" if values.dtype.kind in "OU" else np.isnan(values)
        if absent.any():
            notes.append(f"{int(absent.sum())} rows without {role} left out.")
        missing[role] = absent
    keep = ~np.any(list(missing.values()), axis=0)
    if keep.sum() < 2:
        raise DataError(
            f"{int(keep.sum())} of {len(keep)} rows have all targets and coordinates",
            where=where,
            instead=" ".join(notes),
        )
    return keep, [*notes, *_lost_groups(coords.get("group"), keep)]


def _require_variation(schema: Schema, targets: np.ndarray, where: str) -> None:
    for column, values in zip(schema.targets, targets.T, strict=True):
        if values.min() == values.max():
            raise DataError(
                "the target never changes in the rows that have all targets and coordinates",
                where=f"{where}, column '{column.name}'",
            )
        if schema.task is Task.REGRESSION and values.max() - values.min() < LEAST_RANGE:
            raise DataError(
                "the target's values are too small to be told apart in single precision",
                where=f"{where}, column '{column.name}'",
                given=f"{values.min():g} to {values.max():g}",
                instead="use another unit.",
            )


def _lost_groups(group: np.ndarray | None, keep: np.ndarray) -> list[str]:
    if group is None:
        return []
    lost = sorted(set(group[~keep].tolist()) - set(group[keep].tolist()) - {""})
    if not lost:
        return []
    groups = "1 group has" if len(lost) == 1 else f"{len(lost)} groups have"
    return [f"{groups} no usable row: {', '.join(lost[:5])}{' ...' * (len(lost) > 5)}."]
