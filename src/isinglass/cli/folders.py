"""Where results go, and that nothing of the user's is overwritten unasked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from isinglass.errors import UsageError

if TYPE_CHECKING:
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
