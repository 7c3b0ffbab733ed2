"""Small pictures with a known content: coloured shapes on noise, in folders as users have them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

SHAPES = ("bar", "cross", "square")
SIDE = 16


def draw(shape: str, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """uint8 [16, 16, 3], and bool [16, 16] where the shape is."""
    mask = np.zeros((SIDE, SIDE), dtype=bool)
    top, left = random.integers(1, 6, size=2)
    if shape == "square":
        mask[top : top + 7, left : left + 7] = True
    elif shape == "bar":
        mask[top : top + 2, left : left + 9] = True
    else:
        mask[top + 3 : top + 5, left : left + 8] = True
        mask[top : top + 8, left + 3 : left + 5] = True
    image = random.integers(0, 90, size=(SIDE, SIDE, 3))
    image[mask] = random.integers(150, 256, size=3)
    return image.astype(np.uint8), mask


def folder_per_class(folder: Path, *, each: int = 30, seed: int = 0) -> Path:
    """folder/bar/0.png and so on."""
    random = np.random.default_rng(seed)
    for shape in SHAPES:
        (folder / shape).mkdir(parents=True)
        for number in range(each):
            Image.fromarray(draw(shape, random)[0]).save(folder / shape / f"{number}.png")
    return folder


def with_masks(folder: Path, *, count: int = 40, seed: int = 0) -> Path:
    """folder/images/0.png and folder/masks/0.png: 0 is background, 1 to 3 the shapes, 255 a void corner."""
    random = np.random.default_rng(seed)
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for number in range(count):
        which = number % len(SHAPES)
        image, mask = draw(SHAPES[which], random)
        labels = np.where(mask, which + 1, 0).astype(np.uint8)
        labels[0, 0] = 255
        Image.fromarray(image).save(folder / "images" / f"{number}.png")
        Image.fromarray(labels).save(folder / "masks" / f"{number}.png")
    return folder
