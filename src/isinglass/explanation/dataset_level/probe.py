"""The model as explanations see it: a function of rows, the rows, and a score.

Questions are asked by editing columns of whole copies of the rows. The copies are stacked and predicted
together, so that a hundred questions cost a few large predictions instead of a hundred small ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np

from isinglass.errors import UsageError
from isinglass.spec import Column, Feature

ROWS_AT_ONCE = 262_144
"""Rows handed to one call of `predict`: large enough to hide its fixed cost, 20 MB at 20 features."""


class Edit(NamedTuple):
    """New values, [sample, place] or [place], for some features of one copy of the rows."""

    places: Sequence[int]
    values: np.ndarray


@dataclass(frozen=True)
class Probe:
    """What is asked, and of whom.

    Args:
        predict: inputs float32 [copy * sample, feature] -> array [copy * sample, ...]. The rows are always
            whole copies of `inputs`, one after the other, so a mask over samples can be tiled. The array
            handed over is
            used again afterwards: do not keep it.
        inputs: float32 [sample, feature] as `Schema.encode` makes them; NaN is missing.
        features: one for each column of `inputs`; features with the same `column` are edited together.
        score: prediction [sample, ...] of one copy -> a number, or [score] numbers (one a member, say), each
            of which gets its own explanation. Needed by importances only.
        better: whether a `"low"` or a `"high"` score is good.
        columns: the raw columns, for units and the names of categories; may be empty.
    """

    predict: Callable[[np.ndarray], np.ndarray]
    inputs: np.ndarray
    features: tuple[Feature, ...]
    score: Callable[[np.ndarray], float | np.ndarray] | None = None
    better: Literal["low", "high"] = "low"
    columns: tuple[Column, ...] = ()

    def __post_init__(self) -> None:
        if self.inputs.ndim != 2 or self.inputs.shape[1] != len(self.features) or not len(self.inputs):
            raise UsageError(
                "the rows do not fit the features",
                given=f"inputs of shape {self.inputs.shape}",
                allowed=f"[sample, {len(self.features)}] with at least one sample",
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The raw columns that the features are made from, in order."""
        return tuple(dict.fromkeys(feature.column for feature in self.features))

    def places(self, names: Iterable[str]) -> list[int]:
        """Positions of all features made from these raw columns. Raises UsageError for an unknown one."""
        wanted = set(names)
        if unknown := wanted - set(self.names):
            raise UsageError("no such input column", given=", ".join(sorted(unknown)), allowed=self.names)
        return [place for place, feature in enumerate(self.features) if feature.column in wanted]

    def unit(self, name: str) -> str:
        """The unit of a raw column, empty where unknown."""
        return next((column.unit for column in self.columns if column.name == name), "")

    def predictions(self, edits: Iterable[Edit]) -> Iterator[np.ndarray]:
        """The prediction, [sample, ...], of the rows after each edit alone.

        What is yielded is valid until the next one is asked for: reduce or copy it.
        """
        rows, remaining = len(self.inputs), iter(edits)
        most = max(1, ROWS_AT_ONCE // rows)
        buffer = np.empty((0, *self.inputs.shape), self.inputs.dtype)  # [copy, sample, feature]
        while chunk := list(islice(remaining, most)):
            buffer = buffer if len(buffer) else np.tile(self.inputs, (len(chunk), 1, 1))
            for copy, edit in zip(buffer, chunk, strict=False):
                copy[:, edit.places] = edit.values
            predicted = self.predict(buffer[: len(chunk)].reshape(-1, self.inputs.shape[1]))
            yield from predicted.reshape(len(chunk), rows, *predicted.shape[1:])
            for copy, edit in zip(buffer, chunk, strict=False):
                copy[:, edit.places] = self.inputs[:, edit.places]

    def loss(self, predicted: np.ndarray) -> np.ndarray:
        """[score] scores of one copy's prediction, with the sign that makes low good."""
        if self.score is None:
            raise UsageError("an importance needs a score", instead="give the probe a score function.")
        values = np.atleast_1d(np.asarray(self.score(predicted), dtype=np.float64))
        return values if self.better == "low" else -values
