"""Which cells of a table mean 'no value': as the recipe says, else as each column shows; all of it is told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from isinglass.data.tables.columns import Header
from isinglass.data.tables.missing.cleaned import Cleaned, cleaned
from isinglass.data.tables.missing.sentinels import Code, codes, setting
from isinglass.data.tables.missing.tokens import MISSING, MISSING_NUMBER
from isinglass.data.tables.parsing import undecimal
from isinglass.data.tables.selection import Given, Selection
from isinglass.data.tables.sources.frame import Frame
from isinglass.data.tables.values import BY_WORD, are_values
from isinglass.spec import Kind

ABSENT = frozenset({"m", "nil", "unknown", "n.a.", "not available", "not recorded", "#value!", "#ref!", "#div/0!"})
"""Texts that mean 'no value' among numbers: M in airport weather, and faults of spreadsheets."""

FILLING = r"^([-_*.#/x=]{2,}|[*#_/])$"
"""Cells filled with dashes, stars or the like, of any length."""

NUMBERS = 3
"""So many different numbers at least make a column one of numbers."""

SHOWN = 8
"""Columns that one sentence names."""

UNNUMBERED = ("group", "time")
"""Coordinates in which a number is a name or a moment."""


@dataclass(frozen=True)
class _Column:
    """One column looked at: its markers if they are not the usual ones, and what they are in how many rows."""

    header: Header
    own: tuple[str, ...] | None
    texts: Mapping[str, int]
    spared: Mapping[str, int]
    codes: tuple[Code, ...] = ()
    given: bool = False


def without_markers(frame: Frame, selection: Selection, *, where: str) -> tuple[Cleaned, Selection, tuple[str, ...]]:
    """The table without what means 'no value' in its columns, the markers of each, and one note for each marker.

    Args:
        frame: the table as it was read.
        selection: which columns play a part, and the markers that the recipe gives.
        where: file, for messages.
    """
    looked = [_look(frame, header, selection, _given(header, selection.given)) for header in _used(selection)]
    confirmed = {code.value for column in looked for code in column.codes if code.certain}
    taken = {c.header.text: [k for k in c.codes if k.certain or (k.likely and k.value in confirmed)] for c in looked}
    own = {c.header.text: c.own for c in looked if c.own is not None}
    for header, found in taken.items():
        if found:
            own[header] = (*(own.get(header) or sorted(MISSING - {""})), *(f"{code.value:.10g}" for code in found))
    notes = (*_told_texts(looked), *_told_values(looked), *_told_codes(c for found in taken.values() for c in found))
    named = [code.sentence for c in looked for code in c.codes if code.told and code not in taken[c.header.text]]
    lost = {c.header.name: c.texts for c in looked if c.texts and not c.given}
    return Cleaned(frame, own, selection.censored, where), replace(selection, markers=own, lost=lost), (*notes, *named)


def _used(selection: Selection) -> list[Header]:
    return list(dict.fromkeys((*selection.targets, *selection.features, *selection.coords.values())))


def _given(header: Header, given: Given) -> tuple[str, ...] | None:
    """The recipe's markers of a column, in lower case; None where it leaves them open."""
    if isinstance(given, str):
        return None
    if isinstance(given, Mapping):
        marks = given.get(header.name)
        if marks is None:
            return None
    else:
        marks = given
    texts = [mark.strip().lower() for mark in marks if isinstance(mark, str)]
    numbers = [f"{mark:.10g}" for mark in marks if not isinstance(mark, str)]
    return tuple(dict.fromkeys([*texts, *numbers, *(sorted(MISSING - {""}) if numbers and not texts else ())]))


def _look(frame: Frame, header: Header, selection: Selection, given: tuple[str, ...] | None) -> _Column:
    series = undecimal(frame[header.text].alias(header.name))
    kind = selection.kinds.get(header.name)
    if given is not None:
        given = _beside_numbers(series, given, kind)
        return _Column(header, given, _counts(series, given), {}, given=True)
    own, texts, spared = None, {}, {}
    if series.dtype == pl.String:
        series, own, texts, spared = _look_at_texts(series, kind)
    numeric = kind in (None, Kind.CONTINUOUS, Kind.COUNT) and header not in _named(selection)
    found = (
        tuple(codes(series.fill_nan(None) if series.dtype.is_float() else series))
        if numeric and series.dtype.is_numeric()
        else ()
    )
    return _Column(header, own, texts, spared, found)


def _named(selection: Selection) -> list[Header]:
    return [header for role, header in selection.coords.items() if role in UNNUMBERED]


def _beside_numbers(series: pl.Series, given: tuple[str, ...], kind: Kind | None) -> tuple[str, ...]:
    """The recipe's markers, with the usual texts in a column of numbers: there they can be nothing else."""
    if series.dtype != pl.String:
        return given
    rest = cleaned(series, given).cast(pl.String)
    values = rest.cast(pl.Float64, strict=False)
    odd = dict.fromkeys(rest.filter(values.is_null() & rest.is_not_null()).unique().to_list(), 1)
    return (*given, *sorted(MISSING_NUMBER - {""} - set(given))) if odd and _numeric(odd, values, kind) else given


def _counts(series: pl.Series, given: tuple[str, ...]) -> dict[str, int]:
    """In how many rows each text or number stands that the recipe names."""
    gone = cleaned(series, given)
    if gone.null_count() == series.null_count():
        return {}
    lost = series.filter(gone.is_null() & series.is_not_null())
    if lost.dtype.is_float():
        return {f"{value:g}": count for value, count in Counter(lost.to_list()).items()}
    cells = lost.cast(pl.String).str.strip_chars()
    return {text: count for text, count in Counter(cells.to_list()).items() if text}


def _look_at_texts(
    series: pl.Series, kind: Kind | None
) -> tuple[pl.Series, tuple[str, ...] | None, dict[str, int], dict[str, int]]:
    """The numbers of a text column (or its texts), its own markers, and what is read as missing and as values."""
    values = series.cast(pl.Float64, strict=False)
    if values.null_count() == series.null_count():
        return values, None, {}, {}
    text = series.str.strip_chars()
    values = text.cast(pl.Float64, strict=False)
    odd = text.filter(values.is_null() & text.is_not_null() & (text != "")).value_counts()
    counts = dict(zip(odd[series.name].to_list(), odd["count"].to_list(), strict=True))
    if _numeric(counts, values, kind):
        extra = {text.lower() for text in counts} - MISSING_NUMBER
        own = tuple(sorted((MISSING_NUMBER - {""}) | extra)) if extra else None
        return values, own, counts, {}
    spared = are_values(text.unique().drop_nulls().to_list())
    here = {text: count for text, count in counts.items() if text.lower() in MISSING}
    own = tuple(sorted(MISSING - spared - {""})) if spared else None
    return (
        text,
        own,
        {text: count for text, count in here.items() if text.lower() not in spared},
        {text: count for text, count in here.items() if text.lower() in spared},
    )


def _numeric(odd: Mapping[str, int], values: pl.Series, kind: Kind | None) -> bool:
    """Whether all texts among the numbers are known to mean 'no value'."""
    if kind in (Kind.CATEGORICAL, Kind.BOOLEAN):
        return False
    texts = pl.Series(list(odd), dtype=pl.String).str.to_lowercase()
    usual = texts.is_in(sorted(MISSING_NUMBER))
    if usual.all():
        return bool(values.null_count() < len(values))
    known = usual | texts.is_in(sorted(ABSENT)) | texts.str.contains(FILLING)
    return bool(known.all()) and values.drop_nulls().n_unique() >= NUMBERS


def _told_texts(looked: Iterable[_Column]) -> list[str]:
    by_text: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for column in looked:
        for text, count in column.texts.items():
            by_text[text].append((column.header.name, count))
    return [
        f"{_cells(sum(count for _, count in places))} '{text}' read as missing ({_places(places)}); "
        "data.missing says what is."
        for text, places in by_text.items()
        if text.lower() not in BY_WORD
    ]


def _told_values(looked: Iterable[_Column]) -> list[str]:
    return [
        f"{column.header.name}: '{text}' in {count} row{'s' * (count != 1)} is read as a value; "
        f"{setting(column.header.name, text)} reads it as missing."
        for column in looked
        for text, count in column.spared.items()
    ]


def _told_codes(taken: Iterable[Code]) -> list[str]:
    by_value: dict[float, list[Code]] = defaultdict(list)
    for code in taken:
        by_value[code.value].append(code)
    return [
        f"{_cells(sum(code.rows for code in found))} {value:g} read as missing ({_places(_ranges(found))}); "
        f"{setting(found[0].column)} keeps {'it' if len(found) == found[0].rows == 1 else 'them'}."
        for value, found in by_value.items()
    ]


def _ranges(found: list[Code]) -> list[tuple[str, str]]:
    return [(code.column, f"{code.rows}, beside {code.low:g} to {code.high:g}") for code in found]


def _cells(count: int) -> str:
    return f"{count} cell{'s' * (count != 1)}"


def _places(places: list[tuple[str, int]] | list[tuple[str, str]]) -> str:
    shown = ", ".join(f"{name} {what}" if len(places) > 1 else name for name, what in places[:SHOWN])
    if len(places) == 1 and isinstance(places[0][1], str):
        shown = f"{places[0][0]} {places[0][1]}"
    return shown + (f" and {len(places) - SHOWN} more" if len(places) > SHOWN else "")
