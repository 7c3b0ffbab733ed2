"""The true ice: floes of every kind that a polygon's line names, as large as its form says."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from isinglass.data.synthetic.ice_charts.noise import smooth_noise
from isinglass.data.synthetic.ice_charts.polygons import PARTS
from isinglass.data.synthetic.ice_charts.sigrid import CONCENTRATION_OF, FORM_OF, STAGE_OF, VOID, Polygon

GRAIN = {0: 1.0, 1: 1.0, 2: 1.5, 3: 2.5, 4: 4.0, 5: 7.0, 6: 1.0, VOID: 1.5}
"""Class of a form -> width of its floes, pixels."""


def draw_floes(rng: np.random.Generator, place: np.ndarray, polygons: tuple[Polygon, ...]) -> np.ndarray:
    """The true stage of each pixel, uint8 [size, size]: floes of each kind of ice cover what its polygon says."""
    size = len(place)
    truth = np.zeros((size, size), np.uint8)
    widths = sorted(set(GRAIN.values()))
    fields = [{width: smooth_noise(rng, size, width) for width in widths} for _ in range(PARTS)]
    for number, polygon in enumerate(polygons):
        free, left = place == number, 1.0
        for field, part in zip(fields, polygon.parts, strict=False):
            share = CONCENTRATION_OF[part.concentration] / 10
            # Fields are independent: of what is left, this kind takes its share.
            floes = free & (field[GRAIN[FORM_OF[part.form]]] < ndtri(min(1.0, share / left)))
            truth[floes] = STAGE_OF[part.stage]
            free, left = free & ~floes, max(left - share, 1e-9)
    return truth
