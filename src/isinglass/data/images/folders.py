"""Folders of image files: one folder a class, perhaps in official parts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from isinglass.data.images.files.archives import is_archive
from isinglass.data.images.files.cifar import NAME as NAME_CIFAR
from isinglass.data.images.files.idx import NAME as NAME_IDX
from isinglass.data.images.files.walking import hidden_words, visible, walk
from isinglass.data.images.listing import PARTS, SUFFIXES, Found, classes_of, require_images
from isinglass.errors import DataError


def is_image(path: Path) -> bool:
    """Whether the name says so."""
    return path.suffix.lower() in SUFFIXES and path.is_file()


def descend(folder: Path) -> Path:
    """The folder in which the data are: archives often hold one folder that holds everything."""
    inside = visible(folder)
    folders = [path for path in inside if path.is_dir()]
    if len(folders) != 1 or any(is_image(path) for path in inside):
        return folder
    within = visible(folders[0])
    files = any(is_archive(path) or NAME_IDX.match(path.name) or NAME_CIFAR.match(path.name) for path in within)
    return descend(folders[0]) if files or any(path.is_dir() for path in within) else folder


def open_folder(folder: Path) -> Found:
    """One folder a class, perhaps inside of `train`, `valid`, `test`.

    Raises:
        DataError: no image, or images without classes.
    """
    inside = [path for path in visible(folder) if path.is_dir()]
    parts = {path: PARTS[path.name.lower()] for path in inside if path.name.lower() in PARTS}
    notes: list[str] = []
    official = len(set(parts.values())) > 1
    if official:
        notes += _unused([path for path in inside if path not in parts], "folders beside the official parts")
        rows = [(path, label, part) for home, part in parts.items() for path, label in _classes(home, notes)]
    else:
        rows = [(path, label, "") for path, label in _classes(folder, notes)]
    require_images(len(rows), str(folder))
    column, targets = classes_of([label for _, label, _ in rows])
    if len(column.categories) < 2:
        raise DataError("images of one class only", where=str(folder), given=", ".join(column.categories))
    rare = [name for name, count in Counter(label for _, label, _ in rows).items() if count == 1]
    notes += unused(rare, "classes with one image only")
    return Found(
        where=str(folder),
        names=np.array([path.relative_to(folder).as_posix() for path, *_ in rows]),
        targets=targets,
        columns=(column,),
        part=np.array([part for _, _, part in rows]) if official else None,
        paths=tuple(path for path, *_ in rows),
        notes=tuple(notes),
    )


def _classes(home: Path, notes: list[str]) -> list[tuple[Path, str]]:
    rows: list[tuple[Path, str]] = []
    loose = [path for path in visible(home) if is_image(path)]
    walked = walk(home)
    within: dict[str, list[Path]] = {path.name: [] for path in visible(home) if path.is_dir()}
    for path in walked.files:
        if path.parent != home:
            within[path.relative_to(home).parts[0]].append(path)
    for name, files in within.items():
        images = [path for path in files if is_image(path)]
        if not images:
            notes.append(f"{home.name}/{name}: no image in this folder; it is no class.")
        notes += _unused([path for path in files if path not in set(images)], "files that are not images")
        rows += [(path, name) for path in images]
    notes += hidden_words([walked])
    if loose and not rows:
        raise DataError(
            f"{len(loose)} images without classes",
            where=str(home),
            instead="one folder a class, a table with `--set data.images=COLUMN`, or `--set data.masks=FOLDER`.",
        )
    notes += _unused(loose, "images outside of the class folders")
    return rows


def _unused(paths: list[Path], what: str) -> list[str]:
    return unused([path.name for path in paths], f"{what} not used")


def unused(names: list[str], what: str) -> list[str]:
    """A note on what was left aside."""
    shown = ", ".join(names[:5]) + " ..." * (len(names) > 5)
    return [f"{len(names)} {what}: {shown}."] if names else []
