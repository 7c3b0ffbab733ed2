"""Optimizers: how a gradient becomes a step, for all members at once.

Each works in place on flat tensors `[member, P]` with one learning rate and one weight decay a member, and equals
its namesake in `torch.optim`. `OPTIMIZERS[kind].init` makes the memory, `.step` takes one step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from isinglass.recipe import OptimizerRecipe

Slots = dict[str, Tensor]
Runs = tuple[tuple[int, int], ...]

FUSED = 8000
"""Values a stretch of equal members from which the fused Adam wins (measured on one core)."""


@dataclass(frozen=True)
class Move:
    """What one step is made from.

    Attributes:
        theta: `[member, P]`, changed in place.
        gradient: `[member, P]`, overwritten.
        slots: the optimizer's memory, each `[member, P]`, changed in place.
        count: `[member, 1]` in theta's dtype, steps taken, this one included.
        rate: `[member, 1]`.
        decay: `[member, 1]`, or None where all are zero.
        runs: (start, stop) of neighbouring members with the same rate and count (see `equal_runs`).
        numbers: the rate of each run as a number; none where only the device knows it.
        shape: (rows, columns) where the values are those of one matrix; else ().
    """

    theta: Tensor
    gradient: Tensor
    slots: Slots
    count: Tensor
    rate: Tensor
    decay: Tensor | None
    runs: Runs
    numbers: Sequence[float] = ()
    shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class Optimizer:
    """An optimizer: the names of its slots under a recipe, and its step."""

    names: Callable[[OptimizerRecipe], tuple[str, ...]]
    step: Callable[[Move, OptimizerRecipe], None]

    def init(self, theta: Tensor, recipe: OptimizerRecipe) -> Slots:
        """Memory at rest: zeros of theta's shape."""
        return {name: torch.zeros_like(theta) for name in self.names(recipe)}


def sgd(move: Move, recipe: OptimizerRecipe) -> None:
    """v = momentum v + g; theta -= rate v, or with Nesterov theta -= rate (g + momentum v).

    Reference: Sutskever et al. (2013), On the importance of initialization and momentum, ICML.
    """
    gradient = _coupled(move)
    if recipe.momentum:
        velocity = move.slots["momentum_buffer"].mul_(recipe.momentum).add_(gradient)
        gradient = gradient.add_(velocity, alpha=recipe.momentum) if recipe.nesterov else velocity
    move.theta.addcmul_(gradient, move.rate, value=-1)


def rmsprop(move: Move, recipe: OptimizerRecipe) -> None:
    """s = alpha s + (1 - alpha) g^2; theta -= rate g / (sqrt(s) + epsilon); momentum on the quotient.

    Reference: Tieleman and Hinton (2012), Lecture 6.5 of Neural networks for machine learning.
    """
    gradient = _coupled(move)
    square = move.slots["square_avg"].mul_(recipe.alpha)
    square.addcmul_(gradient, gradient, value=1 - recipe.alpha)
    direction = gradient.div_(square.sqrt().add_(recipe.epsilon))
    if recipe.momentum:
        direction = move.slots["momentum_buffer"].mul_(recipe.momentum).add_(direction)
    move.theta.addcmul_(direction, move.rate, value=-1)


def adagrad(move: Move, recipe: OptimizerRecipe) -> None:
    """s += g^2; theta -= rate g / (sqrt(s) + epsilon).

    Reference: Duchi, Hazan and Singer (2011), Journal of Machine Learning Research 12, 2121-2159.
    """
    gradient = _coupled(move)
    total = move.slots["sum"].addcmul_(gradient, gradient)
    move.theta.addcmul_(gradient.div_(total.sqrt().add_(recipe.epsilon)), move.rate, value=-1)


def adam(move: Move, recipe: OptimizerRecipe) -> None:
    """m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; theta -= rate m^ / (sqrt(v^) + epsilon), bias corrected.

    Reference: Kingma and Ba (2015), arXiv:1412.6980.
    """
    _adam(move, recipe, _coupled(move))


def adamw(move: Move, recipe: OptimizerRecipe) -> None:
    """Adam with decoupled decay: theta *= 1 - rate decay first.

    Reference: Loshchilov and Hutter (2019), arXiv:1711.05101.
    """
    if move.decay is not None:
        move.theta.mul_(1 - move.rate * move.decay)
    _adam(move, recipe, move.gradient)


def _coupled(move: Move) -> Tensor:
    return move.gradient if move.decay is None else move.gradient.addcmul_(move.theta, move.decay)


def _adam(move: Move, recipe: OptimizerRecipe, gradient: Tensor) -> None:
    # One fused pass over the four arrays costs a third of the eight passes of separate operations, but it knows
    # one rate only: worth it where neighbours agree or members are large.
    alike = len(move.runs) == 1 or move.theta.numel() >= FUSED * len(move.runs)
    known = bool(move.numbers) or move.theta.dtype is torch.float32  # a rate on the device is read as float32
    (_adam_fused if alike and known and move.theta.is_contiguous() else _adam_plain)(move, recipe, gradient)


def _adam_fused(move: Move, recipe: OptimizerRecipe, gradient: Tensor) -> None:
    first, second = move.slots["exp_avg"], move.slots["exp_avg_sq"]
    rates = move.numbers or [move.rate[start, 0] for start, _ in move.runs]
    # CUDA's kernel reads the count as float32 whatever it is.
    for (start, stop), rate in zip(move.runs, rates, strict=True):
        torch._fused_adam_(
            [move.theta[start:stop]], [gradient[start:stop]], [first[start:stop]], [second[start:stop]], [],
            [move.count[start, 0].float()], lr=rate, beta1=recipe.betas[0], beta2=recipe.betas[1],
            weight_decay=0.0, eps=recipe.epsilon, amsgrad=False, maximize=False,
        )  # fmt: skip


def _adam_plain(move: Move, recipe: OptimizerRecipe, gradient: Tensor) -> None:
    beta1, beta2 = recipe.betas
    first = move.slots["exp_avg"].lerp_(gradient, 1 - beta1)
    second = move.slots["exp_avg_sq"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    corrected = (1 - beta2**move.count).sqrt_()
    # The correction of the second moment goes to the numerator and to epsilon: no pass over P is spent on it.
    quotient = torch.sqrt(second, out=gradient).add_(corrected * recipe.epsilon)
    torch.div(first, quotient, out=quotient)
    move.theta.addcmul_(quotient, move.rate * corrected / (1 - beta1**move.count), value=-1)


def equal_runs(rates: Tensor, steps: Tensor) -> Runs:
    """Stretches of neighbouring members with equal rates `[step, member]` and equal steps `[member]`."""
    differs = (rates[:, 1:] != rates[:, :-1]).any(0) | (steps[1:] != steps[:-1])
    borders = (differs.nonzero().squeeze(1) + 1).tolist()
    return tuple(zip([0, *borders], [*borders, len(steps)], strict=True))
