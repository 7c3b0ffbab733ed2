"""The names of masks' classes: a text file beside the folders, one class a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FILES = ("classes.txt", "codes.txt", "labels.txt", "label_colors.txt")


@dataclass(frozen=True, eq=False)
class ClassNames:
    """What the file says.

    Args:
        names: of the classes, in the order of the lines.
        colours: int64 [class, 3] red, green, blue, where each line has one.
        codes: the value of each class, where each line begins with one.
    """

    names: tuple[str, ...] = ()
    colours: np.ndarray | None = None
    codes: tuple[int, ...] = ()


def read_class_names(homes: Sequence[Path]) -> ClassNames:
    """Lines "name", "name r g b", "r g b name" or "code name", of the first file of `FILES` in these folders."""
    path = next((home / name for home in homes for name in FILES if (home / name).is_file()), None)
    if path is None:
        return ClassNames()
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    words = [line.replace(",", " ").split() for line in text.splitlines() if line.strip()]
    if words and all(len(line) > 3 and _numbers(line[-3:]) for line in words):
        return ClassNames(tuple(" ".join(line[:-3]) for line in words), _colours([line[-3:] for line in words]))
    if words and all(len(line) > 3 and _numbers(line[:3]) for line in words):
        return ClassNames(tuple(" ".join(line[3:]) for line in words), _colours([line[:3] for line in words]))
    codes = [line[0].rstrip(":=") for line in words]
    if words and all(len(line) > 1 for line in words) and _numbers(codes) and len(set(codes)) == len(codes):
        return ClassNames(tuple(" ".join(line[1:]) for line in words), codes=tuple(map(int, codes)))
    return ClassNames(tuple(" ".join(line) for line in words))


def _numbers(words: Sequence[str]) -> bool:
    return all(word.isascii() and word.isdigit() for word in words)


def _colours(words: Sequence[Sequence[str]]) -> np.ndarray:
    return np.array(words, np.int64)
