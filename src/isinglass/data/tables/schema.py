"""What the columns of a study mean: the same rules turn training rows and new rows into numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import polars as pl

from isinglass.data.schema import DataSchema
from isinglass.data.tables.columns import Header, nearest_of, no_column, read_headers, split_unit
from isinglass.data.tables.encoding import (
    NUMERIC,
    category_index,
    column_features,
    encode_column,
    encode_target,
    is_missing,
)
from isinglass.data.tables.missing.cleaned import cleaned
from isinglass.data.tables.missing.limits import measured
from isinglass.data.tables.parsing import labels
from isinglass.data.tables.sources.frame import Frame
from isinglass.errors import DataError
from isinglass.spec import FEATURES, Column, Feature, Kind, Spec, Task

DECIMALS = (".", ",")


@dataclass(frozen=True)
class Schema(DataSchema):
    """Inputs, targets and how they are encoded.

    Args:
        columns: inputs in order, as columns of the table.
        targets: columns to predict; `categories` are the classes.
        indicators: inputs that get a feature '... missing', 0 or 1.
        task: regression, classification or multilabel.
        onehot_limit: a column with more categories than this becomes one code feature.
        parts: pairs (date-time column, part), the parts that are features: 'time', 'year', 'week' or 'day'.
    """

    columns: tuple[Column, ...]
    targets: tuple[Column, ...]
    indicators: tuple[str, ...]
    task: Task
    onehot_limit: int = 12
    parts: tuple[tuple[str, str], ...] = ()

    kind: ClassVar[str] = "table"
    native: ClassVar[bool] = False

    @property
    def spec(self) -> Spec:
        """One axis, that of the features."""
        units = {column.name: column.unit for column in self.columns}
        names = tuple(feature.name for feature in self.features)
        return Spec(FEATURES, (len(names),), names, tuple(units.get(each.column, "") for each in self.features))

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Every number that the machine sees: columns in order, then indicators, then codes."""
        made = [feature for column in self.columns for feature in self._features_of(column)]
        plain = [feature for feature in made if feature.kind != "code"]
        marks = [Feature(f"{name} missing", name, "indicator") for name in self.indicators]
        return (*plain, *marks, *(feature for feature in made if feature.kind == "code"))

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Number of codes (0 = unknown included) of each code feature, the last ones of `features`."""
        return tuple(feature.cardinality for feature in self.features if feature.kind == "code")

    @property
    def outputs(self) -> int:
        """Columns of the encoded targets."""
        return len(self.targets)

    @property
    def answers(self) -> int:
        """Numbers that a prediction has: a class each, or a target each."""
        return len(self.classes) if self.task is Task.CLASSIFICATION else self.outputs

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of a classification; the target names of a multilabel task; empty for a regression."""
        if self.task is Task.CLASSIFICATION:
            return self.targets[0].categories
        return tuple(target.name for target in self.targets) if self.task is Task.MULTILABEL else ()

    def encode(self, frame: Frame, *, where: str = "data") -> np.ndarray:
        """Rows of a table as float32 [sample, feature]; NaN = missing, code 0 = missing or unknown category.

        Numbers are counted from their feature's `origin`, subtracted in double precision.

        Columns may be in any order and there may be more of them (`examine` says which).

        Raises:
            DataError: columns are missing, or a cell does not fit (row, column and value are named).
        """
        inputs = np.empty((frame.height, len(self.features)), np.float32)
        self.encode_into(inputs, frame, where=where)
        return inputs

    def encode_into(
        self, inputs: np.ndarray, frame: Frame, *, where: str = "data", keep: np.ndarray | None = None
    ) -> None:
        """As `encode`, column after column into an array [kept sample, feature] that is there already.

        `keep` is a mask of the rows to encode, bool [sample]; without it all are.
        """
        headers = self._locate(self.columns, frame, where=where)
        place = {(feature.column, feature.name): k for k, feature in enumerate(self.features)}
        rows = slice(None) if keep is None else keep
        for column, header in zip(self.columns, headers, strict=True):
            series = _cells(column, frame[header], where)
            for feature, values in zip(self._features_of(column), self._encode(column, series, where), strict=True):
                inputs[:, place[column.name, feature.name]] = values[rows]
            if column.name in self.indicators:
                inputs[:, place[column.name, f"{column.name} missing"]] = is_missing(column, series)[rows]
            del series  # one column in memory at a time

    def encode_targets(self, frame: Frame, *, where: str = "data") -> np.ndarray:
        """Targets as float64 [sample, out]: numbers, the index of the class, or 0/1; NaN where missing.

        Raises:
            DataError: a target column is missing, or a class is not one of the schema's.
        """
        self._require_targets(frame, where=where)
        headers = self._locate(self.targets, frame, where=where)
        pairs = zip(self.targets, headers, strict=True)
        series = [(target, _cells(target, frame[header], where)) for target, header in pairs]
        return np.stack([encode_target(target, values, where=where) for target, values in series], axis=1)

    def censoring(self, frame: Frame, *, where: str = "data") -> np.ndarray:
        """int8 [sample, out], where some target column may hold limits, else [0, out]: -1 where a target lies below the
        number that stands for it, 1 where above, 0 where it is it."""
        if not any(target.censored for target in self.targets):
            return np.zeros((0, self.outputs), np.int8)
        sign = np.zeros((frame.height, self.outputs), np.int8)
        for out, (target, header) in enumerate(
            zip(self.targets, self._locate(self.targets, frame, where=where), strict=True)
        ):
            if target.censored:
                sign[:, out] = measured(cleaned(frame[header], target.missing), where=where)[1]
        return sign

    def examine(self, frame: Frame, *, where: str = "data", expected: Sequence[str] = ()) -> tuple[str, ...]:
        """What a user should know about new rows: columns not used (but the `expected` ones), categories never
        seen, cells missing."""
        headers = self._locate(self.columns, frame, where=where)
        known = {*headers, *(target.header or target.name for target in self.targets)}
        known |= {target.name for target in self.targets} | set(expected)
        extra = [header.text for header in read_headers(frame.columns) if not known & {header.text, header.name}]
        count = "1 column is" if len(extra) == 1 else f"{len(extra)} columns are"
        notes = [f"{count} not used: {', '.join(extra[:8])}{' ...' * (len(extra) > 8)}."] if extra else []
        for column, header in zip(self.columns, headers, strict=True):
            notes += self._examine_column(column, _cells(column, frame[header], where), where)
        return tuple(notes)

    @property
    def decimals(self) -> dict[str, str]:
        """By name, the decimal marks of the columns of numbers, where they are known."""
        return {column.name: column.form for column in (*self.columns, *self.targets) if column.form[-1:] in DECIMALS}

    def to_json(self, *, forms: bool = True) -> str:
        """The schema as JSON text that `from_json` reads back unchanged; perhaps without how its cells are written."""
        document = asdict(self)
        for column in (*document["columns"], *document["targets"]):
            if not (forms and column["form"]):
                del column["form"]
            if not column["origin"]:
                del column["origin"]  # as it was before columns had one
            if column["missing"] is None:
                del column["missing"]  # as models were written that knew the usual texts alone
            if not column["censored"]:
                del column["censored"]
        return json.dumps(document, ensure_ascii=False)

    @staticmethod
    def from_json(document: str | Mapping[str, Any]) -> Schema:
        """Read what `to_json` wrote (text, or the object already parsed)."""
        found = json.loads(document) if isinstance(document, str) else document
        return Schema(
            columns=tuple(map(_column, found["columns"])),
            targets=tuple(map(_column, found["targets"])),
            indicators=tuple(found["indicators"]),
            task=Task(found["task"]),
            onehot_limit=int(found["onehot_limit"]),
            parts=tuple((str(name), str(part)) for name, part in found["parts"]),
        )

    def _features_of(self, column: Column) -> tuple[Feature, ...]:
        return column_features(column, self._parts_of(column), self.onehot_limit)

    def _parts_of(self, column: Column) -> tuple[str, ...]:
        return tuple(part for name, part in self.parts if name == column.name)

    def _encode(self, column: Column, series: pl.Series, where: str) -> Iterator[np.ndarray]:
        parts = self._parts_of(column)
        return encode_column(column, series, parts=parts, onehot_limit=self.onehot_limit, where=where)

    def _require_targets(self, frame: Frame, *, where: str) -> None:
        headers = read_headers(frame.columns)
        absent = [target.name for target in self.targets if _match(target, headers, where) is None]
        if absent:
            names = ", ".join(f"'{name}'" for name in absent)
            raise DataError(
                f"no target{'s' * (len(absent) > 1)} {names} in the table: nothing to compare with",
                where=where,
                given=", ".join(frame.columns[:40]),
                instead="isinglass predict answers rows whose target is not known.",
            )

    def _locate(self, columns: tuple[Column, ...], frame: Frame, *, where: str) -> list[str]:
        headers = read_headers(frame.columns)
        found = {column.name: _match(column, headers, where) for column in columns}
        missing = [name for name, header in found.items() if header is None]
        if len(missing) == 1:
            raise no_column(missing[0], headers, where=where)
        if missing:
            raise DataError(
                f"{len(missing)} columns are missing: {', '.join(missing)}",
                where=where,
                given=", ".join(frame.columns[:40]),
                instead=nearest_of(missing, headers),
            )
        return [header for header in found.values() if header is not None]

    def _examine_column(self, column: Column, series: pl.Series, where: str) -> Iterator[str]:
        if column.kind in (Kind.CATEGORICAL, Kind.BOOLEAN):
            unknown = (category_index(column, series) < 0) & labels(series).is_not_null().to_numpy()
            if unknown.any():
                names = labels(series).filter(pl.Series(unknown)).unique().sort().to_list()
                shown = ", ".join(f"'{name}'" for name in names[:5])
                rows = f"{(count := int(unknown.sum()))} row{'s' * (count != 1)}"
                yield f"{column.name}: {rows} with categories never seen in training ({shown})."
        if column.name not in self.indicators and (count := int(is_missing(column, series, where=where).sum())):
            yield f"{column.name}: {count} missing value{'s' * (count != 1)}; in training there were none."


def with_decimals(columns: tuple[Column, ...], decimals: Mapping[str, str]) -> tuple[Column, ...]:
    """Columns of numbers with their decimal marks, which are given by header."""
    return tuple(
        replace(column, form=decimals.get(column.header, column.form)) if column.kind in NUMERIC else column
        for column in columns
    )


def _match(column: Column, headers: tuple[Header, ...], where: str) -> str | None:
    """The header of the same text, else of the same name; a unit in brackets may be absent, but not another one."""
    exact = next((header.text for header in headers if header.text == column.header), None)
    if exact is not None:
        return exact
    found = next((header for header in headers if header.name == column.name), None)
    trained = split_unit(column.header)[1]
    if found is not None and found.unit and trained and found.unit != trained:
        raise DataError(
            f"the unit of '{column.name}' has changed",
            where=where,
            given=f"[{found.unit}]",
            allowed=f"[{trained}]",
            instead="convert the values, then change the header.",
        )
    return found.text if found else None


def _cells(column: Column, series: pl.Series, where: str) -> pl.Series:
    """A column as it stands in a table, without what means 'no value' in it, limits as their numbers."""
    series = cleaned(series.alias(column.name), column.missing)
    return measured(series, where=where)[0] if column.censored else series


def _column(document: Mapping[str, Any]) -> Column:
    fields = dict(document)
    return Column(
        name=fields["name"],
        kind=Kind(fields["kind"]),
        unit=fields["unit"],
        categories=tuple(fields["categories"]),
        header=fields["header"],
        form=fields.get("form", ""),
        origin=float(fields.get("origin", 0.0)),
        missing=None if fields.get("missing") is None else tuple(fields["missing"]),
        censored=bool(fields.get("censored", False)),
    )
