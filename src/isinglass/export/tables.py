"""Tables as files: the format by the file's ending, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from isinglass.errors import DataError, UsageError
from isinglass.files import unwritable

if TYPE_CHECKING:
    import polars as pl


WRITERS: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    ".csv": lambda frame, path: frame.write_csv(path),
    ".tsv": lambda frame, path: frame.write_csv(path, separator="\t"),
    ".parquet": lambda frame, path: frame.write_parquet(path),
    ".feather": lambda frame, path: frame.write_ipc(path),
    ".json": lambda frame, path: frame.write_json(path),
}
"""How a frame is written, by the file's ending."""


def require_format(path: Path) -> Path:
    """The path, if its ending names a format. Raises UsageError."""
    if path.suffix not in WRITERS:
        raise UsageError("the ending names no format", where=str(path), given=path.suffix or "none", allowed=WRITERS)
    return path


def write(frame: pl.DataFrame, path: Path) -> None:
    """Write a table; after a failure what was there before is intact.

    Raises:
        UsageError: an unknown ending. DataError: it cannot be written.
    """
    from polars.exceptions import PolarsError

    part = require_format(path).with_name(f".{path.name}.{os.getpid()}")
    try:
        WRITERS[path.suffix](frame, part)
        os.replace(part, path)
    except (OSError, PolarsError) as error:
        raise unwritable(path, error, failure=DataError) from None
    finally:
        part.unlink(missing_ok=True)
