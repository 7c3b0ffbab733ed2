"""A folder counted before it is taken for images: pictures lie in folders of code and papers too."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from isinglass.data.images.files.walking import is_left_behind
from isinglass.data.images.listing import SUFFIXES
from isinglass.errors import DataError

BESIDE = (".txt", ".json", ".jsonl", ".xml", ".csv", ".tsv", ".yaml", ".yml", ".toml", ".md", ".npy", ".npz", ".db", "")
"""Endings of what may stand beside images: labels, boxes, notes."""
ENOUGH = 50_000
"""Files after which the count is clear."""


def require_mostly_images(folder: Path) -> None:
    """Raise DataError where more files are neither images nor what stands beside them than are images."""
    kinds, homes = _count(folder)
    images = sum(kinds[suffix] for suffix in SUFFIXES)
    others = Counter({suffix: n for suffix, n in kinds.items() if suffix not in (*SUFFIXES, *BESIDE)})
    if others.total() <= images:
        return
    shown = ", ".join(f"{n} {suffix}" for suffix, n in others.most_common(3))
    if not images:
        cure = "name a folder of images, or a table; unpack an archive that holds a table, and name the file in it."
        raise DataError("no image", where=str(folder), given=shown, instead=cure)
    home, _ = homes.most_common(1)[0]
    raise DataError(
        "no folder of images, though it holds some: most of it is something else",
        where=str(folder),
        given=f"{images} images, {others.total()} other files ({shown})",
        instead=f"name the folder of the images, as in '{home}', or a table.",
    )


def _count(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Files by their ending, and images by the folder of their class folder."""
    kinds: Counter[str] = Counter()
    homes: Counter[str] = Counter()
    for place, inner, files in os.walk(folder):
        inner[:] = [name for name in inner if not is_left_behind(name)]
        found = Counter(os.path.splitext(name)[1].lower() for name in files if not is_left_behind(name))
        kinds += found
        pictures = sum(found[suffix] for suffix in SUFFIXES)
        if pictures and Path(place) != folder:
            homes[os.path.dirname(place)] += pictures
        elif pictures:
            homes[place] += pictures
        if kinds.total() > ENOUGH:
            break
    return kinds, homes
