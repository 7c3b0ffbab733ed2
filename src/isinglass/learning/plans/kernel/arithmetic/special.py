"""log-gamma and digamma for arguments above zero."""

from __future__ import annotations

import math

from isinglass.learning.plans.kernel.arithmetic.tiles import like
from isinglass.learning.plans.kernel.compilation import exact

FAR = 10.0
"""From here on the asymptotic series below is good to 1e-14."""


@exact
def lgamma(x):
    """log Gamma(x), by the C library."""
    return like(x, math.lgamma(x))


@exact
def digamma(x):
    """d log Gamma(x) / dx: upwards by psi(x) = psi(x + 1) - 1/x, then the asymptotic series.

    Reference: Abramowitz and Stegun (1964), 6.3.5 and 6.3.18.
    """
    t = float(x)
    below = 0.0
    while t < FAR:
        below += 1 / t
        t += 1
    q = 1 / (t * t)
    series = q * (1 / 12 - q * (1 / 120 - q * (1 / 252 - q * (1 / 240 - q * (1 / 132 - q * (691 / 32760 - q / 12))))))
    return like(x, math.log(t) - 0.5 / t - series - below)
