"""Rows of a table for a model: columns are found by name, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isinglass.data.catalogue import open_source
from isinglass.data.columns import find_header, read_headers
from isinglass.data.parsing import numbers
from isinglass.data.schema import Schema
from isinglass.data.sources.arrays import to_polars
from isinglass.data.sources.decimals import plain_numbers
from isinglass.data.sources.frame import Frame, Table, materialise
from isinglass.data.sources.layout import layout_of
from isinglass.errors import DataError
from isinglass.model.reading import Asked, Labelled, Rows
from isinglass.recipe import DataRecipe


@dataclass(frozen=True)
class Tables:
    """See `Reader`."""

    schema: Schema
    recipe: DataRecipe

    def asked(self, rows: Rows) -> Asked:
        """Encoded rows [sample, feature]; a row is known by its number."""
        frame, where = self._frame(rows)
        return Asked(self.schema.encode(frame, where=where), notes=self._notes(frame, where), where=where)

    def labelled(self, rows: Rows) -> Labelled:
        """Rows that have all targets, the recipe's groups and weights where they are there."""
        frame, where = self._frame(rows)
        observed = self.schema.encode_targets(frame, where=where)
        inputs = self.schema.encode(frame, where=where)
        known = np.isfinite(observed).all(axis=1)
        if not known.any():
            raise DataError("no row has all targets: nothing to score", where=where)
        groups, weights = self._groups(frame, where), self._weights(frame, where)
        return Labelled(inputs[known], observed[known], weights[known], groups[known], self._notes(frame, where))

    def _notes(self, frame: Frame, where: str) -> tuple[str, ...]:
        """Unused columns, unseen categories."""
        data = self.recipe
        named = (data.group, data.time, data.latitude, data.longitude, data.weight, *data.drop)
        return self.schema.examine(frame, where=where, expected=named)

    def _frame(self, rows: Rows) -> tuple[Frame, str]:
        layout = layout_of(self.recipe, known=self.schema.decimals)
        if isinstance(rows, (str, Path)):
            table = open_source(str(rows), layout)
            return table.frame, table.where
        names = [column.header or column.name for column in self.schema.columns]
        plain = isinstance(rows, np.ndarray) and not rows.dtype.names
        table = Table(to_polars(rows, names=names if plain else None), "the rows", marked=True)
        return plain_numbers(table, layout).frame, table.where

    def _groups(self, frame: Frame, where: str) -> np.ndarray:
        group = self.recipe.group
        if group not in {header.name for header in read_headers(frame.columns)}:
            return np.arange(frame.height)
        header = find_header(group, read_headers(frame.columns), where=where)
        return materialise(frame, [header.text])[header.text].cast(str).fill_null("").to_numpy().astype(str)

    def _weights(self, frame: Frame, where: str) -> np.ndarray:
        """The recipe's sample weights where the rows have them, ones elsewhere."""
        weight = self.recipe.weight
        if weight not in {header.name for header in read_headers(frame.columns)}:
            return np.ones(frame.height)
        header = find_header(weight, read_headers(frame.columns), where=where)
        return np.nan_to_num(numbers(frame[header.text].alias(weight), where=where))
