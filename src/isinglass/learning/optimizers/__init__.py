"""How a gradient becomes a step, and by which factor the rate changes. An optimizer is a rule and a line here."""

from __future__ import annotations

from isinglass.learning.optimizers.muon import muon
from isinglass.learning.optimizers.rules import Optimizer, adagrad, adam, adamw, rmsprop, sgd
from isinglass.recipe import OptimizerRecipe


def _momentum(recipe: OptimizerRecipe) -> tuple[str, ...]:
    return ("momentum_buffer",) if recipe.momentum else ()


OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer(_momentum, sgd),
    "rmsprop": Optimizer(lambda recipe: ("square_avg", *_momentum(recipe)), rmsprop),
    "adagrad": Optimizer(lambda recipe: ("sum",), adagrad),
    "adam": Optimizer(lambda recipe: ("exp_avg", "exp_avg_sq"), adam),
    "adamw": Optimizer(lambda recipe: ("exp_avg", "exp_avg_sq"), adamw),
    "muon": Optimizer(lambda recipe: ("momentum_buffer", "exp_avg", "exp_avg_sq"), muon),
}
