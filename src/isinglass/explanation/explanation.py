"""What an explanation is: numbers with named axes, the method that made them, and a check of that method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from isinglass.types import Spec


@dataclass(frozen=True)
class Explanation:
    """The answer to one question about a model.

    Args:
        values: array; its axes are `spec.dims`.
        spec: names of the axes, the inputs explained (`names`) with their units, and their kind.
        method: key of `METHODS` that made it.
        check: numbers by which the method can be judged, by name; each method documents its own.
        coords: values along an axis, by the axis's name.
    """

    values: np.ndarray
    spec: Spec
    method: str
    check: Mapping[str, float]
    coords: Mapping[str, np.ndarray] = field(default_factory=dict)

    def mean(self) -> np.ndarray:
        """[first axis] mean over all other axes."""
        return self._flat().mean(axis=1)

    def spread(self) -> np.ndarray:
        """[first axis] standard deviation over all other axes (ddof 1; 0 where there is a single value)."""
        flat = self._flat()
        return flat.std(axis=1, ddof=1) if flat.shape[1] > 1 else np.zeros(len(flat))

    def ranking(self) -> list[str]:
        """Names along the first axis, from the largest mean down; names without a value are last."""
        mean = self.mean()
        order = np.argsort(-np.where(np.isnan(mean), -np.inf, mean), kind="stable")
        return [str(self.coords[self.spec.dims[0]][index]) for index in order]

    def _flat(self) -> np.ndarray:
        return self.values.reshape(len(self.values), -1)
