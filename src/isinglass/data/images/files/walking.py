"""What lies in a folder at any depth, without what file managers, archives and notebooks leave behind."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

LEFT_BEHIND = frozenset(
    {
        "__macosx",  # archives made by macOS
        "__pycache__",
        "@eadir",  # Synology: thumbnails of every picture
        "#recycle",
        "#snapshot",
        "@recycle",
        "@recently-snapshot",
        "$recycle.bin",
        "system volume information",
        "lost+found",
        "found.000",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "icon\r",
    }
)
"""Names, in small letters, of folders and files that systems make beside those of the user."""
SHOWN = 3


def is_left_behind(name: str) -> bool:
    """Hidden (it begins with a point, as `._a.png` and `.ipynb_checkpoints`), or made by a system."""
    low = name.lower()
    return name[:1] == "." or low in LEFT_BEHIND or low.startswith(("@__thumb", "~$"))


@dataclass(frozen=True)
class Walked:
    """Files below a folder, in order; and how many were left out, by the name of the folder (or file) that hid them."""

    files: tuple[Path, ...]
    hidden: Counter[str] = field(default_factory=Counter)


def visible(folder: Path) -> list[Path]:
    """What is in a folder, in order, without what is left behind."""
    return sorted(path for path in folder.iterdir() if not is_left_behind(path.name))


def walk(folder: Path) -> Walked:
    """All files at any depth."""
    files: list[Path] = []
    hidden: Counter[str] = Counter()
    for place, inner, names in os.walk(folder):
        for name in [name for name in inner if is_left_behind(name)]:
            hidden[name] += sum(len(within) for *_, within in os.walk(os.path.join(place, name)))
            inner.remove(name)
        files += [Path(place, name) for name in names if not is_left_behind(name)]
        hidden.update(name for name in names if is_left_behind(name))
    return Walked(tuple(sorted(files)), hidden)


def hidden_words(walked: Iterable[Walked]) -> list[str]:
    """A note on what was left out."""
    total: Counter[str] = Counter()
    for one in walked:
        total += one.hidden
    if not total:
        return []
    shown = ", ".join(name for name, _ in total.most_common(SHOWN)) + " ..." * (len(total) > SHOWN)
    return [f"{total.total()} hidden files left out: {shown}."]
