"""Masks beside each other: the few of another size or with more channels than the others are no masks of this set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from isinglass.data.images.files.decode import quiet
from isinglass.data.images.files.decode_pool import attempt, pool
from isinglass.data.images.masks.files import MaskHeader, read_mask_header

ROUGH = 0.02
"""Scales that differ by this part are one: sizes are rounded to pixels."""


def odd_masks(paths: Sequence[Path], images: Sequence[tuple[int, int]], *, plain: bool = True) -> dict[int, str]:
    """Why some masks (by place) do not belong to the others; files that cannot be read are left to their reader.

    A mask has the size of its image, or of most masks, or is as much larger or smaller as most are.

    Args:
        paths: [mask] files.
        images: [mask] height and width of the image of each, as it was found.
        plain: masks are class numbers, not colours: those with several channels are odd where most have one.
    """
    with quiet(), pool() as threads:
        read = list(threads.map(lambda path: attempt(read_mask_header, path), paths))
    known = {k: header for k, header in enumerate(read) if isinstance(header, MaskHeader)}
    channels = _odd_channels(known) if plain else {}
    return {**_odd_sizes(known, images), **channels}


def _odd_channels(known: dict[int, MaskHeader]) -> dict[int, str]:
    several = [k for k, header in known.items() if header.channels > 1]
    if 2 * len(several) > len(known):
        return {}
    return {k: f"{known[k].channels} channels where most masks have one" for k in several}


def _odd_sizes(known: dict[int, MaskHeader], images: Sequence[tuple[int, int]]) -> dict[int, str]:
    if not known:
        return {}
    scales = {k: max(header.size) / max(images[k]) for k, header in known.items()}
    usual = _usual(list(scales.values()))
    common, count = Counter(header.size for header in known.values()).most_common(1)[0]
    words = "their image's size" if usual == 1 else f"{usual:.3g} times their image's size"
    return {
        k: f"{_words(header.size)} pixels where its image has {_words(images[k])}; most masks have {words}"
        for k, header in known.items()
        if header.size != images[k]
        and not (header.size == common and 2 * count > len(known))
        and abs(scales[k] - usual) > ROUGH * usual + 1 / max(images[k])
    }


def _usual(scales: list[float]) -> float:
    """The middle of the commonest scales; of two that are as common the one nearer to 1."""
    rough = Counter(round(scale, 2) for scale in scales)
    best = max(rough, key=lambda scale: (rough[scale], -abs(scale - 1)))
    return 1.0 if best == 1 else median(scale for scale in scales if round(scale, 2) == best)


def _words(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"
