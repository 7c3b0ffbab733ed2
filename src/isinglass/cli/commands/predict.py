"""`isinglass predict`: a model's answers for the rows of a table, with how sure it is."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from isinglass.cli.flags import Data, ModelFile, takes
from isinglass.cli.folders import claim_file, claim_folder, hand_over
from isinglass.cli.output import Output
from isinglass.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from isinglass.inference.prediction import Prediction
    from isinglass.model import Model

T = TypeVar("T")

STDOUT = "-"
NAMED = 5
"""Features that a note names."""


@dataclass(frozen=True)
class More:
    """Columns that are asked for."""

    members: Annotated[bool, typer.Option("--members", help="Each network's own answer too.")] = False
    novelty: Annotated[bool, typer.Option("--novelty", help="Each score of novelty too.")] = False


@takes(more=More, output=Output)
def predict(
    model: ModelFile,
    data: Data,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE", help=".csv, .tsv, .parquet or .json; - prints CSV.")
    ] = STDOUT,
    coverage: Annotated[float, typer.Option(metavar="PART", help="What the interval should hold.")] = 0.9,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing FILE.")] = False,
    *,
    more: More,
    output: Output,
) -> None:
    """Predict the rows of a table, or images.

    One line a row: its group, time, place and name, then mean, std, noise, ignorance, low, high; for classes label and
    probabilities. Then by how much it breaks each law of the model, its novelty, whether it is outside the training
    data, and which features lie beyond their training ranges. Masks are written as PNG into the folder that -o names.
    """
    from isinglass.export.tables import require_format

    if not 0 < coverage < 1:
        raise UsageError("a coverage lies between 0 and 1", given=coverage, instead="--coverage 0.9")
    from isinglass.cli.models import ask, load
    from isinglass.model.frames import frame_of as table

    if out != STDOUT and Path(out).suffix:
        claim_file(require_format(Path(out)), overwrite=overwrite)
    asked = load(model, data, output)
    if asked.schema.over:
        _masks(asked, data, claim_folder(out, overwrite=overwrite), output)
        return
    if out != STDOUT:
        require_format(Path(out))
    given = ask(asked, data, output)
    prediction = asked.answers(given)
    carried = given.carried.columns
    rows = table(prediction, carried, coverage=coverage, members=more.members, parts=more.novelty)
    _hand_over(prediction, rows, out, output)


def _hand_over(prediction: Prediction, rows: pl.DataFrame, out: str, output: Output) -> None:
    """Say what lies outside, and write or print."""
    outside = int(prediction.outside.sum())
    if outside:
        lie = "lies" if outside == 1 else "lie"
        output.note(f"{outside} of {len(rows)} rows {lie} outside the training data (novelty > 1){_why(prediction)}")
    document = {"rows": len(rows), "outside": outside, "columns": rows.columns} | _laws(prediction)
    if output.json and out == STDOUT:
        output.result(document | {"predictions": rows.to_dicts()})
        return
    hand_over(rows, out)
    if out != STDOUT:
        output.say(f"{len(rows)} predictions  {out}", *_law_words(prediction))
        output.result(document | {"path": out})


def _masks(model: Model, data: str, folder: Path, output: Output) -> None:
    from isinglass.model.mask_files import predict_masks

    count = _noted(predict_masks(model, data, folder), output)
    output.say(f"{count} masks  {folder}")
    output.result({"images": count, "path": folder})


def _noted(steps: Generator[str, None, T], output: Output) -> T:
    """What the steps return, after their notes."""
    while True:
        try:
            output.note(next(steps))
        except StopIteration as end:
            return end.value


def _laws(prediction: Prediction) -> dict[str, Any]:
    """What each residual's column is about; nothing for a model without laws."""
    from isinglass.model.frames import laws

    told = {
        name: {"law": law.formula, "exact": law.exact, "largest": float(abs(law.values).max(initial=0.0))}
        for name, law in laws(prediction).items()
    }
    return {"laws": told} if told else {}


def _law_words(prediction: Prediction) -> list[str]:
    """`residual_linear_law_1  a + b = total, exact: at most 2e-15`."""
    return [
        f"{name}  {law['law']}, {'exact' if law['exact'] else 'a penalty'}: at most {law['largest']:.2g}"
        for name, law in _laws(prediction).get("laws", {}).items()
    ]


def _why(prediction: Prediction) -> str:
    """`; beyond the training range: sst (12 rows), wind (1 row)`."""
    counts = zip(prediction.features, prediction.beyond[prediction.outside].sum(axis=0).tolist(), strict=True)
    ranked = sorted(((name, count) for name, count in counts if count), key=lambda pair: -pair[1])
    named = [f"{name} ({count} row{'s' * (count != 1)})" for name, count in ranked]
    return f"; beyond the training range: {', '.join(named[:NAMED])}{', ...' * (len(named) > NAMED)}" if named else ""
