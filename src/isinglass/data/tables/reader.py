"""Rows of a table for a model: columns are found by name, in any order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from isinglass.data.catalogue import open_source
from isinglass.data.fingerprints import row_ids
from isinglass.data.rows import Asked, Labelled, Rows
from isinglass.data.tables.columns import find_header, read_headers
from isinglass.data.tables.lags import with_lags
from isinglass.data.tables.parsing import numbers
from isinglass.data.tables.row_labels import carried, native_of
from isinglass.data.tables.schema import Schema
from isinglass.data.tables.sources.arrays import to_polars
from isinglass.data.tables.sources.decimals import plain_numbers
from isinglass.data.tables.sources.frame import Frame, Table, materialise
from isinglass.data.tables.sources.indexes import with_index
from isinglass.data.tables.sources.layout import layout_of
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe


@dataclass(frozen=True)
class Tables:
    """See `Reader`."""

    schema: Schema
    recipe: DataRecipe

    def asked(self, rows: Rows) -> Asked:
        """Encoded rows [sample, feature]; a row is known by its number."""
        table = self._table(rows)
        beside = carried(table.frame, self.schema, self.recipe, where=table.where)
        encoded = self.schema.encode(table.frame, where=table.where)
        return Asked(
            encoded,
            notes=self._notes(table, expected=tuple(beside)),
            where=table.where,
            carried=replace(native_of(rows), columns=beside),
        )

    def labelled(self, rows: Rows) -> Labelled:
        """Rows that have all targets, the recipe's groups and weights where they are there."""
        table = self._table(rows)
        frame, where = table.frame, table.where
        observed = self.schema.encode_targets(frame, where=where)
        inputs = self.schema.encode(frame, where=where)
        known = np.asarray(np.isfinite(observed).all(axis=1))
        if not known.any():
            raise DataError("no row has all targets: nothing to score", where=where)
        known, limits = self._quantified(frame, known, where)
        groups, weights = self._groups(frame, where), self._weights(frame, where)
        notes = (*self._notes(table), *limits)
        inputs, observed = inputs[known], observed[known]
        return Labelled(inputs, observed, weights[known], groups[known], row_ids(inputs, observed), notes)

    def _quantified(self, frame: Frame, known: np.ndarray, where: str) -> tuple[np.ndarray, tuple[str, ...]]:
        """bool [sample]: of the known rows those whose targets are no limits; and a note on the others."""
        sign = self.schema.censoring(frame, where=where)
        limits = known & (sign != 0).any(axis=1) if len(sign) else np.zeros_like(known)
        if not limits.any():
            return known, ()
        if not (known & ~limits).any():
            raise DataError("every target is a limit: there is no value to compare with", where=where)
        return known & ~limits, (f"{int(limits.sum())} rows hold a limit and no value: not scored.",)

    def _notes(self, table: Table, *, expected: tuple[str, ...] = ()) -> tuple[str, ...]:
        """How the rows were read; unused columns, unseen categories."""
        data = self.recipe
        named = (data.group, data.time, data.latitude, data.longitude, data.weight, *data.drop, *data.lags, *expected)
        return (*table.notes, *self.schema.examine(table.frame, where=table.where, expected=named))

    def _table(self, rows: Rows) -> Table:
        table = self._opened(rows)
        frame, notes = with_lags(table.frame, self.recipe, where=table.where, asked=True)
        return replace(table, frame=frame, notes=(*table.notes, *notes)) if self.recipe.lags else table

    def _opened(self, rows: Rows) -> Table:
        layout = layout_of(self.recipe, known=self.schema.decimals)
        if isinstance(rows, (str, Path)):
            return open_source(str(rows), layout)
        names = [column.header or column.name for column in self.schema.columns]
        plain = isinstance(rows, np.ndarray) and not rows.dtype.names
        rows, _ = with_index(rows, wanted=self._wanted)
        table = Table(to_polars(rows, names=names if plain else None), "the rows", marked=True)
        return plain_numbers(table, layout)

    @property
    def _wanted(self) -> set[str]:
        """Names that an index may have."""
        data = self.recipe
        named = {column.name for column in (*self.schema.columns, *self.schema.targets)}
        return named | {data.group, data.time, data.latitude, data.longitude, data.weight} - {""}

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
