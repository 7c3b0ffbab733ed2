"""The folder of a study: nothing in it changes until the new results are complete, and a broken run can go on.

While a study runs, its recipe and its checkpoint lie there under hidden names. They go when it is finished, and when
it failed in a way that would only repeat itself.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from isinglass.errors import CheckpointError, IsinglassError, ModelFileError, UsageError
from isinglass.files import write_atomically
from isinglass.learning.checkpoint import Checkpoint
from isinglass.learning.search.record import Record
from isinglass.model import Model
from isinglass.recipe import Recipe

try:
    import fcntl
except ImportError:  # Windows has no locks on folders
    fcntl = None

RECIPE, CHECKPOINT, COMING, SEARCH = ".recipe.toml", ".checkpoint", ".coming", ".search"
EVERY = "ISINGLASS_CHECKPOINT_SECONDS"
"""Environment: seconds between two checkpoints."""


def require_free(out: Path | None, *, replaceable: bool) -> None:
    """Raise UsageError where the folder holds a study that may not be replaced."""
    if out is not None and not replaceable and (out / "metrics.json").exists():
        raise UsageError("the output folder holds a study", where=str(out), instead="overwrite=True, or another folder")


def begin(out: Path | None, recipe: Recipe, *, resume: bool) -> Checkpoint | None:
    """Where the run is saved; the recipe is written first, so that an interrupted run can be found again."""
    if out is None:
        return None
    checkpoint = Checkpoint(out / CHECKPOINT, every=every())
    if not resume:
        write_atomically(out / RECIPE, recipe.to_toml().encode(), failure=ModelFileError)
        checkpoint.path.unlink(missing_ok=True)
    return checkpoint


def begin_search(out: Path | None, recipe: Recipe, *, data: str, resume: bool) -> Record | None:
    """Where a search is saved; `data` is a fingerprint of its rows."""
    if out is None:
        return None
    if resume:
        return Record.resume(out / SEARCH, data=data, every=every())
    for old in (RECIPE, CHECKPOINT):
        (out / old).unlink(missing_ok=True)
    return Record.begin(out / SEARCH, recipe, data=data, every=every())


def resumable(out: Path) -> bool:
    """Whether a run was broken off here after something had been saved."""
    return (out / RECIPE).exists() and (out / CHECKPOINT).exists()


def searching(out: Path) -> bool:
    """Whether a search was broken off here."""
    return (out / SEARCH).exists()


@contextmanager
def held(out: Path | None) -> Iterator[None]:
    """One run at a time writes here: the folder is locked until the run ends, however it ends.

    Raises:
        UsageError: another run is writing here. ModelFileError: the folder cannot be made.
    """
    if out is None or fcntl is None:
        yield
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder = os.open(out, os.O_RDONLY)
    except OSError as error:
        raise ModelFileError(f"the folder cannot be written: {error.strerror}", where=str(out)) from None
    try:
        _lock(folder, out)
        yield
    finally:
        os.close(folder)


def _lock(folder: int, out: Path) -> None:
    assert fcntl is not None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(
            "another run is writing into this folder", where=str(out), instead="wait for it, or choose --out DIR"
        ) from None
    except OSError:  # a file system without locks
        return


@contextmanager
def cleared_on_failure(out: Path | None) -> Iterator[None]:
    """Take the hidden files away where going on is no use. What could not be written is worth another try."""
    try:
        yield
    except IsinglassError as error:
        if out is not None and not (
            isinstance(error, (CheckpointError, ModelFileError)) and (resumable(out) or searching(out))
        ):
            clear(out)
        raise


def clear(out: Path) -> None:
    """Remove what a running study keeps here, and the folder where nothing else is in it."""
    shutil.rmtree(out / COMING, ignore_errors=True)
    with suppress(OSError):
        # Killed while writing, a run leaves the file under its temporary name.
        for name in (CHECKPOINT, RECIPE, SEARCH):
            for path in [*out.glob(f".{name}.*"), *out.glob(f"{name}.*"), out / name]:
                path.unlink(missing_ok=True)
        out.rmdir()


def abandon(out: Path) -> None:
    """As `clear`, after an interruption; what another run keeps here stays."""
    if out.is_dir():
        with suppress(UsageError, ModelFileError), held(out):
            clear(out)


def write(model: Model, out: Path | None, *, report: bool) -> dict[str, Path]:
    """Write all results beside the folder's own, then put them in place: a full disk leaves the earlier ones whole.

    Raises:
        ModelFileError: the folder cannot be written, or the disk is full.
    """
    if out is None:
        return {}
    try:
        paths = _write(model, out / COMING, report=report)
        for path in paths.values():
            os.replace(path, out / path.name)
    except OSError as error:
        raise ModelFileError(error.strerror or str(error), where=str(error.filename or out)) from None
    finally:
        shutil.rmtree(out / COMING, ignore_errors=True)
    if not report:
        (out / "report.html").unlink(missing_ok=True)  # that of an earlier study
    return {name: out / path.name for name, path in paths.items()}


def _write(model: Model, coming: Path, *, report: bool) -> dict[str, Path]:
    from isinglass.export.card import write_card
    from isinglass.export.metrics import write_metrics

    name = Path(model.recipe.data.source).name.split(".")[0] or "model"
    paths = {"model": model.save(coming / f"{name}.isinglass")}
    if report:
        paths["report"] = model.report(coming / "report.html")
    paths["card"] = write_card(model.findings, coming / "card.md", model=paths["model"].name)
    paths["recipe"] = write_atomically(coming / "recipe.toml", model.recipe.to_toml().encode(), failure=ModelFileError)
    paths["metrics"] = write_metrics(model.findings, coming / "metrics.json")
    return paths


def every() -> float:
    """Seconds between two checkpoints. Raises UsageError where the environment says no number."""
    text = os.environ.get(EVERY, "10")
    try:
        return float(text)
    except ValueError:
        raise UsageError("not a number of seconds", where=EVERY, given=text) from None
