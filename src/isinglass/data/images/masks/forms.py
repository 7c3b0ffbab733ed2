"""Values of masks in one form: numbers as they are stored, shades of grey, colours, or their opacity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from isinglass.data.images.files.faults import BadImageError
from isinglass.data.images.masks.files import Stored
from isinglass.data.images.schema import Form

if TYPE_CHECKING:
    from isinglass.data.images.masks.census import Tally

CLEAR = 1 << 24
"""The value of a transparent pixel among colours."""
OPAQUE = 128
"""Alpha from which a pixel is rather opaque than transparent."""

TINGE, TINGED = 24, 0.01
"""Compression gives grey pixels a tinge; more of it in at most so many of a grey mask's pixels."""


def common_form(tallies: Sequence[Tally]) -> Form:
    """The form in which all masks together say most plainly what is what."""
    coloured = [one for one in tallies if one.kind == "colours"]
    if coloured:
        values = np.unique(np.concatenate([one.values for one in coloured]))
        if (values & 255 != 255).any():
            shown = np.unique(values[values & 255 >= OPAQUE] >> 8)
            return "alpha" if len(shown) <= 1 and len(coloured) == len(tallies) else "rgba"
        grey = all(_nearly_grey(one) if one.lossy else _grey(one.values) for one in coloured)
        return "shades" if grey and _grey(_palette_colours(tallies)) else "rgb"
    if _contradict(tallies):
        return "shades" if _grey(_palette_colours(tallies)) else "rgb"
    return "numbers"


def in_form(values: np.ndarray, mask: Stored | Tally, form: Form) -> np.ndarray:
    """Values of one mask in a form; -1 stays. Raises BadImageError where they have none."""
    unknown = values < 0
    if mask.kind == "colours":
        made = _of_colours(values, form)
    elif form == "alpha":
        raise BadImageError("a mask without transparency where others have it")
    elif mask.kind == "palette" and form != "numbers" and mask.palette is not None:
        parts = mask.palette[np.clip(values, 0, len(mask.palette) - 1)].astype(np.int64)
        made = parts[..., 0] if form == "shades" else parts @ [65536, 256, 1]
    else:
        made = values if form in ("numbers", "shades") else values * 0x010101
    return np.where(unknown, -1, made) if unknown.any() else made


def _of_colours(values: np.ndarray, form: Form) -> np.ndarray:
    if form == "alpha":
        return values & 255
    if form == "rgba":
        return np.where(values & 255 >= OPAQUE, values >> 8, CLEAR)
    if form == "rgb":
        return values >> 8
    if form == "numbers" and not _grey(values):
        raise BadImageError("a mask in colours where numbers are expected")
    return ((values >> 24) + (values >> 16 & 255) + (values >> 8 & 255) + 1) // 3


def _nearly_grey(one: Tally) -> bool:
    """As compression leaves a mask in grey."""
    parts = np.stack([one.values >> 24, one.values >> 16 & 255, one.values >> 8 & 255])
    return bool(one.pixels[np.ptp(parts, axis=0) > TINGE].sum() <= TINGED * one.pixels.sum())


def _grey(values: np.ndarray) -> bool:
    """Whether packed colours with alpha are shades of grey."""
    red, green, blue = values >> 24, values >> 16 & 255, values >> 8 & 255
    return bool(((red == green) & (green == blue)).all())


def _palette_colours(tallies: Sequence[Tally]) -> np.ndarray:
    found = [np.zeros(0, np.int64)]
    for one in tallies:
        if one.kind == "palette":
            found.append(in_form(one.values, one, "rgb") << 8)
    return np.unique(np.concatenate(found))


def _contradict(tallies: Sequence[Tally]) -> bool:
    """Whether one place has several colours in the palettes of several masks: then colours tell the classes."""
    named: dict[int, int] = {}
    for one in tallies:
        if one.kind != "palette":
            continue
        for value, colour in zip(one.values.tolist(), in_form(one.values, one, "rgb").tolist(), strict=True):
            if named.setdefault(value, colour) != colour:
                return True
    return False


def name_of(code: int, form: Form) -> str:
    """How a class is called that has no name: by its number, or by its colour as in style sheets."""
    if form in ("rgb", "rgba"):
        return "transparent" if code == CLEAR else f"#{code:06x}"
    return str(code)


def as_pixels(codes: np.ndarray, form: Form) -> np.ndarray:
    """Codes [height, width] as an image is written: uint8 or uint16 [height, width], or colours uint8 [height, width,
    3 or 4]."""
    if form in ("rgb", "rgba"):
        parts = [codes >> 16 & 255, codes >> 8 & 255, codes & 255]
        parts += [np.where(codes == CLEAR, 0, 255)] if form == "rgba" else []
        return np.stack(parts, axis=-1).astype(np.uint8)
    return codes.astype(np.uint8 if codes.max() <= 255 else np.uint16)
