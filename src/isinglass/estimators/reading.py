"""What X is: numbers only, or a table with text, categories and dates; and how each becomes features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from isinglass.data.opening import missing_values
from isinglass.data.tables.columns import read_headers
from isinglass.data.tables.inputs import describe_inputs
from isinglass.data.tables.missing.rules import without_markers
from isinglass.data.tables.schema import Schema, with_decimals
from isinglass.data.tables.selection import Selection
from isinglass.data.tables.sources.arrays import to_polars
from isinglass.data.tables.sources.decimals import plain_numbers
from isinglass.data.tables.sources.frame import Table
from isinglass.data.tables.sources.layout import Layout, layout_of
from isinglass.recipe import DataRecipe
from isinglass.spec import Column, Kind, Task

NATIVE = (nw.Implementation.PANDAS, nw.Implementation.POLARS)
"""Tables whose column names scikit-learn reads itself."""


@dataclass(frozen=True)
class Reader:
    """How X becomes features, the same in `fit` and `predict`.

    Args:
        schema: the columns.
        numbers: X is an array of numbers, or a table of nothing else; every column is a feature, whatever it holds.
        notes: what the user should know about the columns.
    """

    schema: Schema
    numbers: bool
    notes: tuple[str, ...] = ()

    def encode(self, X: Any) -> np.ndarray:
        """float32 [sample, feature] of an array [sample, column] that has been checked, or of a table."""
        if not self.numbers:
            table = _table(X, [column.name for column in self.schema.columns])
            return self.schema.encode(plain_numbers(table, Layout(known=self.schema.decimals)).frame, where="X")
        marked = [k for k, column in enumerate(self.schema.columns) if column.name in self.schema.indicators]
        if not marked:
            return np.ascontiguousarray(X)
        return np.concatenate([X, np.isnan(X[:, marked]).astype(np.float32)], axis=1)


def opened(X: Any) -> Any:
    """The same, but tables that scikit-learn does not know (pyarrow and others) as polars."""
    table = nw.from_native(X, eager_only=True, pass_through=True)
    return to_polars(X, where="X") if isinstance(table, nw.DataFrame) and table.implementation not in NATIVE else X


def has_words(X: Any, recipe: DataRecipe) -> bool:
    """Whether X is a table with a column that is not numbers, or one whose kinds are given."""
    table = nw.from_native(X, eager_only=True, pass_through=True)
    if not isinstance(table, nw.DataFrame):
        return False
    return bool(recipe.kinds) or any(not (t.is_numeric() or t == nw.Boolean) for t in table.schema.values())


def read_numbers(X: np.ndarray, names: Sequence[str] | None, targets: tuple[Column, ...], task: Task) -> Reader:
    """Every column of X [sample, column] is continuous; those with missing values are marked."""
    headers = read_headers([f"x{k + 1}" for k in range(X.shape[1])] if names is None else list(names))
    columns = tuple(Column(h.name, Kind.CONTINUOUS, h.unit, header=h.text) for h in headers)
    missing = np.flatnonzero(np.isnan(X).any(axis=0))
    indicators = tuple(columns[place].name for place in missing)
    return Reader(Schema(columns, targets, indicators, task), numbers=True)


def read_table(X: Any, recipe: DataRecipe, targets: tuple[Column, ...], task: Task) -> Reader:
    """Kinds are inferred from the values, as for a study.

    Raises:
        DataError: a column does not fit the kind it is given, or no column can be a feature.
    """
    table = plain_numbers(_table(X, None), layout_of(recipe))
    frame = table.frame
    headers = read_headers(frame.columns)
    selection = Selection(
        targets=(),
        features=headers,
        chosen=frozenset(),
        coords={},
        weight=None,
        kinds=dict(recipe.kinds),
        units=dict(recipe.units),
        notes=(),
    )
    frame, selection, missing = without_markers(frame, selection, where="X")
    found = describe_inputs(frame, selection, where="X")
    columns = with_decimals(found.columns, table.decimals)
    schema = Schema(columns, targets, found.indicators, task, recipe.onehot_limit, found.parts)
    notes = (*table.notes, *missing, *found.notes, *missing_values(schema, schema.encode(frame, where="X")))
    return Reader(schema, numbers=False, notes=notes)


def _table(X: Any, names: Sequence[str] | None) -> Table:
    table = nw.from_native(X, eager_only=True, pass_through=True)
    frame = to_polars(X if isinstance(table, nw.DataFrame) else np.asarray(X), names=names, where="X")
    return Table(frame, "X", marked=True)
