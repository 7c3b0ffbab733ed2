"""The row of a model that is asked about, and the networks that are asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from isinglass.cli.output import Output
from isinglass.cli.traces.options import Wanted
from isinglass.errors import DataError, UsageError

if TYPE_CHECKING:
    import numpy as np

    from isinglass.model import Model


@dataclass(frozen=True)
class Row:
    """One row of a table or of those kept with the model.

    Args:
        number: counted from 1.
        place: where the row is from, in words.
        inputs: `[1, feature]` or `[1, channel, height, width]`, unscaled.
        targets: `[1, out]`, unscaled; None where there are none.
        members: indices of the networks that are asked, from 0.
        unseen: whether they have never seen it; None: not known.
    """

    number: int
    place: str
    inputs: np.ndarray
    targets: np.ndarray | None
    members: np.ndarray
    unseen: bool | None


def row_of(model: Model, wanted: Wanted, output: Output) -> Row:
    """The row that is asked about. Raises DataError, UsageError where there is no such row or member."""
    import numpy as np

    number = 1 if wanted.row is None else wanted.row
    count = len(model.ensemble)
    if wanted.member is not None and not 1 <= wanted.member <= count:
        raise UsageError("no such member", given=wanted.member, allowed=f"1 to {count}")
    if wanted.data is None:
        inputs, targets, place = model.sample.inputs, model.sample.targets, "the unseen rows kept with the model"
    else:
        inputs, targets, place = *_read(model, wanted.data, output), wanted.data
    if not 1 <= number <= len(inputs):
        raise DataError(f"there is no row {number}", where=place, allowed=f"1 to {len(inputs)}")
    at = slice(number - 1, number)
    fold = model.sample.fold[number - 1] if wanted.data is None else None
    blind = np.arange(count) if fold is None else np.flatnonzero(model.ensemble.fold == fold)
    members = blind if wanted.member is None else np.array([wanted.member - 1])
    unseen = None if fold is None else bool(np.isin(members, blind).all())
    return Row(number, place, inputs[at], None if targets is None else targets[at], members, unseen)


def _read(model: Model, data: str, output: Output) -> tuple[np.ndarray, np.ndarray | None]:
    """Inputs of all rows, and targets where every row has them."""
    from isinglass.cli.models import ask

    inputs = ask(model, data, output).inputs
    try:
        labelled = model.reader.labelled(data)
    except DataError:
        return inputs, None
    return inputs, labelled.targets if len(labelled.targets) == len(inputs) else None
