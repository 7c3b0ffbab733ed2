"""Model files and rows for them: loaded, looked at, scored; the look is written back into the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from isinglass.errors import ModelFileError

if TYPE_CHECKING:
    from isinglass.cli.output import Output
    from isinglass.evaluation.intervals import Interval
    from isinglass.model import Model


def load(path: Path | str, data: str | None, output: Output) -> Model:
    """The model, after notes on what its user should know of `data`. A catalogue set is fetched where needed."""
    from isinglass.cli.downloads import ensure
    from isinglass.model import Model

    model = Model.load(path)
    if data is not None:
        ensure(data, output)
        for note in model.examine(data):
            output.note(note)
    return model


def score(path: Path | str, data: str, output: Output) -> dict[str, Interval]:
    """Scores on labelled rows. The opening is counted in the model file's ledger; a note where it cannot be."""
    model = load(path, data, output)
    scores = model.evaluate(data)
    try:
        _require_writable(Path(path))
        model.save(path)
    except ModelFileError as error:
        output.note(f"this look at the rows is not counted in the model's ledger: {error.what} ({path})")
    return scores


def _require_writable(path: Path) -> None:
    # A rename would replace a read-only file: its owner wants it as it is.
    if not path.stat().st_mode & 0o222:
        raise ModelFileError("the file is read-only", where=str(path))
