"""What is asked: regression, classification or several yes/no answers. Decided from the targets' values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from isinglass.data.tables.columns import categories_of, infer_kind, make_column, twins, unit_of
from isinglass.data.tables.encoding import NUMERIC
from isinglass.data.tables.missing.sentinels import setting
from isinglass.data.tables.parsing import typed
from isinglass.data.tables.selection import Selection
from isinglass.data.tables.sources.frame import Frame
from isinglass.data.tables.values import BY_WORD
from isinglass.errors import DataError
from isinglass.spec import Column, Kind, Task

FREQUENT = 0.5
"""A marker that occurs this many times as often as the rarest class may be a class."""

FEW, ROWS = 5, 10
"""Numbers of which no more occur, in so many rows each on average, may be names of classes."""

DISCRETE = (Kind.CATEGORICAL, Kind.BOOLEAN)


def describe_targets(
    frame: Frame, selection: Selection, *, task: str, where: str
) -> tuple[Task, tuple[Column, ...], tuple[str, ...]]:
    """The task, the target columns and notes.

    One target: text, booleans and integers of two values are classes; all other numbers are a regression unless
    the kind says 'categorical'. Several targets: all boolean is multilabel, all numbers a regression.

    Raises:
        DataError: a target is all missing or constant, or the targets do not go together.
    """
    columns: list[Column] = []
    notes: list[str] = []
    asked = None if task == "auto" else Task(task)
    series = [_read(frame, selection, k, where=where) for k in range(len(selection.targets))]
    kinds = [_kind(item, selection, asked, where=where) for item in series]
    decided = asked or _decide(series, kinds, where)
    for header, item, kind in zip(selection.targets, series, kinds, strict=True):
        final = _final_kind(item, kind, decided, where)
        unit = unit_of(header, selection.units)
        column = make_column(header, item.alias(header.name), kind=final, unit=unit, where=where)
        censored = header.text in selection.censored
        column = replace(column, missing=selection.markers.get(header.text), censored=censored)
        lost = selection.lost.get(header.name, {})
        _require_classes(column, item, decided, lost, where)
        _require_variation(column, item, decided, where)
        columns.append(column)
        said = asked is not None or header.name in selection.kinds
        notes += [*_notes(column, item, decided, said=said), *twins(column.name, column.categories)]
    if decided is Task.CLASSIFICATION and len(columns) > 1:
        raise DataError(
            "one target at a time can be classified",
            where=where,
            given=", ".join(column.name for column in columns),
            instead="one fit a target, or boolean targets (multilabel).",
        )
    return decided, tuple(columns), tuple(notes)


def _read(frame: Frame, selection: Selection, number: int, *, where: str) -> pl.Series:
    header = selection.targets[number]
    kind, order = selection.kinds.get(header.name), selection.order
    series = typed(frame[header.text].alias(header.name), where=where, kind=kind, order=order)
    if series.null_count() == len(series):
        raise DataError("every value of the target is missing", where=f"{where}, column '{header.name}'")
    return series


def _kind(series: pl.Series, selection: Selection, asked: Task | None, *, where: str) -> Kind:
    kind = selection.kinds.get(series.name) or infer_kind(series)
    if _is_pair(series) and asked is None and len(selection.targets) == 1 and series.name not in selection.kinds:
        return Kind.BOOLEAN if kind is Kind.BOOLEAN else Kind.CATEGORICAL
    if kind is None or kind is Kind.DATETIME:
        raise DataError(
            "this column cannot be a target",
            where=f"{where}, column '{series.name}'",
            given=str(series.dtype),
            allowed="numbers, text or booleans",
        )
    return kind


def _decide(series: Sequence[pl.Series], kinds: Sequence[Kind], where: str) -> Task:
    if len(series) == 1:
        return Task.CLASSIFICATION if kinds[0] in DISCRETE else Task.REGRESSION
    if all(kind is Kind.BOOLEAN for kind in kinds):
        return Task.MULTILABEL
    if all(kind in NUMERIC or item.dtype.is_integer() for item, kind in zip(series, kinds, strict=True)):
        return Task.REGRESSION
    shown = ", ".join(f"{item.name} ({kind})" for item, kind in zip(series, kinds, strict=True))
    raise DataError(
        "these targets do not go together",
        where=where,
        given=shown,
        allowed="numbers only (regression), booleans only (multilabel), or one text (classification)",
    )


def _is_pair(series: pl.Series) -> bool:
    """Integers of which only two occur, as -1 and 1: classes rather than measurements."""
    return series.dtype.is_integer() and _distinct(series) == 2


def _distinct(series: pl.Series) -> int:
    return series.drop_nulls().n_unique()


def _final_kind(series: pl.Series, kind: Kind, task: Task, where: str) -> Kind:
    if task is Task.CLASSIFICATION:
        return kind if kind in DISCRETE else Kind.CATEGORICAL
    if task is Task.MULTILABEL:
        return Kind.BOOLEAN
    if kind in NUMERIC:
        return kind
    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        return Kind.COUNT if kind is Kind.BOOLEAN else Kind.CONTINUOUS
    raise DataError(
        "text cannot be the target of a regression",
        where=f"{where}, column '{series.name}'",
        given=", ".join(categories_of(series)[:5]),
        instead="task 'classification'.",
    )


def _require_classes(column: Column, series: pl.Series, task: Task, lost: Mapping[str, int], where: str) -> None:
    """Raise DataError where a text that is read as missing is as frequent as a class: '-' beside 'pos'."""
    if task is Task.REGRESSION or column.kind not in DISCRETE:
        return
    counts = series.drop_nulls().unique_counts()
    least = int(counts.min()) if len(counts) > 1 else 0  # type: ignore[arg-type]
    for text, rows in lost.items():
        if text.lower() not in BY_WORD and rows > 1 and rows >= FREQUENT * least:
            raise DataError(
                f"'{text}' in {rows} rows of the target: a class of its own, or no value?",
                where=f"{where}, column '{column.name}'",
                given=f"'{text}' beside {', '.join(map(repr, column.categories[:5]))}",
                instead=f"{setting(column.name, text)} where it means that there is no value, {setting(column.name)} "
                "where it is a class (--set, or missing= in Python).",
            )


def _require_variation(column: Column, series: pl.Series, task: Task, where: str) -> None:
    if _distinct(series) > 1:
        return
    value = series.drop_nulls()[0]
    what = "the target never changes" if task is Task.REGRESSION else "the target has only one class"
    raise DataError(what, where=f"{where}, column '{column.name}'", given=value)


def _notes(column: Column, series: pl.Series, task: Task, *, said: bool) -> list[str]:
    if task is Task.REGRESSION and _distinct(series) <= 2:
        return [f"{column.name}: only two different values; say task = 'classification' if they are classes."]
    if task is Task.REGRESSION and not said and _distinct(series) <= FEW and len(series) >= ROWS * _distinct(series):
        return [
            f"{column.name}: only {_distinct(series)} different values, learnt as a quantity; --task classification "
            "takes them as classes."
        ]
    if task is not Task.CLASSIFICATION:
        return []
    counts = np.sort(series.drop_nulls().unique_counts().to_numpy())
    if counts[0] < 2:
        rare = int((counts < 2).sum())
        return [f"{column.name}: {rare} of {len(counts)} classes occur in one row only."]
    return []
