"""exp, expm1, log, log1p, tanh and erf that the compiler can turn into vector code.

For float32: argument reduction and a short polynomial, all arithmetic, no branch; errors below 3e-7 relative (exp,
expm1, tanh, erf) in the range where the result is a normal number. For float64: the C library, one number at a time.
NaN stays NaN. The series of log is Taylor's; the polynomials of exp (least largest error: 3e-9) and erf are this
project's own fits.
"""

from __future__ import annotations

import math
from typing import Any

from numba import types
from numba.extending import overload

from isinglass.learning.plans.kernel.arithmetic.tiles import SHIFT, exponent, like, mantissa, power_of_two
from isinglass.learning.plans.kernel.compilation import NUMBER, number

LOG2E, LN2_HIGH, LN2_LOW = 1.4426950408889634, 0.693359375, -2.12194440e-4
"""ln 2 in two parts: n * LN2_HIGH is exact for |n| < 512 (Cody and Waite 1980)."""
SMALLEST, LARGEST = -87.0, 88.0
"""Arguments of exp are held in this range in float32: 1.6e-38 to 1.7e38."""


def exp(x: Any) -> Any:
    """e^x."""


def expm1(x: Any) -> Any:
    """e^x - 1, accurate near 0."""


def log(x: Any) -> Any:
    """Natural logarithm of a positive normal number."""


def log1p(x: Any) -> Any:
    """log(1 + x) for x >= 0, accurate near 0."""


def tanh(x: Any) -> Any:
    """Hyperbolic tangent."""


def erf(x: Any) -> Any:
    """Gauss's error function."""


def _choose(stub: Any, library: Any, series: Any) -> None:
    """Compiled code that calls `stub` gets the C library's function in float64, the series in float32."""

    @overload(stub, jit_options=NUMBER)
    def choose(x):  # numba compares the signatures: no annotations
        return (lambda x: series(x)) if x == types.float32 else (lambda x: library(x))


@number
def _reduced(x):
    """x = n ln 2 + r with |r| <= ln 2 / 2: returns 2^n and e^r - 1."""
    x = like(x, SMALLEST) if x < like(x, SMALLEST) else x
    x = like(x, LARGEST) if x > like(x, LARGEST) else x
    shifted = x * like(x, LOG2E) + like(x, SHIFT)
    n = shifted - like(x, SHIFT)
    r = (x - n * like(x, LN2_HIGH)) - n * like(x, LN2_LOW)
    p = like(x, 0.00138145601)
    p = p * r + like(x, 0.00836873556)
    p = p * r + like(x, 0.0416683899)
    p = p * r + like(x, 0.166665205)
    p = p * r + like(x, 0.499999934)
    return power_of_two(shifted), p * (r * r) + r


@number
def _exp(x):
    scale, p = _reduced(x)
    return scale * p + scale


@number
def _expm1(x):
    scale, p = _reduced(x)
    return scale * p + (scale - like(x, 1.0))


@number
def _log(x):
    n, m = exponent(x), mantissa(x)
    s = (m - like(x, 1.0)) / (m + like(x, 1.0))
    q = s * s
    p = like(x, 2 / 9)
    p = p * q + like(x, 2 / 7)
    p = p * q + like(x, 2 / 5)
    p = p * q + like(x, 2 / 3)
    p = p * q + like(x, 2.0)
    return n * like(x, LN2_HIGH) + (n * like(x, LN2_LOW) + p * s) + (x - x)


@number
def _log1p(x):
    total = x + like(x, 1.0)
    return _log(total) + (x - (total - like(x, 1.0))) / total


@number
def _tanh(x):
    a = like(x, 20.0) if x > like(x, 20.0) else x
    e = _expm1(a + a)
    return e / (e + like(x, 2.0))


@number
def _erf(x):
    a = abs(x)
    w = a * a
    p = like(x, -0.000565410586)
    p = p * w + like(x, 0.00492327767)
    p = p * w + like(x, -0.0267163851)
    p = p * w + like(x, 0.112803644)
    p = p * w + like(x, -0.376123498)
    near = a * (p * w + like(x, 1.12837913))
    t = like(x, 1.0) / (a if a > like(x, 1.0) else like(x, 1.0))
    q = like(x, 0.0414294529)
    q = q * t + like(x, -0.207919163)
    q = q * t + like(x, 0.430691254)
    q = q * t + like(x, -0.422685866)
    q = q * t + like(x, 0.0234818326)
    far = like(x, 1.0) - t * (q * t + like(x, 0.562586204)) * _exp(-w)
    value = far if a > like(x, 1.0) else near
    return -value if x < like(x, 0.0) else value


_choose(exp, math.exp, _exp)
_choose(expm1, math.expm1, _expm1)
_choose(log, math.log, _log)
_choose(log1p, math.log1p, _log1p)
_choose(tanh, math.tanh, _tanh)
_choose(erf, math.erf, _erf)
