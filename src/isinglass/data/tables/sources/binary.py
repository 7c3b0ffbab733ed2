"""Parquet, Feather (Arrow IPC) and npz: files that carry their types."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError

import numpy as np
import polars as pl

from isinglass.data.tables.sources.arrays import columns_of_array
from isinglass.data.tables.sources.declared import declared_in
from isinglass.data.tables.sources.frame import LazyFrame, Table
from isinglass.errors import DataError

FAULTS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
"""What polars raises on damaged files; its Rust parts panic on some."""

NPZ_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, NotImplementedError, TokenError)


def read_parquet(path: Path) -> Table:
    """A Parquet file: columns are read from the disk one at a time."""
    return _scanned(path, pl.scan_parquet, "Parquet")


def read_feather(path: Path) -> Table:
    """A Feather file, version 2 (Arrow IPC). Version 1 (before 2020) is refused."""
    with path.open("rb") as file:
        if file.read(4) == b"FEA1":
            raise DataError(
                "Feather version 1 is not supported",
                where=str(path),
                instead="write it again with `pandas.read_feather(old).to_parquet(new)`.",
            )
    return _scanned(path, pl.scan_ipc, "Feather")


def _scanned(path: Path, scan, kind: str) -> Table:
    where = str(path)
    if path.stat().st_size == 0:
        raise DataError("the file is empty", where=where)
    try:
        lazy = scan(path)
        names = lazy.collect_schema().names()
        height = int(lazy.select(pl.len()).collect().item())
    except FAULTS as error:
        raise _damaged(where, kind, error) from None
    if height == 0:
        raise DataError("the file has columns but no rows", where=where)
    return Table(_Guarded(lazy, names, height, (where, kind), declared_in(path)), where)


class _Guarded(LazyFrame):
    """A scan whose pages may turn out to be damaged only when they are read."""

    def __init__(
        self, scan: pl.LazyFrame, columns: list[str], height: int, origin: tuple[str, str], declared: frozenset[str]
    ) -> None:
        super().__init__(scan, columns, height)
        object.__setattr__(self, "_origin", origin)
        object.__setattr__(self, "_declared", declared)

    def __getitem__(self, name: str, /) -> pl.Series:
        try:
            series = super().__getitem__(name)
            known = name in self._declared and series.dtype not in (pl.Categorical, pl.Enum)  # type: ignore[attr-defined]
            return series.cast(pl.String).cast(pl.Categorical) if known else series
        except FAULTS as error:
            where, kind = self._origin  # type: ignore[attr-defined]
            raise _damaged(f"{where}, column '{name}'", kind, error) from None


def _damaged(where: str, kind: str, error: BaseException) -> DataError:
    reason = str(error).split("\n")[0]
    return DataError(
        f"not a readable {kind} file, it may be truncated or damaged: {reason}",
        where=where,
        instead="copy or download it again.",
    )


def read_npz(path: Path) -> Table:
    """NumPy arrays: a one-dimensional array is a column, a two-dimensional one is columns name_1 .. name_k."""
    where = str(path)
    if path.stat().st_size == 0:
        raise DataError("the file is empty", where=where)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except NPZ_FAULTS as error:
        raise _damaged(where, "npz", error) from None
    except (ValueError, AttributeError) as error:
        raise DataError(
            f"not a plain npz file: {error}",
            where=where,
            instead="store numbers and text only (no Python objects) with `numpy.savez`.",
        ) from None
    columns = [item for name, array in arrays.items() for item in columns_of_array(name, array, where=where)]
    heights = {name: len(values) for name, values in columns}
    if len(set(heights.values())) > 1:
        shown = ", ".join(f"{name}: {size}" for name, size in heights.items())
        raise DataError(f"arrays of different lengths ({shown})", where=where)
    if not columns or not next(iter(heights.values())):
        raise DataError("the file has no rows", where=where)
    return Table(pl.DataFrame(dict(columns)), where)
