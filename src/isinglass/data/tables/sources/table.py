"""A table in a file: the suffix chooses the reader."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from isinglass.data.tables.parsing import typed
from isinglass.data.tables.sources.arrays import to_polars as to_polars
from isinglass.data.tables.sources.binary import read_feather, read_npz, read_parquet
from isinglass.data.tables.sources.compressed import PACKINGS, TEXTS, text_name
from isinglass.data.tables.sources.decimals import plain_numbers
from isinglass.data.tables.sources.delimited import read_csv, read_tsv
from isinglass.data.tables.sources.frame import Table, materialise
from isinglass.data.tables.sources.layout import UNKNOWN, Layout
from isinglass.errors import DataError

READERS: dict[str, Callable[[Path], Table]] = {
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".tab": read_tsv,
    ".txt": read_csv,
    ".dat": read_csv,
    ".data": read_csv,
    ".parquet": read_parquet,
    ".pq": read_parquet,
    ".feather": read_feather,
    ".arrow": read_feather,
    ".npz": read_npz,
}

SHOWN = (".csv", ".tsv", ".parquet", ".feather", ".npz")
"""Endings that a message names."""
SHEET = "save the sheet as CSV (UTF-8)."
CURES = {".isinglass": "isinglass predict {} DATA", ".xlsx": SHEET, ".xls": SHEET, ".ods": SHEET}
"""What to do with files of other kinds."""


def read_table(
    path: str | Path,
    *,
    columns: Sequence[str] | None = None,
    header: str = "auto",
    names: Sequence[str] = (),
    decimal: str = "auto",
    dates: str = "auto",
) -> pl.DataFrame:
    """Read a whole table into memory, text columns of numbers and dates as such.

    Args:
        path: a file with a suffix of `READERS`; texts may be compressed, with a suffix of `PACKINGS` behind.
        columns: only these (headers as in the file); all otherwise.
        header: "first" where the first line holds the names, "none" where it is a row; "auto" finds out.
        names: of the columns, where the file has none.
        decimal: "point" or "comma"; "auto" finds out.
        dates: "day-first", "month-first" or "year-first" in dates such as 01/02/2024; "auto" finds out.

    Raises:
        DataError: no such file, unknown suffix, damaged, empty, ragged, not UTF-8, a text in a numeric column ...
    """
    table = open_table(path, Layout(header=header, names=tuple(names), decimal=decimal))
    missing = [name for name in columns or () if name not in table.frame.columns]
    if missing:
        raise DataError(f"no column '{missing[0]}'", where=table.where, allowed=table.frame.columns)
    frame = materialise(table.frame, columns)
    order = "" if dates == "auto" else dates
    return pl.DataFrame([typed(frame[name], where=table.where, order=order) for name in frame.columns])


def open_table(path: str | Path, layout: Layout = UNKNOWN) -> Table:
    """Open a table without interpreting its cells: columns of text files are text, large files stay on the disk.

    Numbers are written as Python writes them, whatever the decimal mark of the file: see `plain_numbers`.
    """
    path = Path(path).expanduser()
    _require_file(path)
    reader = READERS.get(_suffix(path))
    if reader is None:
        raise DataError(
            f"no reader for files that end in '{path.suffix}'" if path.suffix else "the file name has no suffix",
            where=str(path),
            allowed=[*READERS, f"texts compressed as {', '.join(PACKINGS)}"],
            instead=CURES.get(path.suffix.lower(), "").format(path) or None,
        )
    try:
        path.open("rb").close()
        table = reader(path, layout) if reader in (read_csv, read_tsv) else reader(path)  # type: ignore[call-arg]
        return plain_numbers(table, layout)
    except PermissionError:
        raise DataError("no permission to read the file", where=str(path), instead=f"`chmod u+r {path}`.") from None


def _suffix(path: Path) -> str:
    """The ending that chooses the reader, that of the text where it is compressed."""
    name = text_name(path)
    known = READERS if name == path.name.lower() else TEXTS
    return next((suffix for suffix in sorted(known, key=len, reverse=True) if name.endswith(suffix)), "")


def _require_file(path: Path) -> None:
    if path.is_dir():
        found = sorted(file.name for file in path.iterdir() if file.suffix.lower() != ".zip" and _suffix(file))[:5]
        if not found:
            what = "a folder without a table or images"
            raise DataError(what, where=str(path), instead=f"name a table ({', '.join(SHOWN)}) or a folder of images.")
        cure = f"name a file in it, as in {path / found[0]}"
        raise DataError("a folder, not a table", where=str(path), instead=cure)
    if path.exists():
        return
    folder = path.parent
    names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.7)  # a shared suffix alone is not near
    if near:
        cure = f"did you mean '{folder / near[0]}'?"
    else:
        cure = "see `isinglass data list` for the built-in data sets." if folder.is_dir() else None
    what = "no such file" if folder.is_dir() else f"no such file: there is no folder '{folder}'"
    raise DataError(what, where=str(path), instead=cure)
