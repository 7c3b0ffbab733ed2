"""Numbers that conventional methods can use: scaled or as they are, codes replaced by their mean target.

A code of an embedding (a category among many) is replaced by the mean target of its category, drawn towards the
overall mean as if 10 more rows had that (Micci-Barreca 2001, doi:10.1145/507533.507538). Each of the rows from which
this is learnt is encoded by the other four fifths, or a rare category would simply repeat its own target.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isinglass.evaluation.baselines.baseline import Table

PRIOR = 10.0
FIFTHS = 5
RANGE = 2.0**10
"""scikit-learn's forests take values within 1e-7 of each other for equal: of such a range that is less than what single
precision rounds away at its ends."""


LARGEST = float(np.finfo(np.float32).max)
"""A row far beyond the training rows stays a number in the single precision of scikit-learn's trees."""


@dataclass(frozen=True)
class Scale:
    """(inputs - center) * factor in float64, within +-`LARGEST`.

    Attributes:
        center, factor: float64 [column].
        filled: bool [column]: missing values become 0; in others they stay.
    """

    center: np.ndarray
    factor: np.ndarray
    filled: np.ndarray

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        scaled = np.clip((inputs.astype(np.float64) - self.center) * self.factor, -LARGEST, LARGEST)
        return np.where(self.filled, np.nan_to_num(scaled), scaled)


@dataclass(frozen=True)
class Meaning:
    """What the codes of one column are replaced by.

    Attributes:
        column: its place among the inputs.
        means: float64 [code, out]: mean targets from the overall mean, in units of the target's spread.
    """

    column: int
    means: np.ndarray

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        codes = inputs[:, self.column].astype(np.int64)
        return self.means[np.clip(codes, 0, len(self.means) - 1)]


@dataclass(frozen=True)
class Encoder:
    """Inputs float32 [sample, feature] -> float64 [sample, column].

    Attributes:
        plain: the columns that are not codes; they come first.
        scale: of these columns.
        meanings: of the columns of codes.
    """

    plain: np.ndarray
    scale: Scale
    meanings: tuple[Meaning, ...]

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        return np.hstack([self.scale(inputs[:, self.plain]), *(meaning(inputs) for meaning in self.meanings)])


@dataclass(frozen=True)
class Encoding:
    """Fitted on a table's rows: `train` float64 [sample, column] are these rows, `apply` encodes others alike."""

    train: np.ndarray
    apply: Encoder


def encode(table: Table, seed: int, *, scaled: bool) -> Encoding:
    """Encode the inputs of a table.

    Args:
        table: the training rows.
        seed: of the fifths by which codes are learnt.
        scaled: numeric columns to mean 0 and standard deviation 1, missing values to 0 (the mean); else only times a
            power of two, which changes no order and no digit.
    """
    kinds = np.array([feature.kind for feature in table.features])
    plain, codes = np.flatnonzero(kinds != "code"), np.flatnonzero(kinds == "code")
    means = [_Means(table, int(column)) for column in codes]
    fitted = _scaling if scaled else _magnified
    scale = fitted(table, plain, kinds[plain] == "numeric")
    encoder = Encoder(plain, scale, tuple(each.meaning() for each in means))
    fifth = np.random.default_rng((seed, 5)).integers(FIFTHS, size=len(table))
    learnt = [each.crossed(fifth) for each in means]
    return Encoding(np.hstack([scale(table.inputs[:, plain]), *learnt]), encoder)


def _magnified(table: Table, plain: np.ndarray, numeric: np.ndarray) -> Scale:
    """Small columns times the power of two that makes their range at least `RANGE`; 0 for a column without any value
    in these rows, which says nothing, then nor later (trees cannot be grown on nothing but NaN)."""
    values = table.inputs[:, plain].astype(np.float64)
    extent = np.fmax.reduce(values, axis=0, initial=-np.inf) - np.fmin.reduce(values, axis=0, initial=np.inf)
    narrow = numeric & np.isfinite(extent) & (extent > 0) & (extent < RANGE)
    factor = np.exp2(np.where(narrow, np.ceil(np.log2(RANGE / np.where(narrow, extent, 1.0))), 0.0))
    empty = np.asarray(np.isnan(values).all(axis=0))
    return Scale(np.zeros(len(plain)), np.where(empty, 0.0, factor), filled=empty)


def _scaling(table: Table, plain: np.ndarray, numeric: np.ndarray) -> Scale:
    values = table.inputs[:, plain].astype(np.float64)
    weight = np.isfinite(values) * table.weights[:, None]
    total = np.maximum(weight.sum(0), np.finfo(np.float64).tiny)
    filled = np.nan_to_num(values)
    center = (weight * filled).sum(0) / total
    spread = np.sqrt((weight * (filled - center) ** 2).sum(0) / total)
    # 0 and 1 keep their distance; what never changes in these rows says nothing.
    constant = spread <= 1e-6 * np.maximum(np.abs(center), 1e-30)
    factor = np.where(constant, 0.0, 1.0 / np.where(numeric & ~constant, spread, 1.0))
    return Scale(center, factor, filled=np.ones(len(plain), bool))


class _Means:
    """The mean target of each code of one column, in units of the target's spread: columns [out]."""

    def __init__(self, table: Table, column: int) -> None:
        self.codes = table.inputs[:, column].astype(np.int64)
        self.column, self.size = column, max(int(self.codes.max()) + 1, table.features[column].cardinality + 1)
        truth = table.truth
        spread = truth.std(0)
        self.truth = (truth - table.share) / np.where(spread > 0, spread, 1.0)
        self.weights = table.weights

    def _means(self, rows: np.ndarray) -> np.ndarray:
        codes, weights = self.codes[rows], self.weights[rows]
        total = np.bincount(codes, weights=weights, minlength=self.size)
        sums = [np.bincount(codes, weights=weights * y, minlength=self.size) for y in self.truth[rows].T]
        return np.stack(sums, axis=1) / (total + PRIOR)[:, None]

    def meaning(self) -> Meaning:
        """Learnt from all rows."""
        return Meaning(self.column, self._means(np.ones(len(self.codes), bool)))

    def crossed(self, fifth: np.ndarray) -> np.ndarray:
        encoded = np.empty_like(self.truth)
        for index in range(FIFTHS):
            here = fifth == index
            encoded[here] = self._means(~here)[self.codes[here]]
        return encoded
