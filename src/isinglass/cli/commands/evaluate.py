"""`isinglass evaluate`: a model's scores on the rows of a table."""

from __future__ import annotations

from isinglass.cli.flags import Data, ModelFile, takes
from isinglass.cli.output import Output


@takes(output=Output)
def evaluate(model: ModelFile, data: Data, *, output: Output) -> None:
    """Score a model on a table that holds the target; the model's ledger counts it."""
    from isinglass.cli.models import score
    from isinglass.cli.tables import intervals, rows_table

    scores = score(model, data, output)
    output.show(rows_table(["score", "value (interval)"], intervals(scores)))
    output.result(
        {
            "model": model,
            "data": data,
            "scores": {name: found.value for name, found in scores.items()},
            "intervals": {name: [found.low, found.high] for name, found in scores.items()},
        }
    )
