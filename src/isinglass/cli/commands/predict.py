"""`isinglass predict`: a model's answers for the rows of a table, with how sure it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isinglass.cli.flags import Data, ModelFile, takes
from isinglass.cli.folders import claim_file
from isinglass.cli.output import Output
from isinglass.errors import UsageError

if TYPE_CHECKING:
    from isinglass.model import Model

STDOUT = "-"


@takes(output=Output)
def predict(
    model: ModelFile,
    data: Data,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE", help=".csv, .tsv, .parquet or .json; - prints CSV.")
    ] = STDOUT,
    coverage: Annotated[float, typer.Option(metavar="PART", help="What the interval should hold.")] = 0.9,
    members: Annotated[bool, typer.Option("--members", help="Each network's own answer too.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing FILE.")] = False,
    *,
    output: Output,
) -> None:
    """Predict the rows of a table, or images.

    One line a row: mean, std, noise, ignorance, low, high, novelty; for classes label, probabilities, novelty. Masks
    are written as PNG into the folder that -o names.
    """
    from isinglass.cli.masks import claim_folder
    from isinglass.cli.predictions import require_format, table, write
    from isinglass.types import Task

    if not 0 < coverage < 1:
        raise UsageError("a coverage lies between 0 and 1", given=coverage, instead="--coverage 0.9")
    from isinglass.cli.models import load

    if out != STDOUT and Path(out).suffix:
        claim_file(require_format(Path(out)), overwrite=overwrite)
    asked = load(model, data, output)
    if asked.schema.task is Task.SEGMENTATION:
        _masks(asked, data, claim_folder(out, overwrite=overwrite), output)
        return
    if out != STDOUT:
        require_format(Path(out))
    prediction = asked.predict(data)
    rows = table(prediction, coverage=coverage, members=members)
    outside = int((prediction.novelty > 1).sum())
    if outside:
        output.note(f"{outside} of {len(rows)} rows lie outside the training data (novelty > 1)")
    document = {"rows": len(rows), "outside": outside, "columns": rows.columns}
    if output.json and out == STDOUT:
        output.result(document | {"predictions": rows.to_dicts()})
        return
    write(rows, out)
    if out != STDOUT:
        output.say(f"{len(rows)} predictions  {out}")
        output.result(document | {"path": out})


def _masks(model: Model, data: str, folder: Path, output: Output) -> None:
    from isinglass.cli.masks import write_masks

    count = write_masks(model, data, folder)
    output.say(f"{count} masks  {folder}")
    output.result({"images": count, "path": folder})
