"""`isinglass explain`: what a model looks at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isinglass.cli.flags import ModelFile, takes
from isinglass.cli.output import Output
from isinglass.errors import UsageError

if TYPE_CHECKING:
    from isinglass.explanation.explanation import Explanation

METHODS = {
    "permutation": "permutation",
    "multipass": "permutation_multi",
    "partial_dependence": "partial_dependence",
}
"""The method's name here -> its key in `explanation.METHODS`."""


@takes(output=Output)
def explain(
    model: ModelFile,
    data: Annotated[
        str | None, typer.Argument(metavar="[DATA]", help="Rows to explain; default: the model's unseen rows.")
    ] = None,
    method: Annotated[
        str, typer.Option("--method", "-m", metavar="METHOD", help=f"One of: {', '.join(METHODS)}.")
    ] = "permutation",
    *,
    output: Output,
) -> None:
    """Ask a model what it looks at.

    permutation, multipass: how much worse it gets without a column. partial_dependence: how it answers to one.
    """
    if method not in METHODS:
        raise UsageError("no such method", given=method, allowed=METHODS)
    from isinglass.cli.models import load

    asked = load(model, data, output)
    explanations = asked.explain(data, method=METHODS[method])
    answers = asked.schema.classes or tuple(target.name for target in asked.schema.targets)
    for explanation in explanations:
        output.show(*(_effect(explanation, answers) if method == "partial_dependence" else _ranking(explanation)))
    output.result({"method": method, "explanations": [_document(e) for e in explanations]})


def _ranking(explanation: Explanation) -> list[object]:
    from isinglass.cli.tables import number, rows_table

    of = dict(
        zip(
            explanation.coords["name"].tolist(), zip(explanation.mean(), explanation.spread(), strict=True), strict=True
        )
    )
    reached = [name for name in explanation.ranking() if of[name][0] == of[name][0]]
    taken = [str(name) for name in explanation.coords.get("order", ())] or reached
    rows = [(name, f"{of[name][0]:+.3g}", f"± {number(float(of[name][1]))}") for name in taken]
    return [rows_table(["column", "error rises by", "spread"], rows), _check(explanation), ""]


def _effect(explanation: Explanation, answers: Sequence[str]) -> list[object]:
    from isinglass.cli.tables import rows_table

    unit = f" [{explanation.spec.units[0]}]" if explanation.spec.units[0] else ""
    grid = explanation.coords["grid"].tolist()
    values = explanation.values.reshape(len(grid), -1)
    rows = [(at, *map(float, row)) for at, row in zip(grid, values, strict=True)]
    return [rows_table([f"{explanation.spec.names[0]}{unit}", *answers], rows), _check(explanation), ""]


def _check(explanation: Explanation) -> str:
    return "check: " + ", ".join(f"{name} {value:.3g}" for name, value in explanation.check.items())


def _document(explanation: Explanation) -> dict[str, Any]:
    return {
        "names": explanation.spec.names,
        "units": explanation.spec.units,
        "dims": explanation.spec.dims,
        "values": explanation.values,
        "mean": explanation.mean(),
        "spread": explanation.spread(),
        "coords": explanation.coords,
        "check": explanation.check,
    }
