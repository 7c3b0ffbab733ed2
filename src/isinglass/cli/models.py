"""Model files and rows for them: loaded, looked at, scored; the look is written back into the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from isinglass.errors import ModelFileError, UsageError

if TYPE_CHECKING:
    from isinglass.cli.output import Output
    from isinglass.data.rows import Asked, Labelled
    from isinglass.evaluation.intervals import Interval
    from isinglass.model import Model

SUFFIX = ".isinglass"


def load(path: Path | str, data: str | None, output: Output) -> Model:
    """The model; the catalogue set that `data` may name is fetched where needed."""
    from isinglass.cli.downloads import ensure
    from isinglass.data.catalogue import shadowed
    from isinglass.model import Model

    _require_order(str(path), data)
    _require_file(Path(path))
    model = Model.load(path)
    if data is not None:
        ensure(data, output)
        for note in shadowed(data):
            output.note(note)
    return model


def _require_order(model: str, data: str | None) -> None:
    """Raise UsageError where the model's and the data's places are exchanged."""
    if data is not None and data.endswith(SUFFIX) and not model.endswith(SUFFIX):
        raise UsageError(
            "model and data are exchanged: the model comes first", given=f"{model} {data}", instead=f"{data} {model}"
        )


def _require_file(path: Path) -> None:
    if path.is_dir():
        inside = sorted(path.glob(f"*{SUFFIX}"))
        cure = str(inside[0]) if inside else f"name a file that ends in {SUFFIX}."
        raise ModelFileError("a folder, not a model file", where=str(path), instead=cure)


def ask(model: Model, data: str, output: Output) -> Asked:
    """The rows, read once, after notes on what their user should know of them."""
    asked = model.reader.asked(data)
    for note in asked.notes:
        output.note(note)
    return asked


def ask_labelled(model: Model, data: str, output: Output) -> Labelled:
    """As `ask`, with what was observed there."""
    labelled = model.reader.labelled(data)
    for note in labelled.notes:
        output.note(note)
    return labelled


def score(path: Path | str, data: str, output: Output) -> dict[str, Interval]:
    """Scores on labelled rows. The opening is counted in the model file's ledger; a note where it cannot be."""
    model = load(path, data, output)
    rows = ask_labelled(model, data, output)
    if known := model.learnt(rows):
        whole = len(rows.inputs)
        output.note(f"{known} of {whole} rows are among those that the networks learnt from: no test for them")
    scores = model.evaluate(rows)
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
