"""cos and sin of an angle in turns, held between -1/2 and 1/2 by the caller: vector code in float32."""

from __future__ import annotations

import math
from typing import Any

from numba import types
from numba.extending import overload

from isinglass.learning.plans.kernel.compilation import NUMBER, number
from isinglass.learning.plans.kernel.tiles import like

TWO_PI = 2 * math.pi


def cos(turns: Any) -> Any:
    """cos(2 pi turns), -1/2 <= turns <= 1/2."""


def sin(turns: Any) -> Any:
    """sin(2 pi turns), -1/2 <= turns <= 1/2."""


@number
def _cos_double(turns):
    return math.cos(TWO_PI * turns)


@number
def _sin_double(turns):
    return math.sin(TWO_PI * turns)


@number
def _sin(turns):
    """Taylor's series to the 13th power, on a quarter turn: sin(pi - x) = sin x folds the rest."""
    t = turns
    t = like(t, 0.5) - t if t > like(t, 0.25) else t
    t = like(t, -0.5) - t if t < like(t, -0.25) else t
    x = t * like(t, TWO_PI)
    q = x * x
    p = like(t, 1 / 6227020800)
    p = p * q - like(t, 1 / 39916800)
    p = p * q + like(t, 1 / 362880)
    p = p * q - like(t, 1 / 5040)
    p = p * q + like(t, 1 / 120)
    p = p * q - like(t, 1 / 6)
    return x + x * q * p


@number
def _cos(turns):
    """cos x = sin(pi/2 - |x|)."""
    return _sin(like(turns, 0.25) - abs(turns))


@overload(cos, jit_options=NUMBER)
def _choose_cos(turns):
    return (lambda turns: _cos(turns)) if turns == types.float32 else (lambda turns: _cos_double(turns))


@overload(sin, jit_options=NUMBER)
def _choose_sin(turns):
    return (lambda turns: _sin(turns)) if turns == types.float32 else (lambda turns: _sin_double(turns))
