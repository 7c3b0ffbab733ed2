"""Where results go, and that nothing of the user's is overwritten unasked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from isinglass.cli.output import emit
from isinglass.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from isinglass.recipe import Recipe


def study_folder(recipe: Recipe) -> Path:
    """`<data>-<target>.study` in the working folder."""
    parts = [Path(recipe.data.source).stem, *recipe.data.target]
    return Path("-".join(re.sub(r"[^\w.+-]+", "_", part).strip("_") for part in parts) + ".study")


def claim(folder: Path, *, overwrite: bool) -> None:
    """Refuse a folder that holds something, unless it may be replaced. Raises UsageError."""
    if folder.is_file():
        raise UsageError("the output folder is a file", where=str(folder), instead="choose another with --out DIR")
    if not overwrite and folder.is_dir() and any(folder.iterdir()):
        raise UsageError(
            "the output folder exists",
            where=str(folder),
            instead=f"--overwrite replaces it, --out DIR writes elsewhere, --resume {folder} goes on with it.",
        )


def claim_file(path: Path, *, overwrite: bool) -> None:
    """Refuse a file that exists, unless it may be replaced. Raises UsageError."""
    if path.is_dir():
        raise UsageError("the output is a folder", where=str(path), instead="name a file.")
    if path.exists() and not overwrite:
        raise UsageError("the output file exists", where=str(path), instead="--overwrite replaces it.")
    if not path.absolute().parent.is_dir():
        raise UsageError("there is no such folder", where=str(path.parent), instead="make it first.")


def claim_folder(out: str, *, overwrite: bool) -> Path:
    """The folder for the masks. Raises UsageError where none is named, a table is, or one with files is there."""
    from isinglass.export.tables import WRITERS

    if out == "-":
        raise UsageError("masks are written as images", instead="-o FOLDER")
    folder = Path(out)
    if folder.suffix in WRITERS:
        raise UsageError("masks are written as images, not as a table", given=out, instead="-o FOLDER")
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not overwrite):
        raise UsageError("there are files already", where=out, instead="--overwrite, or another folder.")
    return folder


def hand_over(frame: pl.DataFrame, out: str) -> None:
    """A table to standard output as CSV (`-`), or to a file. Raises what `export.tables.write` raises."""
    from isinglass.export.tables import write

    emit(frame.write_csv()) if out == "-" else write(frame, Path(out))
