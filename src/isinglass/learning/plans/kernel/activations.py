"""Activations h = f(z) and their backward pass d <- d f'(z), over contiguous rows, one loop each.

GELU, SiLU, Mish and softplus find their slope with h, from the same exponential, and leave it in the place of z; the
others take it from h or the sign of z. Codes are those of `codes`. Formulas are torch's (`torch.nn.functional`).
"""

# ruff: noqa: C901

from __future__ import annotations

from typing import Any

from isinglass.learning.plans.kernel import codes as code
from isinglass.learning.plans.kernel.arithmetic.elementary import erf, exp, expm1, log1p, tanh
from isinglass.learning.plans.kernel.arithmetic.tiles import like
from isinglass.learning.plans.kernel.compilation import exact, number

SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
"""Klambauer et al. (2017), Self-normalizing neural networks, arXiv:1706.02515."""
ROOT_HALF, ROOT_TWO_PI = 0.7071067811865476, 2.5066282746310002


def _forward(value: Any) -> Any:
    @exact
    def loop(constant, z, h):
        for i in range(z.size):
            h[i] = value(z[i], constant)

    return loop


def _learning(both: Any) -> Any:
    @exact
    def loop(constant, z, h):
        for i in range(z.size):
            h[i], z[i] = both(z[i], constant)

    return loop


def _judging(both: Any) -> Any:
    @exact
    def loop(constant, z, h):
        for i in range(z.size):
            h[i] = both(z[i], constant)[0]

    return loop


def _backward(slope: Any) -> Any:
    @exact
    def loop(constant, z, h, d):
        for i in range(z.size):
            d[i] *= slope(z[i], h[i], constant)

    return loop


@number
def _sigmoid(z, c):
    return like(z, 1.0) / (like(z, 1.0) + exp(-z))


@number
def _sigmoid_slope(z, h, c):
    return h * (like(z, 1.0) - h)


@number
def _tanh(z, c):
    return tanh(z)


@number
def _tanh_slope(z, h, c):
    return like(z, 1.0) - h * h


@number
def _relu(z, c):
    return like(z, 0.0) if z < like(z, 0.0) else z


@number
def _relu_slope(z, h, c):
    return like(z, 1.0) if z > like(z, 0.0) else like(z, 0.0)


@number
def _leaky(z, c):
    return z * c if z < like(z, 0.0) else z


@number
def _leaky_slope(z, h, c):
    return like(z, 1.0) if z > like(z, 0.0) else c


@number
def _elu(z, c):
    below = c * expm1(like(z, 0.0) if z > like(z, 0.0) else z)
    return z if z > like(z, 0.0) else below


@number
def _elu_slope(z, h, c):
    return like(z, 1.0) if z > like(z, 0.0) else h + c


@number
def _selu(z, c):
    return like(z, SELU_SCALE) * _elu(z, like(z, SELU_ALPHA))


@number
def _selu_slope(z, h, c):
    return like(z, SELU_SCALE) if z > like(z, 0.0) else h + like(z, SELU_SCALE * SELU_ALPHA)


@number
def _kept_slope(z, h, c):
    return z


@number
def _gelu(z, c):
    """z N(z) with the normal distribution function N; its slope N(z) + z N'(z)."""
    x = z * like(z, ROOT_HALF)
    normal = like(z, 0.5) * (like(z, 1.0) + erf(x))
    return z * normal, normal + z * exp(-(x * x)) * like(z, 1 / ROOT_TWO_PI)


@number
def _silu(z, c):
    """z s with s = sigmoid(z); its slope s + z s (1 - s)."""
    s = _sigmoid(z, c)
    h = z * s
    return h, s + h * (like(z, 1.0) - s)


@number
def _mish(z, c):
    """z t with t = tanh(log(1 + e^z)) = (w^2 + 2 w) / (w^2 + 2 w + 2) and w = e^z; t = 1 beyond z = 20. Its slope
    t + z s (1 - t^2) with s = w / (1 + w)."""
    w = exp(like(z, 20.0) if z > like(z, 20.0) else z)
    n = w * (w + like(z, 2.0))
    t = n / (n + like(z, 2.0))
    return z * t, t + z * (w / (w + like(z, 1.0))) * (like(z, 1.0) - t * t)


@number
def _softplus(z, c):
    """log(1 + e^x) / c with x = c z; its slope sigmoid(x)."""
    x = c * z
    zero, one = like(z, 0.0), like(z, 1.0)
    e = exp(x if x < zero else -x)
    return ((x if x > zero else zero) + log1p(e)) / c, (one if x > zero else e) / (one + e)


_f_sigmoid, _b_sigmoid = _forward(_sigmoid), _backward(_sigmoid_slope)
_f_tanh, _b_tanh = _forward(_tanh), _backward(_tanh_slope)
_f_relu, _b_relu = _forward(_relu), _backward(_relu_slope)
_f_leaky, _b_leaky = _forward(_leaky), _backward(_leaky_slope)
_f_elu, _b_elu = _forward(_elu), _backward(_elu_slope)
_f_selu, _b_selu = _forward(_selu), _backward(_selu_slope)
_b_kept = _backward(_kept_slope)
_f_gelu, _l_gelu = _judging(_gelu), _learning(_gelu)
_f_silu, _l_silu = _judging(_silu), _learning(_silu)
_f_mish, _l_mish = _judging(_mish), _learning(_mish)
_f_softplus, _l_softplus = _judging(_softplus), _learning(_softplus)


@exact
def activate(kind, constant, z, h, keep):
    """h = f(z) for the activation with code `kind`; where keep is not 0, z may become its slope."""
    if kind == code.RELU:
        _f_relu(constant, z, h)
    elif kind == code.TANH:
        _f_tanh(constant, z, h)
    elif kind == code.SIGMOID:
        _f_sigmoid(constant, z, h)
    elif kind == code.LEAKY_RELU:
        _f_leaky(constant, z, h)
    elif kind == code.ELU:
        _f_elu(constant, z, h)
    elif kind == code.SELU:
        _f_selu(constant, z, h)
    elif keep:
        _activate_learning(kind, constant, z, h)
    elif kind == code.GELU:
        _f_gelu(constant, z, h)
    elif kind == code.SILU:
        _f_silu(constant, z, h)
    elif kind == code.MISH:
        _f_mish(constant, z, h)
    else:
        _f_softplus(constant, z, h)


@exact
def _activate_learning(kind, constant, z, h):
    if kind == code.GELU:
        _l_gelu(constant, z, h)
    elif kind == code.SILU:
        _l_silu(constant, z, h)
    elif kind == code.MISH:
        _l_mish(constant, z, h)
    else:
        _l_softplus(constant, z, h)


@exact
def slope(kind, constant, z, h, d):
    """d <- d f'(z) for the activation with code `kind`, after `activate` with keep."""
    if kind == code.RELU:
        _b_relu(constant, z, h, d)
    elif kind == code.TANH:
        _b_tanh(constant, z, h, d)
    elif kind == code.SIGMOID:
        _b_sigmoid(constant, z, h, d)
    elif kind == code.LEAKY_RELU:
        _b_leaky(constant, z, h, d)
    elif kind == code.ELU:
        _b_elu(constant, z, h, d)
    elif kind == code.SELU:
        _b_selu(constant, z, h, d)
    else:
        _b_kept(constant, z, h, d)
