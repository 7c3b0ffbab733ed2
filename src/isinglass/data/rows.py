"""Rows that a model is asked about: what its user gives, and what the networks see of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import polars as pl

Rows = Any
"""A path, a catalogue name, a pandas, polars or pyarrow table, a dict of columns, or an array [sample, column]; images
as a folder, a file, an archive, an array [sample, height, width, channel] (of one channel [sample, height, width] too),
one image [height, width, channel], or a list of such arrays or of files."""


Native = Literal["", "pandas", "polars"]


@dataclass(frozen=True)
class Carried:
    """Columns of the rows that were asked about, in their order.

    Args:
        columns: by name, each [sample].
        native: whose table the rows were.
        index: of a pandas table; None otherwise.
    """

    columns: Mapping[str, pl.Series] = field(default_factory=dict)
    native: Native = ""
    index: Any = None


@dataclass(frozen=True)
class Asked:
    """Rows as the networks see them: a source is read once, and a model takes this in its place.

    inputs: [sample, feature] or images; names: [sample], where each came from (files), None for rows of a table;
    notes: what one should know of these rows before one trusts their predictions; where: the source, for messages;
    known: images: bool [sample, height, width], whether a pixel has data; None: all have;
    carried: who, when and where they are, beside their predictions.
    """

    inputs: np.ndarray
    names: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    where: str = "the rows"
    known: np.ndarray | None = None
    carried: Carried = field(default_factory=Carried)


@dataclass(frozen=True)
class Labelled:
    """Rows with what was observed there; those without a target are left out.

    inputs: as `Asked`; targets: [sample, out]; weights, groups: [sample]; ids: uint64 [sample], as `Dataset.ids`;
    notes: as `Asked`.
    """

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    groups: np.ndarray
    ids: np.ndarray
    notes: tuple[str, ...] = ()


class Reader(Protocol):
    """How rows are read for one kind of data."""

    def asked(self, rows: Rows) -> Asked:
        """The networks' inputs. Raises DataError."""
        ...

    def labelled(self, rows: Rows) -> Labelled:
        """Inputs and targets. Raises DataError where there are no targets."""
        ...


def read(reader: Reader, rows: Rows) -> Asked:
    """Rows of any source, or such as have been read before."""
    return rows if isinstance(rows, Asked) else reader.asked(rows)
