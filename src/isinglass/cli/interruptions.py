"""A long run at the command line: what is said, and kept, when it is interrupted or breaks off."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import typer

from isinglass.errors import IsinglassError, UsageError

T = TypeVar("T")


def guarded(run: Callable[[], T], folder: Path, *, verb: str) -> T:
    """`run()`; where it is broken off and can go on, the line that does so is printed.

    Args:
        run: saves its state in `folder`.
        folder: of the results.
        verb: `fit` or `tune`, which goes on with `--resume`.

    Raises:
        typer.Exit: code 130, after Ctrl-C. IsinglassError: the run's own.
    """
    before = _saved(folder)
    try:
        return run()
    except KeyboardInterrupt:
        typer.secho(_farewell("Interrupted", folder, verb), err=True)
        raise typer.Exit(130) from None
    except UsageError:
        raise
    except IsinglassError:
        if _resumable(folder, verb) and _saved(folder) != before:
            typer.secho(_farewell("Broken off", folder, verb), err=True)
        raise


def _saved(folder: Path) -> dict[str, int]:
    """When a run's hidden files were written: what was there before and cannot be read is nothing to go on with."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob(".*")} if folder.is_dir() else {}


def _resumable(folder: Path, verb: str) -> bool:
    from isinglass.workbench.run_folder import resumable, searching

    return searching(folder) if verb == "tune" else resumable(folder)


def _farewell(what: str, folder: Path, verb: str) -> str:
    if _resumable(folder, verb):
        return f"{what}; the state is saved. Go on with:\n  isinglass {verb} --resume {shlex.quote(str(folder))}"
    from isinglass.workbench.run_folder import abandon

    abandon(folder)
    return f"{what} before anything was saved."
