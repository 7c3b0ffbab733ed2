"""One scene: what is really there, what the chart says, and what is measured from above."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isinglass.data.synthetic.ice_charts.channels import measure
from isinglass.data.synthetic.ice_charts.floes import draw_floes
from isinglass.data.synthetic.ice_charts.geography import draw_cover, draw_land
from isinglass.data.synthetic.ice_charts.polygons import draw_cells, draw_line
from isinglass.data.synthetic.ice_charts.sigrid import VOID, Polygon, labels


@dataclass(frozen=True)
class Scene:
    """One scene.

    Args:
        inputs: float32 [channel, height, width], in the order of `channels.CHANNELS`.
        masks: uint8 [3, height, width], classes of the chart as in `sigrid.HEADS`, 255 = void.
        truth: uint8 [height, width], the true stage of development of each pixel (0 = water), 255 on land.
        place: int16 [height, width], the polygon of each pixel; -1 on land.
        polygons: the chart's lines.
    """

    inputs: np.ndarray
    masks: np.ndarray
    truth: np.ndarray
    place: np.ndarray
    polygons: tuple[Polygon, ...]


def make_scene(size: int, *, seed: int | tuple[int, ...]) -> Scene:
    """One scene of `size` x `size` pixels."""
    rng = np.random.default_rng(seed)
    cover = draw_cover(rng, size)
    land = draw_land(rng, size)
    place = draw_cells(rng, size)
    polygons = tuple(draw_line(rng, float(np.median(cover[place == one]))) for one in range(place.max() + 1))
    truth = draw_floes(rng, place, polygons)
    truth[land] = VOID
    inputs = measure(rng, truth, cover)
    return Scene(inputs, _charted(place, land, polygons), truth, np.where(land, -1, place).astype(np.int16), polygons)


def _charted(place: np.ndarray, land: np.ndarray, polygons: tuple[Polygon, ...]) -> np.ndarray:
    """The masks of the chart: each pixel has the classes of its polygon, uint8 [3, height, width]."""
    classes = np.array([labels(polygon) for polygon in polygons], np.uint8)
    masks = np.moveaxis(classes[place], -1, 0).copy()
    masks[:, land] = VOID
    return masks
