"""Is every line of a delimited text as wide as its header? Counted on bytes, a block at a time."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np

from isinglass.errors import DataError

BLOCK = 1 << 24
NEWLINE, RETURN, QUOTE = 10, 13, 34


@dataclass(frozen=True)
class Lines:
    """Rows of a text (header not counted) that are as wide as the header.

    Where a row differs, `rows` is its number (from 1) and `fields` its number of fields; `unclosed` says that a
    quotation mark is opened there and never closed.
    """

    rows: int
    fields: int | None = None
    unclosed: bool = False


@dataclass
class _Walk:
    """What a block hands to the next: lines finished, fields and length of the open line, inside quotes or not."""

    lines: int = 0
    separators: int = 0
    length: int = 0
    quoted: int = 0


def count_lines(raw: np.ndarray, separator: str, *, fields: int) -> Lines:
    """Count the rows, up to the first that has more or fewer fields than the header.

    Args:
        raw: uint8 [byte], the whole file.
        separator: one ASCII character.
        fields: how many the header has.

    Returns:
        The count, or the fault. An empty line counts as one field. Quoted separators and newlines are text.
    """
    walk = _Walk()
    for start in range(0, len(raw), BLOCK):
        fault = _walk_block(np.asarray(raw[start : start + BLOCK]), ord(separator), fields, walk)
        if fault is not None:
            return fault
    if walk.quoted:
        return Lines(walk.lines, fields=walk.separators + 1, unclosed=True)
    if walk.length and walk.separators != fields - 1:
        return Lines(walk.lines, fields=walk.separators + 1)
    return Lines(walk.lines - (0 if walk.length else 1))


def _walk_block(block: np.ndarray, separator: int, fields: int, walk: _Walk) -> Lines | None:
    outside = _outside_quotes(block, walk)
    ends = np.flatnonzero((block == NEWLINE) & outside)
    separators = np.flatnonzero((block == separator) & outside)
    before = np.searchsorted(separators, ends)
    counts = np.diff(before, prepend=0)
    if len(counts):
        counts[0] += walk.separators
    wrong = np.flatnonzero(counts != fields - 1)
    if len(wrong):
        return Lines(walk.lines + int(wrong[0]), fields=int(counts[wrong[0]]) + 1)
    last = int(ends[-1]) + 1 if len(ends) else 0
    walk.separators = len(separators) - (int(before[-1]) if len(ends) else -walk.separators)
    walk.length = len(block) - last + (0 if len(ends) else walk.length)
    walk.lines += len(ends)
    return None


def _outside_quotes(block: np.ndarray, walk: _Walk) -> np.ndarray | np.bool_:
    quotes = block == QUOTE
    if not walk.quoted and not quotes.any():
        return np.True_
    parity = np.bitwise_xor.accumulate(quotes.view(np.uint8)) ^ np.uint8(walk.quoted)
    walk.quoted = int(parity[-1])
    return parity == 0


def header_fields(raw: np.ndarray, separator: str, *, where: str = "data") -> list[str]:
    """The fields of the first line, unquoted and stripped. Raises DataError where they cannot be told apart."""
    head = bytes(raw[: 1 << 20]).decode("utf-8", errors="ignore")
    try:
        return [cell.strip() for cell in next(csv.reader(io.StringIO(head, newline=""), delimiter=separator), [])]
    except csv.Error as error:
        raise DataError(f"the header cannot be read: {error}", where=where) from None


def without_trailing_blank(raw: np.ndarray) -> np.ndarray:
    """Drop empty lines at the end of the file: editors leave them, and they are no rows."""
    end = len(raw)
    while end and raw[end - 1] in (NEWLINE, RETURN, 32):
        end -= 1
    return raw[:end]


def without_blank_lines(raw: np.ndarray) -> tuple[np.ndarray, int]:
    """Drop empty lines between rows; returns the bytes that stay and how many lines went."""
    if not _may_be_blank(raw):
        return raw, 0
    ends = np.flatnonzero((raw == NEWLINE) & _outside_quotes(raw, _Walk()))
    widths = np.diff(ends)
    later = ends[1:]
    blank = later[(widths == 1) | ((widths == 2) & (raw[later - 1] == RETURN))]
    if not len(blank):
        return raw, 0
    gone = np.concatenate([blank, blank[raw[blank - 1] == RETURN] - 1])
    return np.delete(raw, gone), len(blank)


def _may_be_blank(raw: np.ndarray) -> bool:
    """Whether a line, perhaps one inside quotes, is empty."""
    blocks = (bytes(raw[start : start + BLOCK + 2]) for start in range(0, len(raw), BLOCK))
    return any(b"\n\n" in block or b"\n\r\n" in block for block in blocks)


def require_utf8(raw: np.ndarray, *, where: str) -> None:
    """Raise DataError that names the first line which is not UTF-8."""
    if bytes(raw[:2]) in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError("the file is UTF-16, not UTF-8", where=where, instead="save it as UTF-8 (CSV UTF-8).")
    lines = 1
    start = 0
    while start < len(raw):
        block = _to_line_end(raw, start)
        try:
            block.decode("utf-8")
        except UnicodeDecodeError as error:
            line = lines + block[: error.start].count(b"\n")
            raise DataError(
                f"not UTF-8 text in line {line}",
                where=where,
                given=f"byte 0x{block[error.start]:02x}",
                instead="save it as UTF-8, as in `iconv -f latin1 -t utf-8 old.csv > new.csv`.",
            ) from None
        lines += block.count(b"\n")
        start += len(block)


def _to_line_end(raw: np.ndarray, start: int) -> bytes:
    """A block that ends after a newline (no newline: the rest), so that no character is cut."""
    block = bytes(raw[start : start + BLOCK])
    if start + BLOCK >= len(raw):
        return block
    cut = block.rfind(b"\n") + 1
    return block[:cut] if cut else bytes(raw[start:])
