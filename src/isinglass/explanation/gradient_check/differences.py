"""One element: its analytic gradient against differences of the function, and why they disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from isinglass.explanation.gradient_check.findings import TOLERANCE, Cause
from isinglass.explanation.gradient_check.probe import Probe

SHRINK = (1e-1, 1e-2, 1e-3)
"""Parts of the step that are tried where it may have crossed a kink."""

NOISE = 25
"""Roundings of the result that a function's own arithmetic may have added up."""


@dataclass(frozen=True)
class Slope:
    """What is compared at an element: f where it stands, df/d element as autograd says, the step h, and the rounding of
    f as it was measured."""

    middle: float
    analytic: float
    step: float
    rounding: float = 0.0


@dataclass(frozen=True)
class Difference:
    """What one element showed.

    Args:
        place: in the flattened tensor.
        analytic, numerical: autograd's gradient and the central difference.
        left, right: one-sided differences.
        noise: what rounding of f alone makes of a difference.
        cause: why the two disagree; None where they agree.
    """

    place: int
    analytic: float
    numerical: float
    left: float
    right: float
    noise: float
    cause: Cause | None

    @property
    def apart(self) -> float:
        """|g - n|."""
        return abs(self.analytic - self.numerical)


def look_at(probe: Probe, tensor: Tensor, place: int, slope: Slope) -> Difference:
    """Move one element there and back; where the two gradients disagree, find out why."""
    look = _differences(probe, tensor, place, slope)
    if _agrees(look):
        return look
    smaller = look
    for part in SHRINK:
        smaller = _differences(probe, tensor, place, replace(slope, step=slope.step * part))
        # The smaller the step, the larger the noise: what it hides has not come nearer.
        if _agrees(smaller) and smaller.apart <= look.apart / 2:
            return replace(look, cause=Cause.CROSSED)
    torn = abs(smaller.right - smaller.left) > 10 * _allowed(smaller)
    return replace(look, cause=Cause.KINK if torn else Cause.WRONG)


def relative_error(looks: Sequence[Difference]) -> float:
    """|g - n| / (|g| + |n|); where both are lost in rounding's noise, the noise takes the place of their size."""
    sizes = np.linalg.norm([look.analytic for look in looks]) + np.linalg.norm([look.numerical for look in looks])
    noise = np.linalg.norm([look.noise for look in looks]) * NOISE / TOLERANCE
    apart = np.linalg.norm([look.apart for look in looks])
    return float(apart / max(sizes, noise)) if apart else 0.0


def _differences(probe: Probe, tensor: Tensor, place: int, slope: Slope) -> Difference:
    size = abs(float(tensor.detach().flatten()[place]))
    h = slope.step * max(1.0, size)
    up, down = probe.moved(tensor, place, h), probe.moved(tensor, place, -h)
    right, left = (up - slope.middle) / h, (slope.middle - down) / h
    noise = max(4 * np.finfo(np.float64).eps * max(abs(up), abs(down), abs(slope.middle)), slope.rounding) / h
    return Difference(place, slope.analytic, (up - down) / (2 * h), left, right, noise, None)


def _agrees(look: Difference) -> bool:
    return look.apart <= _allowed(look)


def _allowed(look: Difference) -> float:
    """What rounding of f and curvature within the step may come to."""
    return look.noise * NOISE + TOLERANCE * max(abs(look.analytic), abs(look.numerical))
