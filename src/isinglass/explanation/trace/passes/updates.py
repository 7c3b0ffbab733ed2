"""What one step of an optimizer would add to a parameter."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from isinglass.errors import UsageError
from isinglass.learning.optimizers import OPTIMIZERS
from isinglass.learning.optimizers.rules import Move
from isinglass.recipe import OptimizerRecipe

KINDS = ("sgd", "rmsprop", "adagrad", "adam", "adamw")
"""Optimizers that treat every number by itself, so that one tensor's step can be shown."""


@dataclass(frozen=True)
class Step:
    """The first step of an optimizer: its memory is empty.

    Args:
        recipe: kind, rate and weight decay without an 'auto' left.
    """

    recipe: OptimizerRecipe

    def __post_init__(self) -> None:
        if self.recipe.kind not in KINDS or self.recipe.rate == "auto":
            raise UsageError(
                "this optimizer takes no single steps that could be shown",
                given=f"{self.recipe.kind}, rate {self.recipe.rate}",
                allowed=[f"{kind} with a rate" for kind in KINDS],
            )

    def __str__(self) -> str:
        decay = self.recipe.weight_decay
        more = f", weight decay {decay:g}" if isinstance(decay, float) and decay else ""
        return f"first step of {self.recipe.kind}, rate {float(self.recipe.rate):g}{more}"

    def update(self, parameter: Tensor, gradient: Tensor) -> Tensor:
        """New value minus old, in the parameter's shape."""
        theta = parameter.detach().double().reshape(1, -1).clone()
        rule, before = OPTIMIZERS[self.recipe.kind], theta.clone()
        column = torch.ones(1, 1, dtype=theta.dtype)
        decay = 0.0 if self.recipe.weight_decay == "auto" else float(self.recipe.weight_decay)
        move = Move(
            theta=theta,
            gradient=gradient.detach().double().reshape(1, -1).clone(),
            slots=rule.init(theta, self.recipe),
            count=column,
            rate=column * float(self.recipe.rate),
            decay=column * decay if decay else None,
            runs=((0, 1),),
        )
        rule.step(move, self.recipe)
        return (theta - before).reshape(parameter.shape)


def sgd(rate: float) -> Step:
    """Plain gradient descent: -rate times the gradient."""
    return Step(OptimizerRecipe(kind="sgd", rate=rate, weight_decay=0.0))
