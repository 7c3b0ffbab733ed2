"""What one method predicted for a set of rows, beside what was observed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np

from isinglass.errors import DataError
from isinglass.spec import Task

_OPTIONAL = ("mean", "std", "low", "high", "probabilities")


def _none() -> np.ndarray:
    return np.empty(0)


@dataclass(frozen=True)
class Outcome:
    """Predictions and observations of the same rows, in original units.

    Attributes:
        observed: float64 [sample, out]: numbers; class indices (one column); 0 or 1 for each label.
        task: what was predicted.
        mean: [sample, out] point predictions (regression).
        std: [sample, out] standard deviation of the predictive distribution, taken as normal.
        low, high: [sample, out] the interval that should cover the observation with probability `coverage`.
        probabilities: [sample, class], or [sample, label] for several labels.
        confusion: int64 [sample, head, class, class] pixels of masks, rows observed, columns predicted, void ones left
            out (see `pixels.confusion_of`); `observed` then holds the pixels of each class, as `maps` makes it.
        boundary: int64 [sample, head, class, 4] edge pixels (see `pixels.boundary_of`).
        heads: the names of the masks.
        weights: [sample], not negative; 1 where not given.
        groups: [sample] units of the bootstrap: rows with equal values are drawn together; each row its own where
            not given.
        coverage: the nominal probability of `low`..`high`.
    """

    observed: np.ndarray
    task: Task = Task.REGRESSION
    mean: np.ndarray | None = None
    std: np.ndarray | None = None
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    probabilities: np.ndarray | None = None
    confusion: np.ndarray | None = None
    boundary: np.ndarray | None = None
    heads: tuple[str, ...] = ()
    weights: np.ndarray = field(default_factory=_none)
    groups: np.ndarray = field(default_factory=_none)
    coverage: float = 0.9

    def __post_init__(self) -> None:
        observed = np.asarray(self.observed, np.float64)
        rows = len(observed)
        _set(self, "observed", observed.reshape(rows, -1))
        for name in _OPTIONAL:
            values = getattr(self, name)
            if values is not None:
                _set(self, name, np.asarray(values, np.float64).reshape(rows, -1))
        _set(self, "weights", np.asarray(self.weights, np.float64) if len(self.weights) else np.ones(rows))
        _set(self, "groups", np.asarray(self.groups) if len(self.groups) else np.arange(rows))
        _check(self)

    def __len__(self) -> int:
        return len(self.observed)

    @property
    def labels(self) -> np.ndarray:
        """The observed class indices: int64 [sample]."""
        return self.observed[:, 0].astype(np.int64)

    def has(self, name: str) -> bool:
        """Whether a field is there; `low` and `high` follow from mean and std where not given; `heads.SIC` is a mask
        of that name."""
        if name.startswith("heads."):
            return self.confusion is not None and name[6:] in self.heads
        if name in ("low", "high") and self.mean is not None and self.std is not None:
            return True
        return getattr(self, name) is not None

    def take(self, rows: np.ndarray) -> Outcome:
        """The same for some rows: indices or a mask."""
        return replace(self, **{name: values[rows] for name, values in _arrays(self).items()})

    def target(self, index: int) -> Outcome:
        """The same for one output of a regression, or one label."""
        arrays = {name: values for name, values in _arrays(self).items() if name not in ("weights", "groups")}
        return replace(self, **{name: values[:, [index]] for name, values in arrays.items()})


def maps(
    confusion: np.ndarray,
    *,
    heads: tuple[str, ...],
    boundary: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> Outcome:
    """The outcome of a segmentation, from the counts of `pixels.confusion_of` and `pixels.boundary_of`.

    Args:
        confusion: int64 [sample, head, class, class].
        heads: the name of each mask.
        boundary: int64 [sample, head, class, 4], or None.
        weights: [sample], or None.
        groups: [sample] units of the bootstrap, or None.
    """
    return Outcome(
        observed=confusion.sum(axis=3),
        task=Task.SEGMENTATION,
        confusion=confusion,
        boundary=boundary,
        heads=heads,
        weights=_none() if weights is None else weights,
        groups=_none() if groups is None else groups,
    )


def concatenate(outcomes: Sequence[Outcome]) -> Outcome:
    """One outcome of the rows of several, in their order."""
    first = outcomes[0]
    names = _arrays(first)
    return replace(first, **{name: np.concatenate([getattr(one, name) for one in outcomes]) for name in names})


def _arrays(outcome: Outcome) -> dict[str, np.ndarray]:
    found = {item.name: getattr(outcome, item.name) for item in fields(outcome)}
    return {name: values for name, values in found.items() if isinstance(values, np.ndarray)}


def _set(outcome: Outcome, name: str, value: np.ndarray) -> None:
    object.__setattr__(outcome, name, value)  # the dataclass is frozen: this is its constructor's last step


def _check(outcome: Outcome) -> None:
    for name in ("weights", "groups"):
        if getattr(outcome, name).shape != (len(outcome),):
            raise DataError(f"{name} must have one value a row", where="outcome", given=getattr(outcome, name).shape)
    if (outcome.weights < 0).any() or not outcome.weights.sum() > 0:
        raise DataError("weights must not be negative, nor all zero", where="outcome")
    for name in ("mean", "std", "low", "high"):
        values = getattr(outcome, name)
        if values is not None and values.shape != outcome.observed.shape:
            shapes = f"{values.shape} beside {outcome.observed.shape}"
            raise DataError(f"{name} must have the shape of the observations", where="outcome", given=shapes)
    if outcome.confusion is not None:
        _check_maps(outcome, outcome.confusion)


def _check_maps(outcome: Outcome, confusion: np.ndarray) -> None:
    heads, classes = confusion.shape[1:3] if confusion.ndim == 4 else (0, 0)
    if confusion.shape != (len(outcome), heads, classes, classes) or heads != len(outcome.heads):
        given = f"{confusion.shape} for {len(outcome)} rows and {len(outcome.heads)} heads"
        raise DataError("confusion must be [sample, head, class, class]", where="outcome", given=given)
    boundary = outcome.boundary
    if boundary is not None and boundary.shape != (*confusion.shape[:3], 4):
        given = f"{boundary.shape} beside {confusion.shape}"
        raise DataError("boundary must be [sample, head, class, 4]", where="outcome", given=given)
