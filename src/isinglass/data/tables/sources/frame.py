"""What every source gives: something with columns that can be read one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl


class Frame(Protocol):
    """A polars DataFrame, or a table on disk of which one column is in memory at a time."""

    @property
    def columns(self) -> list[str]: ...

    @property
    def height(self) -> int: ...

    def __getitem__(self, name: str, /) -> pl.Series: ...


@dataclass(frozen=True)
class LazyFrame:
    """A table on disk: `frame["sst"]` reads that column, or some columns from it on: the next may be asked for.

    Args:
        scan: a polars scan of the file.
        columns: names as the scan has them.
        height: number of rows.
        together: columns that are read at once: of a text one takes as long as many.
    """

    scan: pl.LazyFrame
    columns: list[str]
    height: int
    together: int = 1
    _read: dict[str, pl.Series] = field(init=False, default_factory=dict, repr=False, compare=False)

    def __getitem__(self, name: str, /) -> pl.Series:
        if self.together == 1:
            return self.scan.select(pl.col(name)).collect().to_series()
        if name not in self._read:
            start = self.columns.index(name)
            self._read.clear()
            found = self.scan.select(self.columns[start : start + self.together]).collect()
            self._read.update(zip(found.columns, found.get_columns(), strict=True))
        return self._read[name]


@dataclass(frozen=True)
class Wrapped:
    """A frame whose columns are the inner one's, changed when they are read: a subclass says how.

    Args:
        frame: the inner one.
    """

    frame: Frame

    @property
    def columns(self) -> list[str]:
        return self.frame.columns

    @property
    def height(self) -> int:
        return self.frame.height


@dataclass(frozen=True)
class Table:
    """A source opened: its columns, what the reader wants to tell, and a name for messages.

    Args:
        frame: the columns.
        where: a name for messages.
        notes: what the reader wants to tell.
        separator: between the columns of a text.
        marked: there may be decimal commas, or marks between thousands, in cells of text.
        decimals: the decimal marks of columns, by header, where they are known: see `Layout.known`.
    """

    frame: Frame
    where: str
    notes: tuple[str, ...] = ()
    separator: str = ""
    marked: bool = False
    decimals: Mapping[str, str] = field(default_factory=dict)


def materialise(frame: Frame, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """All (or the named) columns in memory."""
    names = frame.columns if columns is None else list(columns)
    return pl.DataFrame({name: frame[name] for name in names})
