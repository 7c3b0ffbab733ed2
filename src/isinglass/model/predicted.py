"""What `Model.predict` hands back: a prediction shaped as its user expects, with the rows that it is for."""

from __future__ import annotations

from functools import cached_property
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from isinglass.data.tables.row_labels import Carried
from isinglass.errors import UsageError
from isinglass.inference.prediction import Floats
from isinglass.inference.prediction import Prediction as Answers
from isinglass.model.frames import frame_of
from isinglass.objective.constraints import Residual
from isinglass.spec import Column, Task

Table = Any
"""A pandas or polars DataFrame."""


class Prediction:
    """Predictions for `sample` rows, in the targets' units.

    Of one target `mean`, `std`, `noise`, `ignorance` and both ends of `interval` are [sample]; of several they are
    [sample, out], in the order of `targets`. `probabilities` are [sample, class], or [sample, out] of several labels.

    Args:
        answers: of the networks, with an axis for the targets even where there is one.
        carried: what of the rows is carried beside them.
        notes: what one should know of these rows before one trusts their predictions.
    """

    def __init__(self, answers: Answers, carried: Carried | None = None, notes: tuple[str, ...] = ()) -> None:
        self.answers, self.carried, self.notes = answers, carried or Carried(), notes

    @property
    def task(self) -> Task:
        """What was predicted."""
        return self.answers.task

    @property
    def targets(self) -> tuple[Column, ...]:
        """The target columns."""
        return self.answers.targets

    @cached_property
    def mean(self) -> Floats:
        """[sample], of several targets [sample, out]; of classes the most probable one's index, of labels 0 or 1."""
        return _plain(self.answers.mean)

    @cached_property
    def std(self) -> Floats:
        """Standard deviation of a new observation (regression), shaped as `mean`."""
        return _plain(self.answers.std)

    @cached_property
    def noise(self) -> Floats:
        """What the inputs do not tell, shaped as `mean`: a standard deviation, or nats [sample] for classes."""
        return _plain(self.answers.noise)

    @cached_property
    def ignorance(self) -> Floats:
        """What the members disagree on, shaped as `noise`."""
        return _plain(self.answers.ignorance)

    @property
    def probabilities(self) -> Floats | None:
        """[sample, class], or [sample, out] of several labels; None for regression."""
        return self.answers.probabilities

    @property
    def labels(self) -> NDArray[np.str_] | None:
        """The most probable class by name, [sample]; None for regression."""
        return self.answers.labels

    @property
    def decisions(self) -> NDArray[np.str_] | None:
        """The class to act on by name, [sample], where `evaluation.costs` says what a miss of each costs; else None."""
        return self.answers.decisions

    @property
    def novelty(self) -> Floats:
        """How far outside the training rows [sample]; above 1 is outside (see `inference.novelty.novelty`)."""
        return self.answers.novelty

    @property
    def novelty_parts(self) -> dict[str, Floats]:
        """Each score of novelty by itself, [sample] each: distance, pairs, range, hidden, reconstruction, ignorance."""
        return self.answers.novelty_parts

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Which rows [sample] lie outside the training data."""
        return self.answers.outside

    @property
    def beyond(self) -> NDArray[np.bool_]:
        """Which of a row's `features` lie outside their training ranges: [sample, feature]."""
        return self.answers.beyond

    @property
    def features(self) -> tuple[str, ...]:
        """Names along the last axis of `beyond`."""
        return self.answers.features

    @property
    def residuals(self) -> tuple[Residual, ...]:
        """By how much each row's `mean` breaks each law of the model; none where it has no laws."""
        return self.answers.residuals

    @cached_property
    def members(self) -> Floats:
        """Each member's own answer [member, sample], of several targets [member, sample, out], or probabilities
        [member, sample, class]."""
        members = self.answers.members
        return members if self.task is Task.CLASSIFICATION else _plain(members)

    @property
    def names(self) -> NDArray[np.str_] | None:
        """Where the rows came from, [sample] (files of images); None for rows of a table."""
        return self.answers.names

    def interval(self, coverage: float = 0.9) -> tuple[Floats, Floats]:
        """Low and high ends, each shaped as `mean`, of a band that holds `coverage` of new observations (regression).

        The half-width is q * std with q the conformal quantile of |y - mean| / std over out-of-bag rows.
        """
        low, high = self.answers.interval(coverage)
        return _plain(low), _plain(high)

    def to_frame(
        self, *, coverage: float = 0.9, members: bool = False, library: Literal["", "pandas", "polars"] = ""
    ) -> Table:
        """One line a row: what it is (names, group, time, place), mean, std, noise, ignorance, low and high ends,
        novelty; of classes their label and probabilities. Columns of several targets carry the target's name.

        Args:
            coverage: of the interval.
            members: each network's own answer too.
            library: "pandas" or "polars"; empty: the one whose table was given (pandas keeps its index), else pandas
                where it is installed.

        Raises:
            UsageError: a library that is not installed, or another one.
        """
        if library not in ("", "pandas", "polars"):
            raise UsageError("no such library of tables", given=library, allowed=("pandas", "polars"))
        found = frame_of(self.answers, self.carried.columns, coverage=coverage, members=members)
        wanted = library or self.carried.native or ("pandas" if find_spec("pandas") else "polars")
        if wanted == "polars":
            return found
        try:
            import pandas
        except ImportError:
            raise UsageError("pandas is not installed", instead="to_frame(library='polars')") from None
        index = self.carried.index
        levels = set(index.names) if index is not None else set()
        columns = {name: found[name].to_numpy() for name in found.columns if name not in levels}
        return pandas.DataFrame(columns, index=index)

    def __len__(self) -> int:
        return len(self.answers)

    def __repr__(self) -> str:
        return repr(self.answers)

    def _repr_html_(self) -> str:
        return self.answers._repr_html_()


def _plain(values: Floats) -> Floats:
    """Without the axis of targets where there is one target."""
    return values[..., 0] if values.shape[-1] == 1 else values
