"""The features of a study: each column's kind, its missing values, and what a user should know about it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field, replace

import polars as pl

from isinglass.data.tables.columns import Header, infer_kind, is_identifier, is_row_counter, make_column, twins, unit_of
from isinglass.data.tables.dates.columns import KNOWN_RUN, number_form, written
from isinglass.data.tables.dates.datetimes import days, useful_parts
from isinglass.data.tables.encoding import NUMERIC
from isinglass.data.tables.identifiers import advice, long_number, named, padded
from isinglass.data.tables.origins import from_origin, merged, origin_of
from isinglass.data.tables.parsing import numbers, typed
from isinglass.data.tables.selection import Selection
from isinglass.data.tables.sources.frame import Frame
from isinglass.errors import DataError
from isinglass.remarks import Remark
from isinglass.spec import Column, Kind

NEARLY = 0.999
"""A column of which more than this part has one value is nearly constant."""

CLOCK = r"(?i)^\s*\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?(\s*[ap]\.?m\.?)?\s*$"
TIMES = "times of the day without a date are not read (hours as numbers are, and dates with the time behind)"

LOOKED_AT, SHOWN, WIDE = 1000, 3, 40
"""Cells that are looked at for examples, how many of them are shown, and letters of each."""


@dataclass(frozen=True)
class Inputs:
    """The input columns, those with missing values, the parts of date-times, and notes."""

    columns: tuple[Column, ...]
    indicators: tuple[str, ...]
    parts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def describe_inputs(frame: Frame, selection: Selection, *, where: str) -> Inputs:
    """Describe every feature column.

    Columns that cannot help are left out with a note unless the recipe names them: all values missing, text that
    differs in nearly every row, a counter of the rows.

    Raises:
        DataError: a column does not fit the kind that the recipe gives it, or no feature remains.
    """
    columns: list[Column] = []
    indicators: list[str] = []
    parts: list[tuple[str, str]] = []
    notes: list[str] = []
    findings = _Findings()
    for header in selection.features:
        kind = selection.kinds.get(header.name)
        cells = frame[header.text].alias(header.name)
        series = typed(cells, where=where, kind=kind, order=selection.order)
        wanted = header.name in selection.chosen or len(selection.features) == 1
        reason = _unusable(series, kind=kind, chosen=wanted)
        if reason:
            notes.append(f"{header.name}: {reason}: left out{_cells(cells)}.")
            continue
        column = _describe(header, series, kind, selection, where)
        if column.kind is Kind.DATETIME:
            dates = written(cells, where=where, order=selection.order)
            column = replace(column, form=dates.order, origin=origin_of(days(dates.values)))
            parts += [(column.name, part) for part in useful_parts(dates.values)]
            notes += [told] if (told := dates.told(column.name)) else []
        elif kind is None and (run := number_form(series)):
            cure = (
                f"--kind {column.name}=datetime" if run == KNOWN_RUN else "written as 2024-01-31 they are read as such"
            )
            notes.append(f"{column.name}: all whole numbers are dates, as {run}: {cure}.")
        column, lost = _counted(column, series, where)
        columns.append(column)
        findings.look(column.name, series)
        notes += twins(column.name, column.categories)
        findings.merged += [lost] if lost else []
        notes += [] if wanted else _identifier(cells, series, kind)
        indicators += [column.name] if series.null_count() else []
    if not columns:
        raise DataError("no feature is left to predict from", where=where, instead=_from_what(selection, notes))
    return Inputs(tuple(columns), tuple(indicators), tuple(parts), (*notes, *findings.sentences()))


def _from_what(selection: Selection, notes: list[str]) -> str | None:
    """What to predict from where nothing is left: with a time, the target's own past."""
    if "time" in selection.coords and selection.targets:
        lags = f"--lags {selection.targets[0].name}=1,2 predicts from values before;"
        notes = [*notes, lags, f"--features {selection.coords['time'].name} from the time itself."]
    return " ".join(notes) or None


def _unusable(series: pl.Series, *, kind: Kind | None, chosen: bool) -> str:
    if series.null_count() == len(series):
        return "every value is missing"
    if kind is not None:
        return ""
    found = infer_kind(series)
    if found is None:
        return f"values of type {series.dtype} cannot be features"
    if not chosen and found is Kind.CATEGORICAL and is_identifier(series):
        return TIMES if _are_times(series) else "text that differs in nearly every row names the rows"
    if not chosen and is_row_counter(series):
        return "it counts the rows"
    return ""


def _are_times(series: pl.Series) -> bool:
    """Whether all texts are times of the day without a date."""
    head = series.drop_nulls().head(LOOKED_AT)
    return series.dtype == pl.String and bool(head.str.contains(CLOCK).all())


def _cells(series: pl.Series) -> str:
    """What the cells of a column that is left out look like, so that nobody has to wonder."""
    different = series.drop_nulls().head(LOOKED_AT).unique(maintain_order=True).head(SHOWN).to_list()
    shown = [textwrap.shorten(repr(cell), WIDE, placeholder=" ...") for cell in different if cell != ""]
    return f"; its cells: {', '.join(shown)}" if shown else ""


def _identifier(cells: pl.Series, series: pl.Series, kind: Kind | None) -> list[str]:
    """A note where numbers seem to name something; they are kept, since they may be moments all the same."""
    if kind is not None:
        return []
    if digits := long_number(cells, series):
        told = f"{series.name}: whole numbers of {digits} digits look like an identifier: {advice(series.name)}."
        return [Remark(told, "identifier")]
    if cell := padded(cells, series):
        told = f"{series.name}: zeros before numbers ('{cell}') look like an identifier: {advice(series.name)}."
        return [Remark(told, "identifier")]
    told = f"{series.name} looks like an identifier: {advice(series.name)}."
    return [Remark(told, "identifier")] if named(series.name, series) else []


def _describe(header: Header, series: pl.Series, kind: Kind | None, selection: Selection, where: str) -> Column:
    final = kind or infer_kind(series)
    assert final is not None  # _unusable has sorted these out
    column = make_column(header, series, kind=final, unit=unit_of(header, selection.units), where=where)
    censored = header.text in selection.censored
    return replace(column, missing=selection.markers.get(header.text), censored=censored)


def _counted(column: Column, series: pl.Series, where: str) -> tuple[Column, str]:
    """The column with its origin, and which of its values cannot be told apart even so."""
    if column.kind not in NUMERIC:
        return column, ""
    values = numbers(series, where=where)
    column = replace(column, origin=origin_of(values))
    lost = merged(series, from_origin(series, values, column.origin))
    return column, f"{column.name} ({lost} of {series.drop_nulls().n_unique()})" if lost else ""


@dataclass
class _Findings:
    """What is told about all columns together: one sentence each, however many columns there are."""

    constant: list[str] = field(default_factory=list)
    nearly: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)

    def look(self, name: str, series: pl.Series) -> None:
        most = _most_frequent(series)
        if most == len(series):
            self.constant.append(name)
        elif most > NEARLY * len(series):
            self.nearly.append(f"{name} ({len(series) - most} rows differ)")

    def sentences(self) -> list[str]:
        found = (
            ("Constant columns, which cannot help", self.constant),
            ("Nearly constant columns", self.nearly),
        )
        told = [f"{what}: {', '.join(names)}." for what, names in found if names]
        if self.merged:
            what = "Different values that single precision (7 digits) cannot tell apart; two columns could hold them"
            told.append(Remark(f"{what}: {', '.join(self.merged)}.", "precision"))
        return told


def _most_frequent(series: pl.Series) -> int:
    """Rows that hold the commonest value; 0 where that is seen at once to be no large part."""
    head = series.head(10_000).drop_nulls()
    if len(head) == 10_000 and head.n_unique() > (1 - NEARLY) * 20_000:
        return 0
    counts = series.drop_nulls().unique_counts()
    return int(counts.max() or 0)  # type: ignore[arg-type]
