"""sin and cos of an angle in turns, both at once: vector code in float32, the C library in float64."""

from __future__ import annotations

import math
from typing import Any

from numba import types
from numba.extending import overload

from isinglass.learning.plans.kernel.arithmetic.tiles import like, nearest, with_sign
from isinglass.learning.plans.kernel.compilation import NUMBER, number

TWO_PI = 2 * math.pi


def sin_cos(turns: Any) -> Any:
    """sin(2 pi turns) and cos(2 pi turns)."""


@number
def _double(turns):
    t = turns - nearest(turns)
    return math.sin(TWO_PI * t), math.cos(TWO_PI * t)


@number
def _single(turns):
    """With t between -1/2 and 1/2 and a = 1/4 - |t|: cos = sin(2 pi a), sin = cos(2 pi a) with the sign of t.

    The polynomials are this project's own fits with least largest error: 5e-9 of the sine, relative, 2e-10 of the
    cosine.
    """
    t = turns - nearest(turns)
    a = like(t, 0.25) - abs(t)
    q = a * a
    s = like(t, 39.7109181)
    s = s * q - like(t, 76.5749921)
    s = s * q + like(t, 81.6022312)
    s = s * q - like(t, 41.3416775)
    s = s * q + like(t, 6.28318527)
    c = like(t, -25.0067971)
    c = c * q + like(t, 60.1482049)
    c = c * q - like(t, 85.4538307)
    c = c * q + like(t, 64.9393536)
    c = c * q - like(t, 19.7392086)
    c = c * q + like(t, 1.0)
    return with_sign(c, t), s * a


@overload(sin_cos, jit_options=NUMBER)
def _choose(turns):
    return (lambda turns: _single(turns)) if turns == types.float32 else (lambda turns: _double(turns))
