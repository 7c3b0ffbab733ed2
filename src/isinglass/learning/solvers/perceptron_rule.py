"""The perceptron's own learning rule: only a wrong answer changes the weights.

Row by row: w += rate (t - y) x, b += rate (t - y), with y = 1 where w . x + b > 0 and t the wanted answer, 0 or 1.
Where the classes can be divided by a plane, it ends after finitely many errors.

Reference: Rosenblatt (1958), The perceptron, doi:10.1037/h0042519; Novikoff (1962), On convergence proofs on
perceptrons.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from isinglass.errors import TrainingError
from isinglass.learning.plans.batching import Gather
from isinglass.learning.plans.plan import State, Work
from isinglass.learning.run import Tick
from isinglass.learning.training import Training
from isinglass.machine.layers import Step


def perceptron(training: Training) -> Iterator[Tick]:
    """One tick an epoch; a member is done after an epoch without errors.

    Raises:
        TrainingError: if the machine is not a perceptron.
    """
    work, run = training.work, training.run
    fixed, last = _parts(work)
    while len(run.state.members):
        rows = training.batches.passes(run.state.members, run.step)
        errors = _epoch(work, run.state, rows, fixed, last, rate=run.rate[run.state.members])
        run.step += 1
        run.state.steps += 1
        yield training.look(errors, done=errors == 0)


def _epoch(work: Work, state: State, rows: Tensor, fixed: nn.Module, last: nn.Linear, *, rate: Tensor) -> Tensor:
    """One pass over rows `[member, n]` (-1 is padding) at rates `[member]`; the share of wrong answers, float64
    `[member]`."""
    gather = Gather(work, state.members)
    batch = gather.batch(rows)
    z, wanted = fixed(batch.z), _wanted(work, rows, last.out_features).to(work.dtype)
    weight = state.theta[:, : last.weight.numel()].unflatten(1, last.weight.shape)
    bias = state.theta[:, last.weight.numel() :]
    rate, wrong = rate.to(work.dtype)[:, None], torch.zeros(len(rows), dtype=torch.float64)
    for k in range(rows.shape[1]):
        fires = (torch.einsum("mof,mf->mo", weight, z[:, k]) + bias > 0).to(work.dtype)
        error = (wanted[:, k] - fires) * (rows[:, k, None] >= 0)
        weight += (rate * error)[:, :, None] * z[:, k, None]
        bias += rate * error
        wrong += (error != 0).any(1)
    return wrong / (rows >= 0).sum(1)


def _wanted(work: Work, rows: Tensor, outputs: int) -> Tensor:
    """0 or 1 for every output: the target itself, or the class one-hot: `[member, n, out]`."""
    target = work.rows.targets[rows.clamp(min=0).long()]
    if target.shape[-1] == outputs:
        return target > 0.5
    return nn.functional.one_hot(target.squeeze(-1).long(), outputs)


def _parts(work: Work) -> tuple[nn.Module, nn.Linear]:
    layers = list(work.machine) if isinstance(work.machine, nn.Sequential) else []
    layers = layers[:-1] if layers and isinstance(layers[-1], Step) else layers
    last = layers[-1] if layers else None
    if not isinstance(last, nn.Linear) or last.bias is None or work.layout.size != last.weight.numel() + len(last.bias):
        raise TrainingError(
            "the perceptron rule is for one dense layer with a threshold",
            where="learning.optimizer.kind",
            given="perceptron",
            instead="machine.kind = 'perceptron', or optimizer.kind = 'adam'",
        )
    return nn.Sequential(*layers[:-1]).to(work.dtype), last
