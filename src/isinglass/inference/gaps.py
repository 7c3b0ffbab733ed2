"""Rows in which a column says nothing that training rows said: a category never seen, a value that was never missing.

Such a column is not left at 0, where a network answers as surely as ever. The row is answered as if the column held,
one after the other, what training rows hold there (the stored ones, see `inference.novelty.novelty`), and the answers
are one mixture. With values v of weights w_v (the law of total variance):

    mean = sum w_v mean_v,   noise^2 = sum w_v noise_v^2,
    ignorance^2 = sum w_v ignorance_v^2 + (K + 1) / (K - 1) sum w_v (mean_v - mean)^2

so that the band is as wide as that of a study without the column. (K + 1) / (K - 1) with K = 1 / sum w_v^2, the
effective number of categories, is for categories alone: the new one is not among those whose spread is measured (as for
members in `inference.mixture`). Probabilities are mixed with the same weights; their noise is the mean entropy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isinglass.spec import Feature

DRAWS = 32
"""Values that a column is given at most: the error of a spread of so many is 12 %."""
FEWEST = 1.5
"""Effective categories below which the spread of a new one cannot be told from those seen."""

ROWS = 1 << 14
"""Rows that are filled at once: a million of them, each with `DRAWS` values, are more than memory holds."""

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Gap:
    """Some rows and the columns that say nothing in them.

    rows: int64 [row]; places: features of these columns; values: [value, place] what they hold instead; weights:
    [value], summing to 1; widened: what the variance between the values' means is multiplied by.
    """

    rows: NDArray[np.integer]
    places: NDArray[np.integer]
    values: Floats
    weights: Floats
    widened: float

    def filled(self, inputs: Floats) -> Floats:
        """[value * row, feature]: all rows with the first value, then all with the second, ..."""
        copies = np.tile(inputs[self.rows], (len(self.values), 1, 1))
        copies[:, :, self.places] = self.values[:, None, :]
        return copies.reshape(-1, inputs.shape[1])


def gaps(inputs: Floats, features: Sequence[Feature], known: Floats, *, skipped: Sequence[str] = ()) -> Iterator[Gap]:
    """The gaps of encoded rows [sample, feature], rows with the same columns together, at most `ROWS` of them.

    Args:
        inputs: rows that are asked about.
        features: of the columns.
        known: stored training rows [row, feature].
        skipped: columns that are left alone.
    """
    blocks = _blocks(features, skipped)
    silent = np.stack([_silent(inputs, features, places) for places in blocks.values()], axis=1) if blocks else None
    if silent is None or not silent.any() or not len(known):
        return
    rows = np.flatnonzero(silent.any(axis=1))
    patterns, which = np.unique(silent[rows], axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        columns = [places for places, missing in zip(blocks.values(), pattern, strict=True) if missing]
        gap = _gap(rows[which.ravel() == number], np.concatenate(columns), features, known)
        for start in range(0, len(gap.rows), ROWS):
            yield replace(gap, rows=gap.rows[start : start + ROWS])


def _blocks(features: Sequence[Feature], skipped: Sequence[str]) -> dict[str, NDArray[np.integer]]:
    names = dict.fromkeys(feature.column for feature in features if feature.column not in skipped)
    return {name: np.array([k for k, feature in enumerate(features) if feature.column == name]) for name in names}


def _silent(inputs: Floats, features: Sequence[Feature], places: NDArray[np.integer]) -> NDArray[np.bool_]:
    """bool [sample]: the column holds nothing, and no indicator says that this is known from training."""
    marks = [k for k in places if features[k].kind == "indicator"]
    if marks and not any(features[k].kind in ("onehot", "code") for k in places):
        return np.zeros(len(inputs), bool)  # missing values are something the networks have learnt about
    told = np.zeros(len(inputs), bool)
    for kind in ("numeric", "cyclic", "code"):
        of = [k for k in places if features[k].kind == kind]
        told |= ((inputs[:, of] != 0) if kind == "code" else ~np.isnan(inputs[:, of])).any(axis=1)
    onehot = [k for k in places if features[k].kind == "onehot"]
    if len(onehot) == 1:  # a boolean is 0, 1 or missing
        told |= ~np.isnan(inputs[:, onehot[0]])
    elif onehot:
        told |= (inputs[:, onehot] > 0).any(axis=1)
    return ~told & ~(inputs[:, marks] > 0).any(axis=1)


def _gap(rows: NDArray[np.integer], places: NDArray[np.integer], features: Sequence[Feature], known: Floats) -> Gap:
    values, counts = np.unique(np.nan_to_num(known[:, places], nan=np.inf), axis=0, return_counts=True)
    values = np.where(np.isinf(values), np.nan, values)
    if len(values) > DRAWS:  # evenly spaced among the stored rows, in the order of the values
        drawn = np.searchsorted(np.cumsum(counts), (np.arange(DRAWS) + 0.5) * len(known) / DRAWS)
        values, counts = values[drawn], np.ones(DRAWS)
    weights = counts / counts.sum()
    effective = 1 / float((weights**2).sum())
    categories = any(features[k].kind in ("onehot", "code") for k in places)
    widened = (effective + 1) / (effective - 1) if categories and effective > FEWEST else 1.0
    return Gap(rows, places, values, weights, widened)


def mixed_numbers(gap: Gap, mean: Floats, noise: Floats, ignorance: Floats) -> tuple[Floats, Floats, Floats]:
    """Answers to `Gap.filled` as one: [value * row, out] each -> [row, out] each."""
    shape, weights = (len(gap.values), len(gap.rows), -1), gap.weights[:, None, None]
    mean, noise, ignorance = (part.reshape(shape) for part in (mean, noise, ignorance))
    together = (weights * mean).sum(axis=0)
    between = gap.widened * (weights * (mean - together) ** 2).sum(axis=0)
    spread = np.sqrt((weights * ignorance**2).sum(axis=0) + between)
    return together, np.sqrt((weights * noise**2).sum(axis=0)), spread


def mixed_probabilities(gap: Gap, probabilities: Floats) -> Floats:
    """[value * row, class] -> [row, class]."""
    shaped = probabilities.reshape(len(gap.values), len(gap.rows), -1)
    return (gap.weights[:, None, None] * shaped).sum(axis=0)
