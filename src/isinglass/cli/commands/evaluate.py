"""`isinglass evaluate`: a model's scores on the rows of a table."""

from __future__ import annotations

from isinglass.cli.flags import Data, ModelFile, takes
from isinglass.cli.output import Output


@takes(output=Output)
def evaluate(model: ModelFile, data: Data, *, output: Output) -> None:
    """Score a model on a table that holds the target."""
    from isinglass.cli.tables import intervals, rows_table
    from isinglass.model import Model

    scores = Model.load(model).evaluate(data)
    output.show(rows_table(["score", "value (interval)"], intervals(scores)))
    output.result(
        {
            "model": model,
            "data": data,
            "scores": {name: score.value for name, score in scores.items()},
            "intervals": {name: [score.low, score.high] for name, score in scores.items()},
        }
    )
