"""Numbers that stand for names in compiled code. No numba here."""

from __future__ import annotations

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus")
SIGMOID, TANH, RELU, LEAKY_RELU, ELU, SELU, GELU, SILU, MISH, SOFTPLUS = range(len(ACTIVATIONS))

COS, SIN_COS = range(2)
"""Waves of numeric embeddings."""

LOSSES = (
    "squared", "absolute", "huber", "poisson", "binary", "gaussian", "student_t", "quantile", "softmax",
    "weston_watkins", "one_vs_all", "structured",
)  # fmt: skip
(
    SQUARED, ABSOLUTE, HUBER, POISSON, BINARY, GAUSSIAN, STUDENT_T, QUANTILE, SOFTMAX,
    WESTON_WATKINS, ONE_VS_ALL, STRUCTURED,
) = range(len(LOSSES))  # fmt: skip

OPTIMIZERS = ("sgd", "rmsprop", "adagrad", "adam", "adamw")
SGD, RMSPROP, ADAGRAD, ADAM, ADAMW = range(len(OPTIMIZERS))

SLOTS = {
    "sgd": ("momentum_buffer", ""),
    "rmsprop": ("square_avg", "momentum_buffer"),
    "adagrad": ("sum", ""),
    "adam": ("exp_avg", "exp_avg_sq"),
    "adamw": ("exp_avg", "exp_avg_sq"),
}
"""Names of an optimizer's first and second memory, empty where it has none."""

PENALTIES = ("l1", "l2", "l2_length", "elastic_net")
L1, L2, L2_LENGTH, ELASTIC_NET = range(len(PENALTIES))

SETTINGS = ("momentum", "nesterov", "beta1", "beta2", "alpha", "epsilon", "clip")
MOMENTUM, NESTEROV, BETA1, BETA2, ALPHA, EPSILON, CLIP = range(len(SETTINGS))
"""Places in the array of an optimizer's settings."""

SIZES = ("stride", "inputs", "features", "outputs", "width", "slope", "dropouts")
STRIDE, INPUTS, FEATURES, OUTPUTS, WIDTH, SLOPE, DROPOUTS = range(len(SIZES))
"""Places in the array of a program's sizes: length of a buffer row; first row of the inputs and their number; first row
of the raw outputs and their number; first row of the slope by them; number of dropout layers."""
