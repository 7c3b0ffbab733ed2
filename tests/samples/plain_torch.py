"""Two small networks for the compiled plan, and the same by plain PyTorch: autograd and torch.optim, one at a time."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from isinglass.learning.members import column, product
from isinglass.learning.plans import State, Tuning, Work
from isinglass.learning.population import populate
from isinglass.learning.problem import Problem
from isinglass.learning.rows import Rows
from isinglass.learning.run import at_rest
from isinglass.learning.view import View, scaled
from isinglass.learning.workload import network_of as network_of_population
from isinglass.machine import build
from isinglass.machine.layers import dropout_layers, set_dropout_keys
from isinglass.objective.losses import LOSSES, Loss
from isinglass.objective.losses.classification import cross_entropy_loss, multilabel_loss
from isinglass.objective.losses.quantile import quantile_loss
from isinglass.objective.losses.regression import huber_loss
from isinglass.objective.objective import Objective
from isinglass.objective.penalties import PENALTIES
from isinglass.recipe import MachineRecipe, OptimizerRecipe
from isinglass.spec import Shape, Task

if TYPE_CHECKING:
    from isinglass.learning.plans.compiled import CompiledPlan

SAMPLES, FEATURES = 150, 5
CLASSES = 3
VARIANTS: dict[str, Loss] = {
    **{n: loss for n, loss in LOSSES.items() if n != "perceptron" and Task.SEGMENTATION not in loss.tasks},
    "smoothed": cross_entropy_loss(0.1),
    "smoothed labels": multilabel_loss(0.2),
    "one quantile": quantile_loss((0.3,)),
    "narrow huber": huber_loss(0.3),
    "low quantiles": quantile_loss((0.01, 0.02, 0.1)),
}
PLAIN = [
    OptimizerRecipe(kind="sgd"),
    OptimizerRecipe(kind="sgd", momentum=0.9),
    OptimizerRecipe(kind="sgd", momentum=0.8, nesterov=True),
    OptimizerRecipe(kind="rmsprop", momentum=0.3),
    OptimizerRecipe(kind="adagrad"),
    OptimizerRecipe(kind="adam", betas=(0.8, 0.95)),
    OptimizerRecipe(kind="adamw"),
]
ACTIVATIONS = ["relu", "tanh", "sigmoid", "leaky_relu(0.2)", "elu(1.3)", "selu", "gelu", "silu", "mish", "softplus(2)"]


def targets_for(loss: Loss, inputs: np.ndarray) -> np.ndarray:
    smooth = np.sin(np.nan_to_num(inputs).sum(1, keepdims=True))
    if loss.name == "multilabel":
        return np.concatenate([smooth > 0, smooth > 0.5], 1).astype(float)
    if loss.name == "binary_cross_entropy":
        return (smooth > 0).astype(float)
    if loss.name == "poisson":
        return np.round(3 * (smooth + 1))
    if loss.standardize:
        return np.concatenate([smooth, smooth**2], 1)
    return np.digitize(smooth, [-0.5, 0.5]).astype(float)


def width_of(loss: Loss) -> int:
    if loss.name == "binary_cross_entropy":
        return 1
    if loss.name == "poisson":
        return 1
    return loss.width(2) if loss.standardize or loss.name == "multilabel" else CLASSES


def problem_of(loss: Loss, members: int, *, codes: bool = False) -> Problem:
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(SAMPLES, FEATURES)).astype(np.float32)
    inputs[rng.random(inputs.shape) < 0.05] = np.nan
    clip = torch.tensor([True, False, True, True, True])
    center, scale = rng.normal(0, 0.1, (members, FEATURES)), rng.uniform(0.5, 1.5, (members, FEATURES))
    if codes:
        inputs[:, 3:] = rng.integers(0, 4, (SAMPLES, 2))
        clip[3:], center[:, 3:], scale[:, 3:] = False, 0, 1
    targets = targets_for(loss, inputs)
    out = targets.shape[1]
    return Problem(
        rows=Rows(
            inputs=torch.from_numpy(inputs),
            targets=torch.from_numpy(targets),
            weights=torch.from_numpy(rng.integers(0, 3, SAMPLES).astype(float)),
            role=torch.ones(members, SAMPLES, dtype=torch.int8),
        ),
        view=View(
            center=torch.from_numpy(center),
            scale=torch.from_numpy(scale),
            clip=clip,
            target_center=torch.from_numpy(rng.normal(0, 0.1, (members, out)) * loss.standardize),
            target_scale=torch.from_numpy(rng.uniform(0.8, 1.2, (members, out)) ** loss.standardize),
        ),
        objective=Objective(loss),
    )


def begin(
    recipe: MachineRecipe,
    loss: Loss = VARIANTS["squared"],
    optimizer: OptimizerRecipe = PLAIN[5],
    *,
    dtype: torch.dtype = torch.float64,
    hyper: tuple[dict[str, float], ...] = ({}, {"weight_decay": 0.05, "dropout": 0.4}),
    codes: bool = False,
    **changes: object,
) -> tuple[Work, State]:
    """Two members with settings of their own, as a work and its first state."""
    members = product(folds=1, members=1, seed=4, settings=hyper)
    shape = Shape(FEATURES, width_of(loss), (4, 4) if codes else ())
    population = populate(lambda seed: build(recipe, shape, seed=seed), members, dtype=dtype)
    problem = problem_of(loss, len(members), codes=codes)
    work = Work(
        network=network_of_population(population, problem),
        rows=problem.rows,
        optimizer=optimizer,
        weight_decay=column(members, "weight_decay", 0.0).to(dtype),
        dropout=column(members, "dropout", 0.1),
    )
    return replace(work, **changes), at_rest(population, [m.seed for m in members], optimizer)


def compiled(work: Work, *, threads: int = 1) -> CompiledPlan:
    from isinglass.learning.plans.compiled import CompiledPlan

    assert CompiledPlan.supports(work) is None
    return CompiledPlan(work, Tuning(threads=threads))


def rows(members: int, steps: int, batch: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(9).integers(0, SAMPLES, (members, steps, batch)).astype(np.int32))


def network_of(work: Work, state: State, member: int) -> nn.Module:
    machine = copy.deepcopy(work.machine).to(work.dtype)
    with torch.no_grad():
        values = work.layout.views_of_one(state.theta[member])
        for name, parameter in machine.named_parameters():
            parameter.copy_(values[name])
    for layer in dropout_layers(machine).values():
        layer.p = work.dropout[member].to(torch.float32)
    return machine


def torch_optimizer(recipe: OptimizerRecipe, parameters: list[nn.Parameter], decay: float) -> torch.optim.Optimizer:
    shared = {"lr": 1.0, "weight_decay": decay}
    match recipe.kind:
        case "sgd":
            return torch.optim.SGD(parameters, momentum=recipe.momentum, nesterov=recipe.nesterov, **shared)
        case "rmsprop":
            return torch.optim.RMSprop(
                parameters, alpha=recipe.alpha, eps=recipe.epsilon, momentum=recipe.momentum, **shared
            )
        case "adagrad":
            return torch.optim.Adagrad(parameters, eps=recipe.epsilon, **shared)
        case "adam":
            return torch.optim.Adam(parameters, betas=recipe.betas, eps=recipe.epsilon, **shared)
        case _:
            return torch.optim.AdamW(parameters, betas=recipe.betas, eps=recipe.epsilon, **shared)


def oracle(work: Work, state: State, member: int, index: Tensor, rates: Tensor) -> tuple[Tensor, float]:
    """theta of one member after all steps, and its mean loss: autograd and torch.optim."""
    machine, rows, view = network_of(work, state, member).train(), work.rows, work.view
    parameters = list(machine.parameters())
    optimizer = torch_optimizer(work.optimizer, parameters, float(work.weight_decay[member]))
    total = 0.0
    for step, (batch, rate) in enumerate(zip(index[member].long(), rates[:, member].tolist(), strict=True)):
        set_dropout_keys(machine, int(state.seeds[member]), step)
        z = scaled(
            rows.inputs[batch].to(work.dtype), view.center[member].to(work.dtype),
            view.scale[member].to(work.dtype), view.clip,
        )  # fmt: skip
        y = ((rows.targets[batch] - view.target_center[member]) / view.target_scale[member]).to(work.dtype)
        w = rows.weights[batch].to(work.dtype)
        loss = (w * work.objective.loss.function(machine(z), y)).sum() / w.sum().clamp(min=1e-30)
        total += float(loss.detach())
        optimizer.zero_grad()
        (loss + penalty_of(work, machine, member)).backward()
        if work.clip:
            torch.nn.utils.clip_grad_norm_(parameters, work.clip)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
    return torch.cat([p.detach().flatten() for p in parameters]), total / len(index[member])


def penalty_of(work: Work, machine: nn.Module, member: int) -> Tensor:
    parameters = dict(machine.named_parameters())
    weights = [parameters[slot.name] for slot in work.layout.slots if slot.is_weight]
    total = torch.zeros((), dtype=work.dtype)
    for i, recipe in enumerate(work.penalties):
        for layer, weight in enumerate(weights):
            if not recipe.layers or layer in recipe.layers:
                strength = work.penalty_strength[i, member]
                total = total + PENALTIES[recipe.kind].value(weight.flatten(), strength, recipe.ratio)
    return total


def rates_for(work: Work, steps: int) -> Tensor:
    return torch.linspace(0.002, 0.01, steps, dtype=work.dtype)[:, None] * torch.tensor([1.0, 0.7], dtype=work.dtype)


EXPLODED = 1e6
"""A run whose weights grow beyond this multiplies each rounding error with every step."""


def assert_as_oracle(work: Work, state: State, *, steps: int = 15, batch: int = 20, tolerance: float = 1e-11) -> None:
    index, rates, learnt = rows(2, steps, batch), rates_for(work, steps), state.clone()
    losses = compiled(work).advance(learnt, index, rates)
    for member in range(2):
        theta, loss = oracle(work, state, member, index, rates)
        scale = float(theta.abs().max())
        if not scale < EXPLODED:
            continue  # both explode, in their own roundings: there is nothing to compare
        torch.testing.assert_close(learnt.theta[member], theta, rtol=tolerance, atol=tolerance * scale)
        assert float(losses[member]) == pytest.approx(loss, rel=max(tolerance, 1e-9))
    assert learnt.steps.tolist() == [steps, steps]
