"""What a gradient check finds: for each tensor how far apart the two gradients are, and where, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

TOLERANCE = 1e-5
"""Largest relative error of a tensor that passes."""


class Cause(StrEnum):
    """Why an element's two gradients differ."""

    KINK = "at a kink: the slopes on its two sides differ"
    CROSSED = "a kink lies within the step: with a smaller one they agree"
    WRONG = "the gradient is wrong"


@dataclass(frozen=True)
class Offender:
    """One element that disagrees.

    Args:
        index: in its tensor.
        analytic, numerical: the two gradients.
        left, right: one-sided differences.
        cause: what explains the difference.
    """

    index: tuple[int, ...]
    analytic: float
    numerical: float
    left: float
    right: float
    cause: Cause

    def __str__(self) -> str:
        place = f"[{', '.join(map(str, self.index))}]" if self.index else "the number"
        sides = f"left {self.left:.6g}, right {self.right:.6g}"
        return f"{place}: analytic {self.analytic:.6g}, numerical {self.numerical:.6g} ({sides}): {self.cause}"


@dataclass(frozen=True)
class Checked:
    """One tensor: its name, its shape, how many elements were looked at, the relative error of those that no kink
    explains, and those that disagree most."""

    name: str
    shape: tuple[int, ...]
    looked_at: int
    relative_error: float
    worst: tuple[Offender, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the gradient is right wherever there is one."""
        return self.relative_error <= TOLERANCE and all(one.cause is not Cause.WRONG for one in self.worst)


@dataclass(frozen=True)
class GradientCheck:
    """All tensors, and the step that was taken."""

    tensors: tuple[Checked, ...]
    step: float

    @property
    def passed(self) -> bool:
        """Whether all of them passed."""
        return all(tensor.passed for tensor in self.tensors)

    @property
    def kinks(self) -> int:
        """Elements whose difference a kink explains, of those listed."""
        return sum(one.cause is not Cause.WRONG for tensor in self.tensors for one in tensor.worst)
