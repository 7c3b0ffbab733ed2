"""Which value of masks does not count, where the recipe leaves it open.

Two conventions meet in the value 255 (65535 in 16 bits): white is the object in masks of black and white, and what
does not count beside class numbers 0, 1, 2 ... (Everingham et al. 2010, The PASCAL Visual Object Classes challenge,
doi:10.1007/s11263-009-0275-4). All masks together tell them apart; where they do not, the user is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from isinglass.data.images.masks.census import Tally
from isinglass.data.images.masks.forms import in_form
from isinglass.data.images.schema import Form
from isinglass.errors import DataError

TOPS = (255, 65535)
EVEN = 2
"""Grey levels whose last step is at most this many times their widest other one are spread over the range."""
MOSTLY = 4
"""Beside two classes: 255 on so many times the pixels of the rarer one is more than the edge of something."""


def find_void(
    found: Tally, tallies: Sequence[Tally], form: Form, wanted: int | Literal["auto", "none"], *, where: str
) -> tuple[int, list[str]]:
    """The value that does not count, or -1; and what is told of it.

    Args:
        found: all masks in the form.
        tallies: each mask.
        form: of the values.
        wanted: `data.void`.
        where: for messages.

    Raises:
        DataError: 255 may be a class or not.
    """
    values = found.values[found.values >= 0]
    if wanted == "none" or not len(values):
        return -1, []
    if wanted != "auto":
        absent = wanted not in values
        return wanted, [f"masks: the value {wanted} of data.void occurs in none of them."] * absent
    top = int(values[-1])
    if form not in ("numbers", "shades") or top not in TOPS or _is_class(values):
        return -1, []
    together = [set(in_form(one.values, one, form).tolist()) for one in tallies]
    if len(values) == 3 and _doubtful(found, together, top, int(values[1])):
        raise _question(found, top, where)
    share = percent(found.pixels[found.values == top].sum(), found)
    return top, [
        f"masks: {top} ({share} of the pixels) is no class and does not count, as is usual beside small class "
        f"numbers; `--set data.void=none` makes it a class."
    ]


def _is_class(values: np.ndarray) -> bool:
    """Black and white, or levels of grey that are spread up to white."""
    if len(values) < 3:
        return True
    steps = np.diff(values)
    return bool(steps[-1] <= EVEN * steps[:-1].max())


def _doubtful(found: Tally, together: Sequence[set[int]], top: int, middle: int) -> bool:
    """Beside two classes: white is common, or stands in masks that never hold the second class."""
    counts = found.pixels[found.values >= 0]
    return bool(counts[-1] > MOSTLY * counts[:-1].min()) or not any({top, middle} <= held for held in together)


def _question(found: Tally, top: int, where: str) -> DataError:
    keep = found.values >= 0
    shown = [
        f"{value} in {masks} masks, {percent(pixels, found)} of the pixels"
        for value, masks, pixels in zip(found.values[keep], _masks(found)[keep], found.pixels[keep], strict=True)
    ]
    return DataError(
        f"{top} in the masks may be a class, or stand for what does not count",
        where=where,
        given="; ".join(shown),
        instead=f"`--set data.void={top}` if it does not count, `--set data.void=none` if it is a class; masks "
        f"with one number for each class, if it is the same as {int(found.values[keep][1])}.",
    )


def _masks(found: Tally) -> np.ndarray:
    return np.ones_like(found.values) if found.masks is None else found.masks


def percent(count: int | np.integer, found: Tally) -> str:
    """Of all pixels, in words."""
    part = 100 * float(count) / max(1, int(found.pixels.sum()))
    return f"{part:.2g} %" if part < 99.5 else f"{part:.0f} %"
