"""How far a row lies outside the rows that the model has seen.

Interpolation is good, extrapolation is not: a network's answer far from its training rows is a guess, and its own
spread need not show it. Six scores say how far; in each, 1 is reached by one row in fifty (`LEVEL`) of those on which
it was calibrated, which are training rows that the asked part of the model had not seen:

    distance        the mean distance to the k nearest of the stored training rows, z = (x - center) * scale, in units
                    of what training rows have, each measured against the others; of equal rows one is kept
    pairs           the same in two features at a time (`inference.novelty.pairs`)
    range           how far a feature lies beyond its training range (`inference.novelty.ranges`)
    hidden          the distance to the k-th nearest in the last hidden layer of some members (`novelty.features`)
    reconstruction  what a singular value decomposition of that layer leaves over
    ignorance       the members' disagreement

    novelty(x) = max(distance, pairs, range) / w  for tables,    max(hidden, reconstruction) / w  for images,

with w what the maximum exceeds once in fifty rows that are left out of what they are held against; above 1 means
outside. The other scores are told, but mark nothing: on tables they find fewer of the rows outside
(`benchmarks/novelty.py`), and pixels have no range.

References: Angiulli & Pizzuti (2002), Fast outlier detection in high dimensional spaces,
doi 10.1007/3-540-45681-3_2 (novelty by the distances to the k nearest neighbours); McGovern et al. (2019),
doi 10.1175/BAMS-D-18-0195.1 (novelty by reconstruction).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isinglass.data.fingerprints import row_ids
from isinglass.inference.novelty.features import Hidden
from isinglass.inference.novelty.level import LEVEL, quantile, tail
from isinglass.inference.novelty.neighbours import BLOCK, NEIGHBOURS, mean_distance
from isinglass.inference.novelty.pairs import choose_pairs, fit_pairs, grow, score_pairs
from isinglass.inference.novelty.ranges import beyond, left_out, margins

FEW, PARTS, REPEATS = 100, 10, 5
"""Of fewer distinct rows the level is found by leaving tenths of them out, five times: one row in fifty is then less
than one or two rows, and a unit that a row was part of says too little of new ones."""
CAUTION = 20
"""Rows' worth of doubt in a level found on few of them: with 20 rows half as many are marked as LEVEL says."""
ROWS = 4 * BLOCK
"""Rows that are scored at a time: in 66 pairs of features that is 9 MB, and the result does not depend on it."""
STORED = 2000  # rows; 2,000 x 20 features are 160 kB in the model file, and one query costs microseconds

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]
Layer = Callable[[int, NDArray], Floats]
"""`layer(member, inputs) -> [sample, unit]`: the last hidden layer of a member."""


@dataclass(frozen=True)
class Novelty:
    """What the model remembers of its training rows.

    rows: stored training rows [row, feature], as encoded (missing values are NaN); no features for images;
    center, scale: [feature]; low, high: training range [feature]; unit: the distance that counts as 1;
    margin: [side, feature] what counts as 1 above and below the range, scaled;
    pairs: [pair, 2] columns that are looked at together; pair_units: [pair] the distance that counts as 1;
    whole: the maximum of scores that counts as 1;
    hidden: last hidden layers of some members; ignorance: [out] what counts as 1, empty where unknown;
    names: of the features.
    """

    rows: Floats
    center: Floats
    scale: Floats
    low: Floats
    high: Floats
    unit: float
    margin: Floats
    pairs: Integers = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
    pair_units: Floats | tuple[float, ...] = ()
    whole: float = 1.0
    hidden: tuple[Hidden, ...] = ()
    ignorance: Floats | tuple[float, ...] = ()
    names: tuple[str, ...] = ()

    def score(self, inputs: NDArray, layer: Layer | None = None) -> Floats:
        """Novelty [sample] of encoded inputs [sample, feature] or images; above 1 is outside the training data.
        Images need `layer`."""
        if self.rows.shape[1]:
            told = self._of_inputs(inputs)
        elif layer is not None and self.hidden:
            told = self._of_layers(inputs, layer)
        else:
            return np.full(len(inputs), np.nan)
        return np.max(list(told.values()), axis=0) / self.whole

    def parts(self, inputs: NDArray, layer: Layer, ignorance: Floats | None = None) -> dict[str, Floats]:
        """Every score by itself, [sample] each; ignorance is the members' disagreement [sample, out]."""
        told = self._of_inputs(inputs) if self.rows.shape[1] else {}
        told |= self._of_layers(inputs, layer) if self.hidden else {}
        if ignorance is not None and len(self.ignorance):
            told["ignorance"] = (ignorance / np.asarray(self.ignorance)).max(axis=1)
        return told

    def outside(self, inputs: Floats) -> NDArray[np.bool_]:
        """Which features of which rows lie outside the training range: [sample, feature]."""
        if not self.rows.shape[1]:
            return np.zeros((len(inputs), 0), dtype=bool)
        return (inputs < self.low) | (inputs > self.high)

    def take(self, members: NDArray[np.integer]) -> Novelty:
        """For an ensemble of some of the members, in that order."""
        place = {int(member): number for number, member in enumerate(members)}
        kept = [replace(one, member=place[one.member]) for one in self.hidden if one.member in place]
        return replace(self, hidden=tuple(kept))

    def _of_inputs(self, inputs: Floats) -> dict[str, Floats]:
        told = [self._of_block(inputs[start : start + ROWS]) for start in range(0, max(len(inputs), 1), ROWS)]
        return {name: np.concatenate([block[name] for block in told]) for name in told[0]}

    def _of_block(self, inputs: Floats) -> dict[str, Floats]:
        z = self._scaled(inputs)
        told = {"distance": mean_distance(z, self._known, NEIGHBOURS) / self.unit}
        if len(self.pairs):
            told["pairs"] = score_pairs(z, self.pairs, self._trees, np.asarray(self.pair_units))
        low, high = self._scaled(np.stack([self.low, self.high]))
        return told | {"range": beyond(z, low, high, self.margin)}

    def _of_layers(self, inputs: NDArray, layer: Layer) -> dict[str, Floats]:
        told = [one.score(layer(one.member, inputs)) for one in self.hidden]
        distance, left = (np.mean(part, axis=0) for part in zip(*told, strict=True))
        return {"hidden": distance, "reconstruction": left}

    @cached_property
    def _known(self) -> Floats:
        return self._scaled(self.rows)

    @cached_property
    def _trees(self) -> tuple[Any, ...]:
        return grow(self._known, self.pairs)

    def _scaled(self, inputs: Floats) -> Floats:
        with np.errstate(invalid="ignore"):  # an unbounded range of a feature that is not scaled
            return np.nan_to_num((inputs - self.center) * self.scale, nan=0.0, posinf=1e6, neginf=-1e6)


def fit_novelty(inputs: Floats, center: Floats, scale: Floats, *, seed: int) -> Novelty:
    """Remember a random choice of the distinct training rows, and what each of them scores against the others.

    Rows that are equal once scaled count once: a row's copies are no distance away and say nothing of new rows.

    Args:
        inputs: training rows [sample, feature].
        center: [feature].
        scale: [feature].
        seed: of the choice.
    """
    inputs = np.asarray(inputs)
    empty = np.zeros((0, inputs.shape[1]), np.float32)
    blank = Novelty(empty, center, scale, *_range(inputs), unit=1.0, margin=np.ones((2, inputs.shape[1])))
    z = blank._scaled(inputs)
    first = _first(z)
    found, most = _remember(blank, inputs[first], z[first], np.random.default_rng(seed))
    if 1 < len(first) < FEW:
        most = np.concatenate([*_left_out(blank, inputs[first], z[first], seed)])
        share = LEVEL * len(first) / (len(first) + CAUTION)
        return replace(found, whole=max(1.0, quantile(most), float(tail(most[:, None], share)[0])))
    return replace(found, whole=max(1.0, quantile(most)))


def _left_out(blank: Novelty, inputs: Floats, z: Floats, seed: int) -> Iterator[Floats]:
    """Scores of few rows, tenths of them left out in turn: every unit is that of the other rows too."""
    for repeat in range(REPEATS):
        random = np.random.default_rng((seed, repeat))
        part = random.permutation(len(z)) % PARTS
        for one in range(PARTS):
            here = part == one
            if here.any() and not here.all():
                there = replace(blank, **dict(zip(("low", "high"), _range(inputs[~here]), strict=True)))
                known, _ = _remember(there, inputs[~here], z[~here], random)
                yield np.max(list(known._of_inputs(inputs[here]).values()), axis=0)


def _remember(blank: Novelty, inputs: Floats, z: Floats, random: np.random.Generator) -> tuple[Novelty, Floats]:
    """What is remembered of distinct rows, without `whole`, and what each stored one scores against the others."""
    chosen = np.sort(random.permutation(len(z))[:STORED])
    blank = replace(blank, rows=np.asarray(inputs[chosen], dtype=np.float32), margin=margins(z))
    blank = replace(blank, pairs=choose_pairs(blank._known, random))
    distances = mean_distance(blank._known, blank._known, NEIGHBOURS, itself=True)
    unit = quantile(distances)
    units, together = fit_pairs(blank._known, blank.pairs, blank._trees)
    most = np.max([distances / unit, together, left_out(z, blank.margin)[chosen]], axis=0)
    return replace(blank, unit=unit, pair_units=units), most


def fit_hidden(members: NDArray[np.integer], layer: Callable[[int], tuple[Floats, Floats, NDArray]]) -> Novelty:
    """What some members' last hidden layers have seen.

    Of few rows that a member never saw the largest score says little: the scores of rows that it learnt from, each left
    out of what it is held against, tell with them how far the tail reaches. So do their scores as they are: few rows
    span few modes, in which they lie farther apart than the shadows of new rows.

    Args:
        members: places in the ensemble.
        layer: for a member, its layer for rows that it learnt from [row, unit], for rows that it never saw
            [unseen, unit], and these rows' numbers [unseen].
    """
    fitted: list[Hidden] = []
    seen: dict[int, list[tuple[float, float]]] = {}
    held: list[Floats] = []
    for member in members:
        learnt, unseen, numbers = layer(int(member))
        fitted.append(Hidden.fit(int(member), learnt, unseen))
        for number, pair in zip(numbers.tolist(), zip(*fitted[-1].score(unseen), strict=True), strict=True):
            seen.setdefault(number, []).append(pair)
        if len(learnt) > 1 and len(unseen) < FEW:
            held.append(np.max([*fitted[-1].left_out(learnt, PARTS), *fitted[-1].score(learnt)], axis=0))
    most = np.array([float(np.max(np.mean(pairs, axis=0))) for pairs in seen.values()])
    nothing = np.zeros(0)
    whole = quantile(most)
    if held and len(most) < FEW:
        share = LEVEL * len(most) / (len(most) + CAUTION)
        whole = max(whole, float(tail(np.concatenate([most, *held])[:, None], share)[0]))
    return Novelty(
        np.zeros((0, 0)), nothing, nothing, nothing, nothing, 1.0, nothing, whole=whole, hidden=tuple(fitted)
    )


def _first(scaled: Floats) -> Integers:
    """The first of each set of equal rows [row, feature], in their order: [distinct row]."""
    ids = row_ids(scaled.astype(np.float32), np.zeros((len(scaled), 0)))
    return np.sort(np.unique(ids, return_index=True)[1])


def _range(inputs: Floats) -> tuple[Floats, Floats]:
    low = np.fmin.reduce(inputs, axis=0, initial=np.inf)
    high = np.fmax.reduce(inputs, axis=0, initial=-np.inf)
    return np.where(np.isinf(low), -np.inf, low), np.where(np.isinf(high), np.inf, high)
