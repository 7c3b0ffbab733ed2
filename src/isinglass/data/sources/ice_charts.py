"""Ice charts whose truth is known, in the form of the AI4Arctic data set: 24 channels, three masks.

Each scene has a field of ice cover that rises from open sea into the pack, cut into polygons as an analyst would do it.
Each polygon gets a line of codes (`sigrid.Polygon`); within it floes are drawn so that the true cover of every kind of
ice is what the line says, on average. From the true kind of ice of each pixel follow the measurements: backscatter with
speckle and its fall with the incidence angle, brightness temperatures of 14 channels seen through footprints of their
own size, and weather. The masks hold what the chart says: the polygons' classes, 255 on land and where no kind
dominates. So the labels are as coarse as real ones, and `truth` says what is really there.

Plausible, not measured: brightness temperatures at 19 and 37 GHz are the tie points of Cavalieri et al. (1999),
doi:10.1029/1999JC900081; all other constants are round numbers in their order, chosen so that means and spreads of the
channels are near those of AI4Arctic. A score on these scenes says that a method works, not how well it would do on the
real ones. Names and order of channels: Buus-Hinkler et al. (2022), doi:10.11583/DTU.c.6244065.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates
from scipy.special import ndtri

from isinglass.data.image_schema import ImageSchema
from isinglass.data.sigrid import CONCENTRATION_OF, FORM_OF, HEADS, STAGE_OF, VOID, Part, Polygon, labels
from isinglass.types import Column, Kind, Task

SCENES, SIZE = 32, 64
TRAINED = 0.75
"""Part of the scenes that is for training; the others are the test part."""

FREQUENCIES = ("6.9", "7.3", "10.7", "18.7", "23.8", "36.5", "89.0")
CHANNELS: dict[str, str] = {
    "nersc_sar_primary": "dB",
    "nersc_sar_secondary": "dB",
    "sar_incidenceangle": "degrees",
    "distance_map": "pixels",
    **{f"btemp_{frequency.replace('.', '_')}{side}": "K" for frequency in FREQUENCIES for side in "hv"},
    "u10m_rotated": "m/s",
    "v10m_rotated": "m/s",
    "t2m": "K",
    "skt": "K",
    "tcwv": "kg/m2",
    "tclw": "kg/m2",
}
"""Channel -> unit, in the order of AI4Arctic."""

WATER, FIRST_YEAR, OLD = 0, 1, 2
BRIGHTNESS = np.array(
    [
        [[82, 162], [83, 163], [88, 168], [101, 177], [125, 195], [140, 202], [195, 240]],
        [[230, 250], [230, 250], [235, 253], [243, 258], [243, 257], [240, 253], [225, 235]],
        [[220, 245], [220, 244], [214, 238], [204, 223], [192, 208], [170, 186], [160, 172]],
    ],
    np.float64,
)
"""K, [surface, frequency, side h or v]: open water, first-year ice, old ice."""

FOOTPRINT = (6.0, 6.0, 4.5, 3.0, 2.5, 2.0, 1.2)
"""Standard deviation of the footprint at each frequency, pixels of the scene."""

AGEING = np.array(
    [[1.0, 0.0, 0.0], [0.55, 0.45, 0.0], [0.2, 0.8, 0.0], [0.0, 1.0, 0.0], [0.0, 0.85, 0.15], [0.0, 0.1, 0.9]]
)
"""[stage, surface]: thin ice looks partly like water, old ice has lost its brine."""

BACKSCATTER = np.array([[-20.5, -30.5], [-19.0, -28.5], [-13.5, -25.5], [-14.5, -25.0], [-12.5, -23.0], [-9.0, -17.5]])
"""dB at 34 degrees, [stage, HH or HV]; water at a wind of 5 m/s."""

ANGLE_SLOPE = np.array([-0.45, -0.25, -0.22, -0.22, -0.2, -0.15])
"""dB per degree of incidence angle, of HH, by stage."""

FAR = 41.0
"""The largest value of `distance_map`."""

LOOKS = 12
"""Speckle is a gamma variable of this shape: 1.3 dB."""

GRAIN = {0: 1.0, 1: 1.0, 2: 1.5, 3: 2.5, 4: 4.0, 5: 7.0, 6: 1.0, VOID: 1.5}
"""Class of a form -> width of its floes, pixels."""

MOSTLY = {
    1: ((81, 82), (2, 21)),
    2: ((83, 84, 85), (2, 3)),
    3: ((87, 88, 89), (3, 4)),
    4: ((86, 91, 93), (4, 5, 6)),
    5: ((95, 96, 97), (5, 6, 7)),
}
"""Class of a stage -> its codes of stage and of form."""

PARTS = 3
"""Kinds of ice that a polygon has at most."""

BERGS = 0.03
"""Probability that a kind of ice is bergs instead of floes."""


@dataclass(frozen=True)
class Scene:
    """One scene.

    Args:
        inputs: float32 [channel, height, width], in the order of `CHANNELS`.
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


@dataclass(frozen=True)
class Charts:
    """Scenes as arrays: `inputs` float32 [sample, channel, height, width], `masks` uint8 [sample, 3, height, width],
    `truth` uint8 [sample, height, width], `part` "train" or "test" [sample], `files` their names."""

    inputs: np.ndarray
    masks: np.ndarray
    truth: np.ndarray
    part: np.ndarray
    files: np.ndarray
    schema: ImageSchema


def make_charts(*, scenes: int = SCENES, size: int = SIZE, seed: int = 0) -> Charts:
    """Scenes of `size` x `size` pixels; the last quarter is the test part.

    A scene depends on the seed, its number and the size alone: more scenes leave the first ones as they were.
    """
    made = [make_scene(size, seed=(seed, number)) for number in range(scenes)]
    return Charts(
        inputs=np.stack([scene.inputs for scene in made]),
        masks=np.stack([scene.masks for scene in made]),
        truth=np.stack([scene.truth for scene in made]),
        part=np.where(np.arange(scenes) < round(TRAINED * scenes), "train", "test"),
        files=np.array([f"generated scene {number + 1}" for number in range(scenes)]),
        schema=schema_of(size, size),
    )


def schema_of(height: int, width: int) -> ImageSchema:
    """What the channels and masks of such scenes mean."""
    targets = tuple(Column(head, Kind.CATEGORICAL, categories=classes) for head, classes in HEADS.items())
    return ImageSchema(tuple(CHANNELS), height, width, "float32", targets, Task.SEGMENTATION, native=True)


def make_scene(size: int, *, seed: int | tuple[int, ...]) -> Scene:
    """One scene of `size` x `size` pixels."""
    rng = np.random.default_rng(seed)
    cover = _ice_cover(rng, size)
    land = _land(rng, size)
    place = _polygons(rng, size)
    polygons = tuple(_line(rng, float(np.median(cover[place == one]))) for one in range(place.max() + 1))
    truth = _floes(rng, place, polygons)
    truth[land] = VOID
    classes = np.array([labels(polygon) for polygon in polygons], np.uint8)
    masks = np.moveaxis(classes[place], -1, 0).copy()
    masks[:, land] = VOID
    inputs = _measured(rng, truth, cover)
    return Scene(inputs, masks, truth, np.where(land, -1, place).astype(np.int16), polygons)


def _smooth(rng: np.random.Generator, size: int, width: float) -> np.ndarray:
    """Gaussian noise of mean 0 and variance 1, smoothed over `width` pixels: [size, size]."""
    edge = int(3 * width) + 1  # drawn wider, so that variance is the same at the borders
    field = gaussian_filter(rng.standard_normal((size + 2 * edge,) * 2), width, mode="wrap", truncate=3)[
        edge:-edge, edge:-edge
    ]
    # A Gaussian kernel leaves 1 / (4 pi width^2) of the variance, a narrow one all of it.
    return field / min(1.0, 1 / (2 * np.sqrt(np.pi) * width))


def _ice_cover(rng: np.random.Generator, size: int) -> np.ndarray:
    """From far out at sea (below 0) to deep in the pack (above 1): [size, size]."""
    angle, middle = rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 0.75)
    across = np.linspace(-0.5, 0.5, size)
    slope = np.cos(angle) * across[:, None] + np.sin(angle) * across
    return middle + 0.9 * slope + 0.15 * _smooth(rng, size, size / 8)


def _land(rng: np.random.Generator, size: int) -> np.ndarray:
    """A coast in about half of the scenes: bool [size, size]."""
    here = rng.random() < 0.5
    field = _smooth(rng, size, size / 6) + np.linspace(-2.5, 2.5, size)[:, None]
    turned = np.rot90(field, int(rng.integers(4)))
    return (turned > rng.uniform(1.5, 2.5)) & here


def _polygons(rng: np.random.Generator, size: int) -> np.ndarray:
    """Cells of random points with bent borders, numbered from 0 without gaps: int64 [size, size]."""
    points = rng.uniform(0, size, (int(rng.integers(8, 15)), 2))
    grid = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij")).astype(np.float64)
    bend = np.stack([_smooth(rng, size, size / 12) for _ in range(2)]) * size / 16
    distance = ((grid + bend)[:, None] - points.T[:, :, None, None]) ** 2
    nearest = distance.sum(axis=0).argmin(axis=0)
    return np.unique(nearest, return_inverse=True)[1].reshape(size, size)


def _line(rng: np.random.Generator, cover: float) -> Polygon:
    """The codes of a polygon that lies so deep in the ice."""
    tenths = int(np.clip(np.round(14 * cover + rng.normal(0, 0.7)), 0, 10))
    if tenths == 0:
        return Polygon(int(rng.choice([1, 2, 55])))
    main = int(np.clip(np.round(1 + 4.4 * cover + rng.normal(0, 0.6)), 1, 5))
    shares = _shares(rng, tenths)
    stages = [main, *(int(np.clip(main + step, 1, 5)) for step in (-1, -2))][: len(shares)]
    parts = tuple(_part(rng, share, stage) for share, stage in zip(shares, stages, strict=True))
    return Polygon(_code(rng, tenths), parts)


def _shares(rng: np.random.Generator, tenths: int) -> list[int]:
    """Tenths of up to three kinds of ice."""
    kinds = min(int(rng.choice([1, 2, 3], p=[0.45, 0.35, 0.2])), tenths)
    second = int(rng.integers(1, max(2, tenths // 2 + 1))) if kinds > 1 else 0
    third = int(rng.integers(1, max(2, second + 1))) if kinds > 2 else 0
    shares = [tenths - second - third, second, third]
    return [share for share in shares if share > 0]


def _part(rng: np.random.Generator, tenths: int, stage: int) -> Part:
    stages, forms = MOSTLY[stage]
    form = int(rng.choice([9, 10] if rng.random() < BERGS else forms))
    return Part(_code(rng, tenths), int(rng.choice(stages)), form)


def _code(rng: np.random.Generator, tenths: int) -> int:
    return 10 * tenths if tenths < 10 else int(rng.choice([91, 92]))


def _floes(rng: np.random.Generator, place: np.ndarray, polygons: tuple[Polygon, ...]) -> np.ndarray:
    """The true stage of each pixel, uint8 [size, size]: floes of each kind of ice cover what its polygon says."""
    size = len(place)
    truth = np.zeros((size, size), np.uint8)
    widths = sorted(set(GRAIN.values()))
    fields = [{width: _smooth(rng, size, width) for width in widths} for _ in range(PARTS)]
    for number, polygon in enumerate(polygons):
        free, left = place == number, 1.0
        for field, part in zip(fields, polygon.parts, strict=False):
            share = CONCENTRATION_OF[part.concentration] / 10
            # Fields are independent: of what is left, this kind takes its share.
            floes = free & (field[GRAIN[FORM_OF[part.form]]] < ndtri(min(1.0, share / left)))
            truth[floes] = STAGE_OF[part.stage]
            free, left = free & ~floes, max(left - share, 1e-9)
    return truth


def _measured(rng: np.random.Generator, truth: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """All channels: float32 [24, size, size]."""
    size, land = len(truth), truth == VOID
    stage = np.where(land, 3, truth)
    east, north = rng.normal(0.7, 4.5) + _smooth(rng, size, 20), rng.normal(0.6, 4.8) + _smooth(rng, size, 20)
    air = 272.0 - 9.0 * np.clip(cover, 0, 1) + rng.normal(0, 5) + 0.5 * _smooth(rng, size, 16)
    vapour = np.clip(7.7 * np.exp((air - 268.0) / 18) + _smooth(rng, size, 16), 1.0, None)
    cloud = np.clip(0.04 + 0.05 * _smooth(rng, size, 8), 0, None)
    skin = np.where(truth == 0, 271.35, np.minimum(air - 0.5 * stage, 273.15)) + 0.2 * _smooth(rng, size, 2)
    angle = np.broadcast_to(np.linspace(20, 46, size), (size, size))
    wind = np.hypot(east, north)
    channels = [*_radar(rng, stage, land, angle, wind), angle, _to_land(land)]
    channels += [*_radiometer(rng, stage, land, wind, vapour), east, north, air, skin, vapour, cloud]
    return np.stack(channels).astype(np.float32)


def _to_land(land: np.ndarray) -> np.ndarray:
    """The distance to the nearest land in pixels, at most `FAR`."""
    if not land.any():
        return np.full(land.shape, FAR)
    return np.minimum(np.asarray(distance_transform_edt(~land)), FAR)


def _radar(
    rng: np.random.Generator, stage: np.ndarray, land: np.ndarray, angle: np.ndarray, wind: np.ndarray
) -> list[np.ndarray]:
    """HH and HV in dB: the kind of ice, the wind on water, the incidence angle, speckle."""
    made = []
    for side, steepness in enumerate((1.0, 0.3)):
        level = BACKSCATTER[stage, side] + steepness * ANGLE_SLOPE[stage] * (angle - 34)
        level = level + np.where(stage == 0, (10, 5)[side] * np.log10(np.clip(wind, 0.5, None) / 5), 0)
        level = np.where(land, (-11.0, -20.0)[side], level) + 0.5 * _smooth(rng, len(stage), 1.5)
        speckle = 10 * np.log10(rng.gamma(LOOKS, 1 / LOOKS, stage.shape))
        made.append(level + speckle)
    return made


def _radiometer(
    rng: np.random.Generator, stage: np.ndarray, land: np.ndarray, wind: np.ndarray, vapour: np.ndarray
) -> list[np.ndarray]:
    """Brightness temperatures: what a footprint holds, on the radiometer's coarser grid, with 0.7 K of noise."""
    surface = np.where(land, 0.0, np.moveaxis(AGEING[stage], -1, 0))  # [surface, size, size]
    made = []
    for frequency, width in enumerate(FOOTPRINT):
        seen = gaussian_filter(surface, (0, width, width), mode="nearest")
        for side in range(2):
            water = (1.2, 0.5)[side] * (wind - 5) + (0.3, 0.6, 1.5, 2.5)[min(frequency // 2, 3)] * (vapour - 7)
            level = np.tensordot(BRIGHTNESS[:, frequency, side], seen, axes=1)
            level = level + seen[WATER] * water + (1 - seen.sum(axis=0)) * (255.0, 262.0)[side]
            made.append(_coarse(level + 0.7 * rng.standard_normal(stage.shape), max(1, round(width))))
    return made


def _coarse(field: np.ndarray, step: int) -> np.ndarray:
    """Every `step`-th pixel, repeated: nearest neighbours of a coarser grid."""
    grid = np.stack(np.meshgrid(*(np.arange(n) // step * step for n in field.shape), indexing="ij"))
    return map_coordinates(field, grid, order=0, mode="nearest")
