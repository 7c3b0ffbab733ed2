"""Masks that are no plain classes: values that compression or smoothing made, and more values than classes can be.

Compression (JPEG) leaves values scattered around those of the classes, smoothing (a mask that was resized, or drawn
with soft edges) leaves values between two classes along their edge. Neither is a class, and nothing but the user
knows which value means what: so these are questions, asked before anything is fitted.
"""

from __future__ import annotations

import numpy as np

from isinglass.data.images.masks.census import Tally
from isinglass.data.images.masks.forms import name_of
from isinglass.data.images.schema import Form
from isinglass.errors import DataError

RARE = 0.05
"""Part of all pixels below which a value can be an accident."""
ALONE = 0.5
"""Part of a value's pixels with a neighbour of the same value, below which it is scattered: an area of two or more
pixels has them all."""
AMID = 0.8
"""Part of a value's pixels between a darker and a brighter one, above which it only lies on edges."""
TRACE = 0.01
"""Part of all pixels below which a value of a file that may be changed by compression is taken for a trace of it."""
CLASSES = 64
"""As many values without names are no classes: the common sets of masks have 2 to 34, those of more come with names."""
NEAR = 24
"""Values this near to a commoner one belong to it, when levels are proposed."""
CORE, DENSE = 4, 0.35
"""At a level so much of what is near it is as near as `CORE`; of values spread evenly it would be 9 of 49."""
STEP, BESIDE = 32, 3
"""Levels as far apart as `STEP`, and all else at most `BESIDE` from one: the finest compression."""
LISTED = 30
SHOWN = 6


def require_plain(found: Tally, form: Form, *, named: bool, where: str) -> None:
    """Raise DataError where values of masks look made by compression or smoothing, or are too many for classes.

    Args:
        found: of all masks in the form.
        form: how they are read.
        named: a file names as many classes: then nothing but compression is looked for.
        where: for messages.
    """
    keep = found.values >= 0
    values, pixels = found.values[keep], found.pixels[keep]
    if len(values) <= 2 or (named and not found.lossy):
        return
    share = pixels / pixels.sum()
    rare = share < RARE
    scattered = rare & (found.alike[keep] < ALONE * pixels)
    amid = rare & (found.between[keep] > AMID * pixels)
    areas = ~scattered & ~amid
    consecutive = values[-1] - values[0] < 2 * len(values)
    if scattered.sum() >= max(3, len(values) / 2) or (found.lossy and (share < TRACE).any()):
        raise _question("as compression (JPEG) or smoothed edges leave them", (values, share, areas), form, where)
    if _only_traces(values, share) and form not in ("rgb", "rgba"):
        raise _question("as compression (JPEG) leaves them", (values, share, areas), form, where)
    if not consecutive and amid.sum() >= max(2, len(values) / 2 - 1):
        raise _question("as smoothed edges leave them", (values, share, areas), form, where)
    if len(values) >= CLASSES:
        raise DataError(
            f"the masks hold {len(values)} values, which are hardly {len(values)} classes",
            where=where,
            given=_listed(values, form),
            instead="a file classes.txt beside the folders, with the name of a class a line, if they are; a number for "
            "each object (instances) is not learnt: write the number of its class.",
        )


def _only_traces(values: np.ndarray, share: np.ndarray) -> bool:
    """A few levels far apart, and nothing but traces right beside them, the highest too (1 alone may be a class)."""
    solid = values[share >= TRACE]
    if len(solid) < 2 or len(solid) == len(values) or np.diff(solid).min() < STEP:
        return False
    near = np.abs(values[:, None] - solid)
    return bool((near.min(axis=1) <= BESIDE).all() and ((near[:, -1] > 0) & (near[:, -1] <= BESIDE)).any())


Spread = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Of each value: itself, its part of all pixels, and whether it fills areas."""


def _question(how: str, found: Spread, form: Form, where: str) -> DataError:
    values, share, areas = found
    coloured = form in ("rgb", "rgba")
    kinds = "colours" if coloured else "grey values"
    what = f"the masks hold {len(values)} {kinds}, most of them few pixels at the edges of others, {how}"
    levels = [] if coloured else peaks(values, share, areas)
    if len(levels) > 1:
        close = [f"{100 * part:.3g} % of the pixels within {NEAR} of {level}" for level, part in levels]
        rest = 100 * (1 - sum(part for _, part in levels))
        given = "; ".join([*close, *([f"{rest:.2g} % elsewhere"] if rest > 0.05 else [])])  # a percent's last digit
        cure = f"`--set data.mask_levels={_written([level for level, _ in levels])}`, if these are the classes: every"
        return DataError(what, where=where, given=given, instead=f"{cure} pixel takes the nearest. Or {_PLAIN}")
    order = np.argsort(-share, kind="stable")[:SHOWN]
    given = ", ".join(f"{name_of(int(values[k]), form)} in {100 * share[k]:.3g} % of the pixels" for k in order)
    cure = _NAMED if coloured else _PLAIN
    if not coloured and len(values) <= LISTED:
        cure = f"`--set data.mask_levels={_written(values.tolist())}`, if all of them are classes. Or {_PLAIN}"
    return DataError(what, where=where, given=f"{given} ...", instead=cure)


_PLAIN = "masks saved as PNG, without smoothing."
_NAMED = (
    "masks saved as PNG, without smoothing; or a file classes.txt with 'name r g b' a line beside the folders and "
    "`--set data.mask_levels=nearest`: every pixel takes the class of the nearest colour."
)


def _written(levels: list[int]) -> str:
    return "[" + ",".join(map(str, levels)) + "]"


def peaks(values: np.ndarray, share: np.ndarray, areas: np.ndarray) -> list[tuple[int, float]]:
    """The values that fill `areas` and around which others gather, and the part of all pixels near each."""
    found: list[int] = []
    for place in np.argsort(-share, kind="stable"):
        distance = np.abs(values - values[place])
        near, core = share[distance <= NEAR].sum(), share[distance <= CORE].sum()
        if (
            areas[place]
            and near >= TRACE
            and core > DENSE * near
            and all(abs(values[place] - other) > NEAR for other in found)
        ):
            found.append(int(values[place]))
    if not found:
        return []
    levels = np.array(sorted(found))
    distance = np.abs(values[:, None] - levels)
    close, nearest = distance.min(axis=1) <= NEAR, distance.argmin(axis=1)
    return [(int(level), float(share[close & (nearest == k)].sum())) for k, level in enumerate(levels)]


def _listed(values: np.ndarray, form: Form) -> str:
    names = [name_of(int(value), form) for value in values[:SHOWN]]
    return ", ".join(names) + " ..." * (len(values) > SHOWN)
