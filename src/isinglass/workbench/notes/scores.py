"""What of the scores should be told in words, beside the table."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from isinglass.evaluation.intervals import Interval
from isinglass.evaluation.metrics import coverage
from isinglass.recipe import Recipe

FAR = 0.05
"""More unseen rows than this outside the training data are worth a warning; one in fifty is expected. A coverage that
is off by as much is too."""

ROUGH = 0.15
"""The same for a coverage without an interval: of few units it may be off by as much by chance."""


def cautions(network: Mapping[str, Interval], novelty: np.ndarray, recipe: Recipe) -> list[str]:
    """Sentences for the user.

    Args:
        network: its scores by name.
        novelty: [sample] of the unseen rows.
        recipe: what was asked.
    """
    return [*_outside(novelty), *_promise(network, recipe.evaluation.coverage)]


def _outside(novelty: np.ndarray) -> list[str]:
    far = float(np.mean(novelty > 1))
    if far <= FAR:
        return []
    return [f"{100 * far:.0f} % of the unseen rows lie outside the training data: there the network extrapolates"]


def _promise(network: Mapping[str, Interval], wanted: float) -> list[str]:
    """A band that holds far fewer, or far more, of the unseen rows than it should."""
    found = network.get(coverage(wanted).name)
    if found is None or not math.isfinite(found.value):
        return []
    known = math.isfinite(found.low)
    off = abs(found.value - wanted)
    if off <= FAR if known else off <= ROUGH:
        return []
    if known and found.low <= wanted <= found.high:
        return []
    ends = f" ({100 * found.low:.0f}..{100 * found.high:.0f})" if known else ""
    way = "too narrow: the network is surer than it should be" if found.value < wanted else "wider than it need be"
    return [f"the {100 * wanted:.3g} % band holds {100 * found.value:.0f} %{ends} of the unseen rows: it is {way}"]
