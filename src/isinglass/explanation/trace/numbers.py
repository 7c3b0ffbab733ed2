"""An array as a trace holds it: all of its numbers where they are few, and always what they are like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

LIMIT = 1000
"""Numbers of one array that a JSON text holds; of a larger one it holds the summary."""


@dataclass(frozen=True)
class Numbers:
    """One array.

    Args:
        shape: of the array; () for a scalar.
        mean, std, low, high: over all of its elements; NaN where there are none.
        values: the array; None where it was left out because it is large.
        spread: standard deviation over the members of a population, elementwise; None for one network.
    """

    shape: tuple[int, ...]
    mean: float
    std: float
    low: float
    high: float
    values: np.ndarray | None = None
    spread: np.ndarray | None = None

    @property
    def size(self) -> int:
        """How many numbers."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def scalar(self) -> float | None:
        """The number, where there is only one."""
        return float(self.values.flat[0]) if self.values is not None and self.values.size == 1 else None

    def to_json(self, limit: int = LIMIT) -> dict[str, Any]:
        """As JSON knows it. Arrays of more than `limit` numbers keep their summary only."""
        document: dict[str, Any] = {"shape": list(self.shape), "mean": self.mean, "std": self.std}
        document |= {"low": self.low, "high": self.high}
        if self.values is not None and self.values.size <= limit:
            document["values"] = _listed(self.values)
        if self.spread is not None and self.spread.size <= limit:
            document["spread"] = _listed(self.spread)
        return {key: _plain(value) for key, value in document.items()}


def numbers(values: Any, *, spread: np.ndarray | None = None) -> Numbers:
    """The array with its summary; bool and integer arrays are summarised as float64."""
    array = np.asarray(values)
    wide = array.astype(np.float64) if array.dtype.kind in "biu" else array
    if not array.size:
        return Numbers(array.shape, np.nan, np.nan, np.nan, np.nan, array, spread)
    with np.errstate(all="ignore"):
        mean, std = float(wide.mean(dtype=np.float64)), float(wide.std(dtype=np.float64))
    return Numbers(array.shape, mean, std, float(wide.min()), float(wide.max()), array, spread)


def from_json(document: Mapping[str, Any]) -> Numbers:
    """What `Numbers.to_json` wrote."""
    shape = tuple(document["shape"])
    values, spread = (_array(document[key], shape) if key in document else None for key in ("values", "spread"))
    mean, std, low, high = (float(document[key]) for key in ("mean", "std", "low", "high"))
    return Numbers(shape, mean, std, low, high, values, spread)


def _listed(array: np.ndarray) -> Any:
    return array.astype(np.float64).tolist() if array.dtype.kind == "f" else array.tolist()


def _array(nested: Any, shape: Sequence[int]) -> np.ndarray:
    flat = np.array(_flat(nested))
    return flat.reshape(tuple(shape))


def _flat(nested: Any) -> list[Any]:
    if isinstance(nested, list):
        return [number for part in nested for number in _flat(part)]
    return [nested if isinstance(nested, (bool, int)) else float(nested)]


def _plain(value: Any) -> Any:
    """NaN and infinities have no place in JSON: they become text."""
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value
