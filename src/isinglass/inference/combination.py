"""Networks and conventional methods as one predictor: a weighted mean of what each says, with a spread of its own.

For a fold with the networks' answer m_0 and those of the methods m_1, m_2, ..., and weights w >= 0 that sum to one,

    mean          m = sum w_c m_c                                  for each output
    noise^2       = a noise_0^2 + b
    ignorance^2   = a ignorance_0^2 + g sum w_c (m_c - m)^2
    std^2         = s^2 (noise^2 + ignorance^2)

where noise_0 and ignorance_0 are those of the networks; a, b, g >= 0 and the calibration s are found on rows that
neither the networks nor the methods had learnt from (see `evaluation.combining`). Probabilities are combined likewise,
with one w for all classes, and then tempered; in nats, with the entropy H,

    noise = w_0 noise_0 + sum w_c H(p_c),     ignorance = H(p) - noise

A new row is answered by the combinations of all folds, their mean.

Reference: Wolpert (1992), Stacked generalization, doi:10.1016/S0893-6080(05)80023-1; Breiman (1996), Stacked
regressions, doi:10.1007/BF00117832.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isinglass.inference.calibration import Calibration
from isinglass.inference.mixture import entropy_of, warmed
from isinglass.portable import Portable
from isinglass.spec import Task

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Method:
    """A conventional method of one fold.

    Args:
        name: its key.
        title: its name in a sentence.
        predict: what it says, in units of `spread` from `center`.
        center, spread: float64 [width].
    """

    name: str
    title: str
    predict: Portable
    center: Floats
    spread: Floats

    def __call__(self, inputs: Floats) -> Floats:
        """[sample, feature] -> [sample, width]: numbers in the targets' units, or probabilities."""
        return self.predict(inputs) * self.spread + self.center


@dataclass(frozen=True)
class Blend:
    """One fold's combination.

    Args:
        fold: its number.
        names: keys of the methods that have a weight.
        network: float64 [width], the networks' weight for each output; [1] of classes and labels.
        weights: float64 [method, width or 1].
        spread: float64 [3, out], the factors a, b, g of the variance; none of classes and labels.
        rows: on how many rows the weights were found.
        methods: the methods themselves, in the order of `names`.
    """

    fold: int
    names: tuple[str, ...]
    network: Floats
    weights: Floats
    spread: Floats
    rows: int = 0
    methods: tuple[Method, ...] = ()


@dataclass(frozen=True)
class Mixture:
    """What is said of some rows.

    mean: [sample, out], or probabilities [sample, class]; noise, ignorance: [sample, out], or [sample, 1] in nats.
    """

    mean: Floats
    noise: Floats
    ignorance: Floats


@dataclass(frozen=True)
class Combination:
    """The combinations of all folds.

    Args:
        blends: one a fold.
        calibration: of what they say together.
    """

    blends: tuple[Blend, ...]
    calibration: Calibration

    def of(self, folds: Collection[int]) -> Blend:
        """The combinations of some folds as one: their mean."""
        return averaged([blend for blend in self.blends if blend.fold in folds])

    def told(self, network: Mixture, inputs: Floats, folds: Collection[int], task: Task) -> Mixture:
        """What the combination says, calibrated, from what the networks of these folds say of the same encoded rows."""
        blend = self.of(folds)
        others = said(blend.methods, inputs, network.mean.shape[1])
        return calibrated(mixed(network, others, blend, task), self.calibration, task)

    def each(self, members: Floats, inputs: Floats, folds: Collection[int]) -> Floats:
        """Each network's answer [member, sample, width] with those of the methods: their mean is the combination's."""
        blend = self.of(folds)
        return blend.network * members + _rest(blend, said(blend.methods, inputs, members.shape[2]))


def averaged(blends: Sequence[Blend]) -> Blend:
    """The mean of several folds' combinations as one."""
    return Blend(
        fold=blends[0].fold,
        names=tuple(name for blend in blends for name in blend.names),
        network=np.mean([blend.network for blend in blends], axis=0),
        weights=np.concatenate([blend.weights for blend in blends]) / len(blends),
        spread=np.mean([blend.spread for blend in blends], axis=0),
        rows=sum(blend.rows for blend in blends),
        methods=tuple(method for blend in blends for method in blend.methods),
    )


def shares(blends: Sequence[Blend]) -> dict[str, float]:
    """The weight of each contender by its key, the networks' as 'network': means over outputs and folds."""
    whole = averaged(blends)
    found = {"network": float(whole.network.mean())}
    for name, weight in zip(whole.names, whole.weights, strict=True):
        found[name] = found.get(name, 0.0) + float(weight.mean())
    return found


def said(methods: tuple[Method, ...], inputs: Floats, width: int) -> Floats:
    """What each method says: float64 [method, sample, width]."""
    return np.stack([method(inputs) for method in methods]) if methods else np.zeros((0, len(inputs), width))


def mixed(network: Mixture, others: Floats, blend: Blend, task: Task) -> Mixture:
    """Weighted means, noise and ignorance (see above): `others` [method, sample, width] is what the methods say."""
    mean = blend.network * network.mean + _rest(blend, others)
    if task is Task.REGRESSION:
        own, floor, away = blend.spread
        noise = np.sqrt(own * network.noise**2 + floor)
        ignorance = np.sqrt(own * network.ignorance**2 + away * apart(network.mean, others, mean, blend))
        return Mixture(mean, noise, ignorance)
    several = task is Task.MULTILABEL
    theirs = [weight * entropy_of(one, binary=several) for weight, one in zip(blend.weights, others, strict=True)]
    whole = entropy_of(mean, binary=several)
    noise = np.minimum(blend.network * network.noise + sum(theirs), whole)
    return Mixture(mean, noise, whole - noise)


def calibrated(found: Mixture, calibration: Calibration, task: Task) -> Mixture:
    """The same with the standard deviations scaled, or the probabilities tempered."""
    if task is Task.REGRESSION:
        return Mixture(found.mean, calibration.std(found.noise), calibration.part(found.ignorance))
    told = calibration.probabilities(found.mean, task)
    factor = warmed(found.mean, told, task)
    return Mixture(told, found.noise * factor, found.ignorance * factor)


def apart(network: Floats, others: Floats, mean: Floats, blend: Blend) -> Floats:
    """sum w_c (m_c - m)^2: [sample, out]."""
    away = np.einsum("mo,mso->so", blend.weights, (others - mean) ** 2)
    return blend.network * (network - mean) ** 2 + away


def chosen_of(probabilities: Floats, task: Task) -> Floats:
    """The most probable class [sample, 1], or 0 and 1 of each label, as numbers."""
    if task is Task.MULTILABEL:
        return (probabilities >= 0.5).astype(np.float64)
    return probabilities.argmax(axis=1)[:, None].astype(np.float64)


def _rest(blend: Blend, others: Floats) -> Floats:
    """What the methods add to the networks' part: [sample, width]."""
    return (blend.weights[:, None] * others).sum(axis=0)
