"""New images that lie in memory: one array of them, or a list of arrays."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from isinglass.data.images.arrays import in_depth
from isinglass.errors import DataError

WHERE = "array"


def paths_or_arrays(source: Any) -> tuple[list[Path], np.ndarray | list[np.ndarray] | None]:
    """The paths of a list and None; or no paths, and the array or the list of arrays. Raises DataError."""
    if isinstance(source, np.ndarray):
        return [], source
    items = list(source) if isinstance(source, Iterable) else [source]
    if not items:
        raise DataError("there are no images", where="list")
    if all(isinstance(item, (str, Path)) for item in items):
        return [Path(item) for item in items], None
    if all(isinstance(item, np.ndarray) for item in items):
        return [], items
    names = ", ".join(sorted({type(item).__name__ for item in items}))
    raise DataError(
        "new images are paths or arrays",
        where="list",
        given=names,
        instead="np.asarray(image) of each, or paths alone.",
    )


def stack_images(images: np.ndarray | list[np.ndarray], channels: int) -> np.ndarray:
    """Arrays as [sample, channel, height, width] in a depth of ours, for a model of so many channels c.

    Args:
        images: [n, h, w, c] or [n, c, h, w] (where both fit, the second, as in training); [n, h, w] where c is 1, else
            one image [h, w, c] or [c, h, w]; or a list of images of one shape.
        channels: c.

    Raises:
        DataError: no images, images of several shapes, or other axes.
    """
    one = isinstance(images, np.ndarray) and images.ndim == 3 and channels > 1
    stack = images if isinstance(images, np.ndarray) else _of_one_shape(images)
    if stack.ndim and not len(stack):
        raise DataError("there are no images", where=WHERE, given=stack.shape)
    full = stack[None] if one else stack[:, None] if stack.ndim == 3 else stack
    if full.ndim != 4 or 0 in full.shape or channels not in (full.shape[1], full.shape[3]):
        raise _strange(stack.shape, channels)
    return in_depth(full if full.shape[1] == channels else np.moveaxis(full, -1, 1), WHERE)


def _of_one_shape(images: list[np.ndarray]) -> np.ndarray:
    shapes = sorted({image.shape for image in images})
    if len(shapes) > 1:
        cure = "a list of files, which may differ, or model.predict for each array."
        raise DataError("the arrays differ in shape", where="list", given=shapes[:5], instead=cure)
    return np.stack(images)


def _strange(shape: tuple[int, ...], channels: int) -> DataError:
    what = f"the model reads images of {channels} channel{'s' * (channels > 1)}"
    allowed = [f"[n, h, w, {channels}]", f"[n, {channels}, h, w]"]
    allowed += [f"one image [h, w, {channels}]", f"[{channels}, h, w]"] if channels > 1 else ["[n, h, w]"]
    return DataError(what, where=WHERE, given=shape, allowed=allowed, instead=_cure(shape, channels))


def _cure(shape: tuple[int, ...], channels: int) -> str:
    if channels == 3 and len(shape) == 4 and shape[-1] == 4:
        return "images[..., :3] leaves the fourth channel out."
    if channels == 3 and (len(shape) == 3 or (len(shape) == 4 and shape[-1] == 1)):
        inner = "images[..., None]" if len(shape) == 3 else "images"
        return f"np.repeat({inner}, 3, axis=-1) makes colours of grey images."
    return "bring them to these axes and channels first."
