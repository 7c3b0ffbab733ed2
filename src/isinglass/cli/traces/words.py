"""Which row it is, what the model answers and what was observed, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isinglass.cli.traces.options import Wanted
from isinglass.cli.traces.row import Row

if TYPE_CHECKING:
    import numpy as np

    from isinglass.model import Model


def words_of(model: Model, row: Row, wanted: Wanted) -> list[str]:
    """One line each: the row and who is asked, the answer, and what was observed, where that is known."""
    from isinglass.explanation.trace.views.labels import number
    from isinglass.spec import Task

    one = wanted.member is not None
    who = f"member {wanted.member}" if one else f"{len(row.members)} members"
    seen = {True: f", which ha{'s' if one else 've'} never seen it", False: ", which may have learnt from it", None: ""}
    words = [f"Row {row.number} of {row.place}; {who}{seen[row.unseen]}."]
    task = model.schema.task
    if task not in (Task.REGRESSION, Task.CLASSIFICATION, Task.MULTILABEL):
        return words
    answers = model.ensemble.networks.take(row.members).members(row.inputs)[:, 0]  # [member, out or class]
    names = model.schema.classes if task is not Task.REGRESSION else [t.name for t in model.schema.targets]
    said = [
        f"{name} {number(float(mean))}" + (f" (± {number(float(std), 2)})" if len(answers) > 1 else "")
        for name, mean, std in zip(
            names, answers.mean(axis=0), answers.std(axis=0, ddof=min(1, len(answers) - 1)), strict=True
        )
    ]
    words.append(f"Answer: {', '.join(said)}.")
    if row.targets is not None:
        words.append(f"Observed: {_observed(model, row.targets[0])}.")
    return words


def _observed(model: Model, target: np.ndarray) -> str:
    from isinglass.explanation.trace.views.labels import number
    from isinglass.spec import Task

    if model.schema.task is Task.CLASSIFICATION:
        return str(model.schema.classes[int(target[0])])
    return ", ".join(number(float(value)) for value in target)
