"""`isinglass explain`: what a model looks at, in all rows or in one sample."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isinglass.cli.explanations import (
    METHODS,
    ExplainFlags,
    document,
    require_fitting,
    require_format,
    spoken,
    target_files,
    words,
    write,
)
from isinglass.cli.flags import ModelFile, takes
from isinglass.cli.folders import claim_file
from isinglass.cli.output import Output


@takes(asked=ExplainFlags, output=Output)
def explain(
    model: ModelFile,
    rows: Annotated[
        str | None, typer.Argument(metavar="[DATA]", help="Rows to explain; default: the model's unseen rows.")
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            "-m",
            metavar="METHOD",
            help=f"One of: {', '.join(METHODS)}; default: saliency for images, permutation for tables.",
        ),
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="FILE", help="Draw it: .png or .svg; or write it: .json.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing FILE.")] = False,
    *,
    asked: ExplainFlags,
    output: Output,
) -> None:
    """Ask a model what it looks at.

    In all rows: permutation, multipass and grouped say how much worse it gets without a column, partial_dependence how
    it answers to one, ice how it does so in each row. In one sample: saliency and the methods after it, as in
    isinglass explain digits.isinglass --method saliency --sample 3 -o why.png
    """
    if method is not None:
        require_fitting(method, rows, asked)
    path = None if out is None else require_format(Path(out))
    if path is not None:
        claim_file(path, overwrite=overwrite)
    from isinglass.cli.models import ask, ask_labelled, load
    from isinglass.explanation import needs_targets

    data = rows if rows is not None else asked.data
    loaded = load(model, data, output)
    if method is None:
        method = "permutation" if loaded.schema.features else "saliency"
        require_fitting(method, rows, asked)
    read = ask_labelled if needs_targets(METHODS[method]) else ask
    found = loaded.explain(
        None if data is None else read(loaded, data, output), method=METHODS[method], **asked.options()
    )
    files = [] if path is None else target_files(path, len(found))
    for file in files[1:] if len(files) > 1 else []:
        claim_file(file, overwrite=overwrite)
    answers = loaded.schema.classes or tuple(target.name for target in loaded.schema.targets)
    for explanation in found:
        output.show(*spoken(explanation, answers))
    whole = {"method": method, "explanations": [document(explanation) for explanation in found]}
    write(found, files, whole)
    output.say(*words(found, files))
    output.result(whole | ({"written": [str(file) for file in files]} if files else {}))
