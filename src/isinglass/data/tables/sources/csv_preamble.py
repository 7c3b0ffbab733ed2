"""What stands above the header of a text: comments that begin with #, and the line by which Excel names a separator."""

from __future__ import annotations

import re

import numpy as np

from isinglass.errors import DataError

SEPARATOR = re.compile(rb"^(?:\xef\xbb\xbf)?\"?sep=(.)\"?\r?\n", re.IGNORECASE)
NUMBER = re.compile(r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$")
LOOKED_AT = 1 << 20
IN_MEMORY = 1 << 28
"""Bytes: a larger text is read from its file, as it stands."""


def first_lines(raw: np.ndarray) -> list[bytes]:
    """The first two lines that are no comments."""
    return [line for line in bytes(raw[: 1 << 16]).split(b"\n") if line[:1] != b"#"][:2]


def named_separator(raw: np.ndarray) -> tuple[str, np.ndarray]:
    """The separator of a first line `sep=;`, and the text below it; nothing and all of it where there is none."""
    found = SEPARATOR.match(bytes(raw[:32])) if len(raw) <= IN_MEMORY else None
    return (found[1].decode("latin-1"), raw[found.end() :]) if found else ("", raw)


def without_comments(raw: np.ndarray, separator: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The text from its header on, and a note. The last comment is the header where the line below it has as many
    fields, all of them numbers: `# a,b,y`, as numpy writes it."""
    head = bytes(raw[:LOOKED_AT])
    lines, start = 0, 0
    last = start
    while head[start : start + 1] == b"#" and b"\n" in head[start:]:
        last, start, lines = start, head.index(b"\n", start) + 1, lines + 1
    if not lines:
        return raw, ()
    names = head[last:start].decode("utf-8", "replace").strip().lstrip("#").strip()
    below = head[start:].split(b"\n", 1)[0].decode("utf-8", "replace").split(separator)
    if len(below) == len(names.split(separator)) and all(map(NUMBER.match, below)):
        return np.concatenate([np.frombuffer(f"{names}\n".encode(), np.uint8), raw[start:]]), ()
    what = "1 line that begins" if lines == 1 else f"{lines} lines that begin"
    return raw[start:], (f"{what} with # above the header left out.",)


def require_separator(first: bytes, second: bytes, where: str) -> None:
    """Raise DataError where columns are separated by spaces or upright strokes."""
    if b"," in first or b";" in first:
        return
    if b"\t" not in first and first.count(b"|") == second.count(b"|") > 0:
        raise DataError(
            "the columns are separated by |",
            where=where,
            given=first.decode("utf-8", "replace").strip()[:80],
            instead="write `sep=|` in a line of its own above the names, or commas in place of |.",
        )
    names, cells = first.split(b"\t")[0].split(), second.split(b"\t")[0].decode("utf-8", "replace").split()
    if len(names) == len(cells) > 1 and all(map(NUMBER.match, cells)):
        raise DataError(
            "the columns are separated by spaces",
            where=where,
            given=first.decode("utf-8", "replace").strip()[:80],
            instead=f"write commas, as in `sed 's/^ *//; s/  */,/g' {where} > new.csv`.",
        )
