"""Mask images as class numbers [sample, 1, height, width], 255 where nothing is to be predicted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from isinglass.data.images.decode import BadImageError, quiet, read_mask
from isinglass.data.images.mask_forms import odd_masks
from isinglass.data.images.store import attempt, pool
from isinglass.errors import DataError

VOID = 255
NAMES = ("classes.txt", "codes.txt", "labels.txt", "label_colors.txt")


def load_masks(
    paths: Sequence[Path],
    *,
    size: tuple[int, int],
    void: int,
    root: Path | None,
    images: Sequence[tuple[int, int]] = (),
) -> tuple[np.ndarray, tuple[str, ...], dict[int, str]]:
    """Masks, the classes' names, and why some masks (by place) cannot be used.

    Colours are classes in the order of the file of names ("name r g b" or "r g b name" a line); without such a file
    colours are refused, for nothing says which is which. `images` has the height and width of each mask's image as
    it was found: a mask of other proportions belongs to another image, as one unlike most masks does (`odd_masks`).

    Raises:
        DataError: colours without names, or more classes than 255.
    """
    found = np.full((len(paths), 1, *size), VOID, np.uint8)
    read = mask_reader(root, void)
    odd = strange_masks(paths, images, root) if images else {}

    def one(place: int) -> None:
        if place in odd:
            raise BadImageError(odd[place])
        found[place, 0] = read(paths[place], size, images[place] if images else None)

    with quiet(), pool() as threads:
        faults = {
            k: str(fault) for k, fault in enumerate(threads.map(partial(attempt, one), range(len(paths)))) if fault
        }
    if len(faults) == len(paths):
        raise DataError("no mask can be used", where=str(paths[0].parent), given=next(iter(faults.values()), None))
    return found, classes_in(found, root, where=str(paths[0].parent)), faults


def mask_reader(root: Path | None, void: int) -> Callable[..., np.ndarray]:
    """`read(path, size, image=None)`: a mask's classes uint8 [height, width], 255 where nothing counts; `image` is the
    size of its image, whose proportions it must have. Raises BadImageError."""
    _, colours = _read_names(root)

    def read(path: Path, size: tuple[int, int], image: tuple[int, int] | None = None) -> np.ndarray:
        mask = _codes(read_mask(path), colours)
        _require_proportions(mask.shape, image or mask.shape)
        mask = _nearest(mask, size)
        counted = mask != void
        if ((mask[counted] < 0) | (mask[counted] >= VOID)).any():
            raise BadImageError(f"values up to {mask[counted].max()}; classes are 0 to 254")
        return np.where(counted, mask, VOID).astype(np.uint8)

    return read


def strange_masks(paths: Sequence[Path], images: Sequence[tuple[int, int]], root: Path | None) -> dict[int, str]:
    """As `odd_masks`; where the file of names has colours, masks may come in several channels."""
    return odd_masks(paths, images, plain=_read_names(root)[1] is None)


def classes_in(masks: np.ndarray, root: Path | None, *, where: str = "masks") -> tuple[str, ...]:
    """The classes' names, of the file of names or their numbers. Raises DataError where masks hold others, or none."""
    names, _ = _read_names(root)
    present = np.unique(masks[masks != VOID])
    if not len(present):
        raise DataError("the masks hold no class", where=where)
    count = int(present[-1]) + 1
    if names and count > len(names):
        raise DataError(f"class {count - 1} has no name", where=str(root), given=f"{len(names)} names")
    return names or tuple(map(str, range(count)))


def _codes(mask: np.ndarray, colours: np.ndarray | None) -> np.ndarray:
    if mask.ndim == 2:
        return mask
    if (mask[..., 0] == mask[..., 1]).all() and (mask[..., 1] == mask[..., 2]).all() and colours is None:
        return mask[..., 0].astype(np.int64)
    if colours is None:
        raise BadImageError(f"a mask in colours; write {NAMES[0]} with one 'name r g b' a line beside the folders")
    packed = (mask.astype(np.int64) * [65536, 256, 1]).sum(-1)
    known = (colours * [65536, 256, 1]).sum(-1)
    order = np.argsort(known)
    place = np.clip(np.searchsorted(known[order], packed), 0, len(known) - 1)
    # A colour without a name does not count.
    return np.where(known[order][place] == packed, order[place], VOID)


def _require_proportions(mask: Sequence[int], image: Sequence[int]) -> None:
    """Half the size is fine, to a pixel; half the height alone is not."""
    scale = max(mask) / max(image)
    if any(abs(side - scale * whole) > 1 for side, whole in zip(mask, image, strict=True)):
        raise BadImageError(f"{mask[0]} x {mask[1]} pixels where its image has {image[0]} x {image[1]}")


def _nearest(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if mask.shape == size:
        return mask
    pairs = zip(mask.shape, size, strict=True)
    rows, columns = (((np.arange(new) + 0.5) * old / new).astype(int) for old, new in pairs)
    return mask[rows][:, columns]


def _read_names(root: Path | None) -> tuple[tuple[str, ...], np.ndarray | None]:
    path = next((root / name for name in NAMES if (root / name).is_file()), None) if root else None
    if path is None:
        return (), None
    words = [line.replace(",", " ").split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    first = [line for line in words if len(line) > 3 and all(word.isdigit() for word in line[:3])]
    last = [line for line in words if len(line) > 3 and all(word.isdigit() for word in line[-3:])]
    if len(last) == len(words):
        return tuple(" ".join(line[:-3]) for line in words), np.array([line[-3:] for line in words], np.int64)
    if len(first) == len(words):
        return tuple(" ".join(line[3:]) for line in words), np.array([line[:3] for line in words], np.int64)
    return tuple(" ".join(line) for line in words), None
