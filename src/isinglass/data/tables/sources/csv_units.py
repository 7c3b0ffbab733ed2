"""A row of units below the header, as loggers and spreadsheets write it: it belongs to the names.

    time,sst,wind
    UTC,degC,m/s
    2020-01-01,28.1,5.2

becomes the columns `time`, `sst [degC]` and `wind [m/s]`. The first row is one of units where every column that holds
numbers further down has a unit or nothing in it, at least one of them a unit, and no other column has a text that
could be a value.
"""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl

from isinglass.data.tables.columns import split_unit
from isinglass.data.tables.missing.tokens import MISSING_NUMBER, MOSTLY, without
from isinglass.data.tables.sources.frame import Frame, LazyFrame
from isinglass.data.tables.sources.numerals import COMMA, GRAMMAR, POINT

LOOKED_AT = 200
"""Rows below the first that say whether a column holds numbers."""

PREFIX = r"(?:da|[yzafpnuµμmcdhkMGTPEZY])?"
SYMBOL = (
    r"(?:mol|rad|sr|deg(?:_?[CFKNESW])?|[msgKCFPJWNVAHTSLl]|Pa|Hz|bar|eV|cal|cd|lm|lx|Wb|Bq|Gy|Sv|Ohm|ohm|Ω|Wh|Torr|atm|mmHg|psi|pH|"
    r"ppmv?|ppbv?|pptv?|psu|PSU|NTU|FNU|DU|dBZ?|h|hr|hrs|hours?|d|days?|yr|years?|months?|weeks?|min|minutes?|sec|"
    r"seconds?|knots?|kt|kts|mph|ft|in|mi|lbs?|oz|gal|ha|px|pixels?|counts?|cm|mm|km|kg|hPa|mb|mbar|inches|feet|miles|"
    r"metres?|meters?|degrees?(?:_?[NESWCFK]|_(?:north|east|south|west|Celsius))?|°|°[CFNESW]|℃|Celsius|celsius|"
    r"Kelvin|kelvin|Fahrenheit|%|‰|percent|unitless|dimensionless|ratio|fraction|EUR|USD|GBP|[€$£])"
)
POWER = r"(?:(?:\^|\*\*)?\(?[-+−]?\d\)?|[²³⁻¹]+)"
UNIT = re.compile(rf"^(?:1|10{POWER}?|{PREFIX}{SYMBOL}{POWER}?)$")
CLOCK = re.compile(r"^(?:utc|gmt|local|date|time|datetime|iso|[ymdhst:/.\- ]+)$", re.IGNORECASE)
"""What stands below the name of a column of dates."""


def absorb_units(frame: Frame) -> tuple[Frame, tuple[str, ...]]:
    """The table without its row of units, which have joined the names; and a note. Others are returned as they are."""
    if frame.height < 3:
        return frame, ()
    head = _head(frame)
    units = {name: str(head[name][0] or "").strip() for name in frame.columns}
    numeric = {name: _is_numeric(head[name].slice(1)) for name in frame.columns}
    if not all(_fits(units[name], numbers=numeric[name]) for name in frame.columns):
        return frame, ()
    found = {name: unit for name, unit in units.items() if numeric[name] and not _is_blank(unit)}
    if not found:
        return frame, ()
    new = {name: f"{name} [{_bare(unit)}]" for name, unit in found.items() if not split_unit(name)[1]}
    shown = ", ".join(f"{name} {_bare(unit)}" for name, unit in list(found.items())[:4]) + " ..." * (len(found) > 4)
    return _without_first(frame, new), (f"The first row holds units, not values: {shown}.",)


def _head(frame: Frame) -> pl.DataFrame:
    if isinstance(frame, LazyFrame):
        return frame.scan.head(LOOKED_AT).collect()
    return pl.DataFrame({name: frame[name].head(LOOKED_AT) for name in frame.columns})


def _is_numeric(cells: pl.Series) -> bool:
    known = without(cells, MISSING_NUMBER).drop_nulls()
    numbers = known.str.contains(GRAMMAR[POINT]) | known.str.contains(GRAMMAR[COMMA])
    return len(known) > 0 and int(numbers.sum()) >= MOSTLY * len(known)


def _fits(cell: str, *, numbers: bool) -> bool:
    return _is_blank(cell) or is_unit(cell) or (not numbers and CLOCK.match(cell) is not None)


def is_unit(text: str) -> bool:
    """Whether a text is a unit: `degC`, `m/s`, `[kg m-2 s-1]`, `(W/m^2)`, `%`."""
    parts = [part for part in re.split(r"[\s·/]+|(?<!\*)\*(?!\*)|(?<=[A-Za-z])\.(?=[A-Za-z])", _bare(text)) if part]
    return all(UNIT.match(part) for part in parts) and not all(part[0] == "1" for part in parts)


def _bare(text: str) -> str:
    return text.strip().strip("[]()").strip()


def _is_blank(text: str) -> bool:
    return _bare(text).lower() in MISSING_NUMBER


def _without_first(frame: Frame, new: dict[str, str]) -> Frame:
    names = [new.get(name, name) for name in frame.columns]
    if isinstance(frame, LazyFrame):
        return replace(frame, scan=frame.scan.slice(1).rename(new), columns=names, height=frame.height - 1)
    return pl.DataFrame({new.get(name, name): frame[name].slice(1) for name in frame.columns})
