"""CSV and TSV, read as text first: only then can an error name the row, the column and the value."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from isinglass.data.tables.sources.compressed import PACKINGS, unpack_text
from isinglass.data.tables.sources.csv_lines import (
    BLOCK,
    Lines,
    count_lines,
    require_utf8,
    without_blank_lines,
    without_trailing_blank,
)
from isinglass.data.tables.sources.csv_preamble import (
    IN_MEMORY,
    first_lines,
    named_separator,
    require_separator,
    without_comments,
)
from isinglass.data.tables.sources.csv_units import absorb_units
from isinglass.data.tables.sources.frame import Frame, LazyFrame, Table
from isinglass.data.tables.sources.headers import Names, column_names, fitted, without_columns
from isinglass.data.tables.sources.layout import UNKNOWN, Layout
from isinglass.errors import DataError

MARKING = (b'"', b"'", b"\xc2", b"\xe2")
"""Quotes, apostrophes, and the first bytes of those blanks and signs that are no ASCII."""
TOP = 30
"""Lines that may stand above the names of columns and tell where the data are from."""
SCANNED = 1 << 26
"""Bytes: of a larger text that is read as it stands, some columns are in memory at a time."""
TOGETHER = 1 << 27
"""Bytes that these columns have, at `CELL` each; a million rows are read eight columns at a time."""
CELL = 16
BLANK = re.compile(rb"\d \d{3}\b")


def read_csv(path: Path, layout: Layout = UNKNOWN) -> Table:
    """Comma-separated text; semicolons or tabs where the first line shows them, as in many spreadsheets."""
    separator, raw = named_separator(_bytes(path))
    if separator:
        return _table(path, raw, separator, layout)
    first, second, *_ = [*first_lines(raw), b"", b""]
    separator, notes = _separator(first, second), ()
    if separator != ",":
        name = "semicolons" if separator == ";" else "tabs"
        notes = (f"The columns of {path.name} are separated by {name}.",)
    require_separator(first, second, str(path))
    return _table(path, raw, separator, layout, notes=notes)


def read_tsv(path: Path, layout: Layout = UNKNOWN) -> Table:
    """Tab-separated text."""
    return _table(path, _bytes(path), "\t", layout)


def _separator(first: bytes, second: bytes) -> str:
    """A comma, unless the first line has none, or has as many semicolons or tabs as the second."""
    for mark in (b";", b"\t"):
        if mark in first and (b"," not in first or first.count(mark) == second.count(mark)):
            return mark.decode()
    return ","


def _bytes(path: Path) -> np.ndarray:
    if path.suffix.lower() in PACKINGS:
        return unpack_text(path)
    if path.stat().st_size == 0:
        return np.zeros(0, np.uint8)
    return np.memmap(path, np.uint8, "r")


def _table(path: Path, raw: np.ndarray, separator: str, layout: Layout, *, notes: tuple[str, ...] = ()) -> Table:
    where = str(path)
    body = without_trailing_blank(raw)
    if not len(body):
        raise DataError("the file is empty", where=where)
    require_utf8(body, where=where)
    body = _unix_lines(body)
    small = len(body) <= IN_MEMORY  # a larger one is read from its file, as it stands
    if small:
        body, above = without_comments(body, separator)
        notes = (*above, *notes)
    found = column_names(body, separator, layout, where=where)
    if small and len(found.names) > 1:
        body, blank = without_blank_lines(body)
        notes = (*notes, f"{blank} empty lines between the rows left out.") if blank else notes
    lines = count_lines(body, separator, fields=len(found.names))
    if small and lines.fields is not None:
        body, found, lines = fitted(body, separator, found, lines)
    rows = _rows(lines, found, where)
    source = path if _stands(body, raw, path) else body
    frame, empty = _without_empty(_parse(source, separator, found=found, rows=rows, where=where), found.nameless)
    frame, units = absorb_units(frame)
    table = _without_counter(frame, where, (*notes, *found.notes, *empty, *units))
    return replace(table, separator=separator, marked=separator != "," or _has_marks(body))


def _rows(lines: Lines, found: Names, where: str) -> int:
    """How many rows there are. Raises DataError where one has more or fewer fields than there are names."""
    lines = replace(lines, rows=lines.rows + (not found.inside))
    _require_even(lines, len(found.names), where)
    return lines.rows


def _without_empty(frame: Frame, nameless: tuple[str, ...]) -> tuple[Frame, tuple[str, ...]]:
    """Without columns that have no name and hold nothing, as spreadsheets leave them beside a table; and a note."""
    empty = [name for name in nameless if frame[name].null_count() == frame.height]
    if not empty or len(empty) == len(frame.columns):
        return frame, ()
    kept = [name for name in frame.columns if name not in empty]
    return _select(frame, kept), (without_columns(len(empty)),)


def _require_even(lines: Lines, width: int, where: str) -> None:
    if lines.unclosed:
        raise DataError(
            "a quotation mark is opened and never closed",
            where=f"{where}, row {lines.rows}",
            instead='write a quotation mark inside text twice, and quotes round the text, as in "a ""b""".',
        )
    if lines.fields is not None:
        raise DataError(
            f"{lines.fields} field{'s' * (lines.fields != 1)} where the header has {width}",
            where=f"{where}, row {lines.rows}",
            instead="put quotes round text that holds a separator, and write missing cells as nothing"
            + ("; take out lines above the names, or begin them with #." if _are_above(lines, width) else "."),
        )
    if not lines.rows:
        raise DataError(
            "the file has a header but no rows",
            where=where,
            instead="the names in the first line, a row in each below.",
        )


def _are_above(lines: Lines, width: int) -> bool:
    """Whether the first line may be no header: one near the top is wider."""
    return lines.fields is not None and lines.fields > width and lines.rows <= TOP


def _has_marks(body: np.ndarray) -> bool:
    """Whether a text whose columns are separated by commas may have marks between thousands: in quotes, or blanks."""
    if BLANK.search(bytes(body[: 1 << 20])) is not None:
        return True
    blocks = (bytes(body[start : start + BLOCK]) for start in range(0, min(len(body), IN_MEMORY), BLOCK))
    return any(byte in block for block in blocks for byte in MARKING)


def _unix_lines(body: np.ndarray) -> np.ndarray:
    """Lines of old Macintosh files end in a carriage return alone."""
    head = bytes(body[: 1 << 16])
    return np.where(body == 13, np.uint8(10), body) if b"\r" in head and b"\n" not in head else body


def _stands(body: np.ndarray, raw: np.ndarray, path: Path) -> bool:
    """Whether a text is large and, but for blanks at its end, what its file holds: nothing was left out or mended."""
    if len(body) <= min(SCANNED, IN_MEMORY) or path.suffix.lower() in PACKINGS:
        return False
    whole = len(raw) == path.stat().st_size and body.ctypes.data == raw.ctypes.data
    return whole or len(body) > IN_MEMORY


def _parse(source: Path | np.ndarray, separator: str, *, found: Names, rows: int, where: str) -> Frame:
    names = found.names
    options = {"separator": separator, "infer_schema": False, "n_rows": rows, "has_header": found.inside}
    try:
        if isinstance(source, Path):
            scan = pl.scan_csv(source, with_column_names=lambda _: names, **options)
            return LazyFrame(scan, names, rows, max(1, TOGETHER // (CELL * rows)))
        return pl.read_csv(io.BytesIO(source.tobytes()), new_columns=names, **options)
    except pl.exceptions.PolarsError as error:
        reason = str(error).split("\n")[0]
        raise DataError(f"the text cannot be divided into columns: {reason}", where=where) from None


def _without_counter(frame: Frame, where: str, notes: tuple[str, ...]) -> Table:
    """Leave out a first column without a name that counts the rows, as R's write.csv makes it."""
    if frame.columns[0] != "" or len(frame.columns) == 1:
        return Table(_named(frame), where, notes)
    numbers = frame[""].cast(pl.Int64, strict=False)
    start = numbers[0]
    if start in (0, 1) and numbers.null_count() == 0 and (numbers.diff().drop_nulls() == 1).all():
        note = "The first column has no name and counts the rows: left out."
        return Table(_select(frame, frame.columns[1:]), where, (*notes, note))
    return Table(_named(frame), where, notes)


def _named(frame: Frame) -> Frame:
    """A column without a name becomes 'column k' (k from 1)."""
    new = {"": f"column {frame.columns.index('') + 1}"} if "" in frame.columns else {}
    return _select(frame, frame.columns, new) if new else frame


def _select(frame: Frame, columns: list[str], new: dict[str, str] | None = None) -> Frame:
    new = new or {}
    names = [new.get(name, name) for name in columns]
    expressions = [pl.col(name).alias(new.get(name, name)) for name in columns]
    if isinstance(frame, LazyFrame):
        return replace(frame, scan=frame.scan.select(expressions), columns=names)
    return pl.DataFrame({name: frame[name] for name in columns}).select(expressions)
