"""Images named by a column of a table, with a class or numbers beside each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from isinglass.data.images.files.walking import visible, walk
from isinglass.data.images.listing import SUFFIXES, Found, require_images
from isinglass.data.tables.columns import find_header, read_headers
from isinglass.data.tables.coordinates import read_coordinates, read_weights
from isinglass.data.tables.encoding import encode_target
from isinglass.data.tables.missing.rules import without_markers
from isinglass.data.tables.selection import select
from isinglass.data.tables.sources.layout import layout_of
from isinglass.data.tables.sources.table import open_table
from isinglass.data.tables.targets import describe_targets
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe

ALLOWED = 0.05
"""Part of the rows whose file may be missing."""


def open_image_table(recipe: DataRecipe) -> Found:
    """The rows whose file exists and whose target is known; files are looked for from the table's own folder.

    Raises:
        DataError: no such column, or more than a twentieth of the files are missing.
    """
    table = open_table(recipe.source, layout_of(recipe))
    where, frame, home = table.where, table.frame, Path(recipe.source).expanduser().parent
    header = find_header(recipe.images, read_headers(frame.columns), where=where, purpose="column of image files")
    names = frame[header.text].cast(pl.String).fill_null("").to_numpy().astype(str)
    paths = _locate(home, names.tolist())
    selection = select(frame.columns, recipe.model_copy(update={"features": ()}), where=where)
    frame, selection, missing = without_markers(frame, selection, where=where)
    task, columns, notes = describe_targets(frame, selection, task=recipe.task, where=where)
    pairs = zip(columns, selection.targets, strict=True)
    targets = np.stack([encode_target(column, frame[head.text], where=where) for column, head in pairs], axis=1)
    absent = np.array([path is None for path in paths])
    _require_files(names, absent, where)
    unknown = np.isnan(targets).any(1)
    keep = np.flatnonzero(~absent & ~unknown)
    require_images(len(keep), where)
    coords = read_coordinates(frame, selection, where=where)
    told = [f"{int(absent.sum())} rows without file left out: {', '.join(names[absent][:5])}."] if absent.any() else []
    told += [f"{int(unknown.sum())} rows without target left out."] if unknown.any() else []
    return Found(
        where=where,
        names=names[keep],
        targets=targets[keep],
        columns=columns,
        task=task,
        paths=tuple(path for k in keep if (path := paths[k]) is not None),
        weights=read_weights(frame, selection, where=where)[keep],
        coords={role: values[keep] for role, values in coords.items()},
        notes=(*table.notes, *missing, *notes, *told, *_unlabelled(paths)),
    )


def _locate(home: Path, names: Sequence[str]) -> list[Path | None]:
    """Each file by its place as seen from the table's folder or from `images` in it, with \\ for / and without its
    ending too; else by a name that one image alone has at any depth."""
    direct = [_direct(home, name.replace("\\", "/")) if name else None for name in names]
    if all(path or not name for path, name in zip(direct, names, strict=True)):
        return direct
    known: dict[str, Path | None] = {}
    for path in (path for path in walk(home).files if path.suffix.lower() in SUFFIXES):
        for name in {path.name, path.stem}:
            known[name] = None if name in known else path
    last = [name.replace("\\", "/").rsplit("/", 1)[-1] for name in names]
    return [path or known.get(name) for path, name in zip(direct, last, strict=True)]


def _direct(home: Path, name: str) -> Path | None:
    places = (home / name, home / "images" / name)
    tried = (*places, *(place.with_name(place.name + suffix) for place in places for suffix in SUFFIXES))
    return next((path for path in tried if path.is_file()), None)


def _require_files(names: np.ndarray, absent: np.ndarray, where: str) -> None:
    if absent.sum() <= max(1, ALLOWED * len(names)) and not absent.all():
        return
    raise DataError(
        f"{int(absent.sum())} of {len(names)} image files are not there",
        where=where,
        given=", ".join(names[absent][:5].tolist()),
        instead="names as seen from the folder of the table, or names of files that are there once.",
    )


def _unlabelled(paths: list[Path | None]) -> list[str]:
    """A note about images that lie beside named ones and are not in the table."""
    from isinglass.data.images.folders import is_image

    known = {path for path in paths if path}
    extra = sorted(
        p.name for home in {path.parent for path in known} for p in visible(home) if is_image(p) and p not in known
    )
    return [f"{len(extra)} image files are not in the table: {', '.join(extra[:5])}."] if extra else []
