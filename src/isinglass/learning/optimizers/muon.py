"""Muon: the momentum of a matrix, made orthogonal, is the step.

    m += (1 - b) (G - m);  U = G + b (m - G);  theta -= rate sqrt(max(1, rows / columns)) O(U)

with O(U) near to the orthogonal factor of U, by five Newton-Schulz steps of odd degree five. Kernels are matrices
`(out, in * height * width)`; vectors take AdamW's step with a tenth of the rate. Decay is decoupled. The form is
that of `torch.optim.Muon`, for all members at once and in theta's precision.

Reference: Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks,
https://kellerjordan.github.io/posts/muon/.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from isinglass.learning.optimizers.rules import Move, adamw
from isinglass.recipe import OptimizerRecipe

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5
MOMENTUM = 0.95
"""Where the recipe's momentum is 0."""
VECTORS = 0.1
"""Of the rate, for what is no matrix."""
TINY = 1e-7


def muon(move: Move, recipe: OptimizerRecipe) -> None:
    """One step of a piece of theta: a matrix, or vectors."""
    if not move.shape:
        numbers = [rate * VECTORS for rate in move.numbers]
        adamw(replace(move, rate=move.rate * VECTORS, numbers=numbers), recipe)
        return
    momentum = recipe.momentum or MOMENTUM
    mean = move.slots["momentum_buffer"].lerp_(move.gradient, 1 - momentum)
    update = orthogonal(move.gradient.lerp_(mean, momentum).unflatten(1, move.shape))
    if move.decay is not None:
        move.theta.mul_(1 - move.rate * move.decay)
    rows, columns = move.shape
    move.theta.addcmul_(update.flatten(1), move.rate, value=-math.sqrt(max(1.0, rows / columns)))


def orthogonal(matrix: Tensor) -> Tensor:
    """`[member, rows, columns]` -> matrices of singular values between about 0.7 and 1.2, and the same vectors."""
    a, b, c = COEFFICIENTS
    wide = matrix.shape[1] <= matrix.shape[2]
    x = matrix if wide else matrix.mT
    x = x / x.flatten(1).norm(dim=1).clamp(min=TINY)[:, None, None]
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x if wide else x.mT
