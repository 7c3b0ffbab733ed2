"""The normal equation: a machine that is linear in its weights is fitted in one stroke.

theta = (X^T X)^-1 X^T y, where X has one row a sample: the features that the last layer sees, and 1 for the bias.
With weights w and L2 strength lambda it minimises sum(w (y - X theta)^2) / (sum(w) out) + lambda sum(W^2).

X^T X is never formed: blocks of rows are folded into a small triangle R by QR factorisations, so any number of rows
fits the memory, and the condition number is not squared. Where columns depend on each other, the shortest theta.

Reference: Golub and Van Loan (2013), Matrix Computations, chapter 5; Gauss (1809), Theoria motus, section 179.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from isinglass.errors import TrainingError
from isinglass.learning.evaluate import data_loss
from isinglass.learning.plans.batching import Gather
from isinglass.learning.plans.plan import Work
from isinglass.learning.run import Tick
from isinglass.learning.training import Training
from isinglass.spec import Role

ROWS = 1 << 16


def closed_form(training: Training) -> Iterator[Tick]:
    """Fit every member on its TRAIN rows; one tick.

    Raises:
        TrainingError: if the machine is not linear in its weights, the loss is not squared, or a penalty is not L2.
    """
    work, run = training.work, training.run
    features, last = _parts(work)
    for member in range(len(training.members)):
        theta = solve(work, features, member, last)
        run.state.theta[member] = theta.to(work.dtype)
    run.step = training.pace.total
    yield training.look(data_loss(training.report.plan, work, run.state, training.train_rows))


def solve(work: Work, features: nn.Module, member: int, last: nn.Linear) -> Tensor:
    """The best weights of one member's last layer, laid out as theta: weight row by row, then bias."""
    gather = Gather(work, torch.tensor([member]))
    rows = work.rows.of(member, Role.TRAIN).to(torch.int32)
    total = work.rows.weights[rows.long()].sum().to(work.dtype)
    triangle: Tensor | None = None
    for part in rows.split(ROWS):
        block = _block(gather, features, part, last.bias is not None)
        weight = work.rows.weights[part.long()].to(work.dtype) / total
        triangle = _fold(triangle, block * weight.sqrt()[:, None])
    assert triangle is not None  # every member has rows: `Batches` has checked it
    columns = last.in_features + (last.bias is not None)
    triangle = _fold(triangle, _ridge(work, member, last, columns, triangle))
    solution = torch.linalg.lstsq(triangle[:, :columns], triangle[:, columns:], driver="gelsd").solution
    weights = solution[: last.in_features].T.reshape(-1)
    return torch.cat([weights, solution[last.in_features :].reshape(-1)])


def _block(gather: Gather, features: nn.Module, rows: Tensor, bias: bool) -> Tensor:
    """`[row, column + out]`: what the last layer sees, 1, and the target."""
    batch = gather.batch(rows[None])
    seen = features(batch.z[0])
    ones = [seen.new_ones(len(seen), 1)] if bias else []
    return torch.cat([seen, *ones, batch.target[0]], dim=1)


def _fold(triangle: Tensor | None, block: Tensor) -> Tensor:
    stacked = block if triangle is None else torch.cat([triangle, block])
    return torch.linalg.qr(stacked, mode="r").R


def _ridge(work: Work, member: int, last: nn.Linear, columns: int, like: Tensor) -> Tensor:
    """Rows sqrt(lambda out) e_i: penalties on the weights, weight decay (decay / 2 |theta|^2) on the bias too."""
    strength = like.new_full((columns,), float(work.weight_decay[member]) / 2)
    if work.penalty_strength is not None:
        strength[: last.in_features] += work.penalty_strength[:, member].sum()
    rows = like.new_zeros(columns, like.shape[1])
    rows[:, :columns] = torch.diag((strength * last.out_features).sqrt())
    return rows


def _parts(work: Work) -> tuple[nn.Module, nn.Linear]:
    """The fixed part of a machine and its one dense layer."""
    layers = list(work.machine) if isinstance(work.machine, nn.Sequential) else [work.machine]
    last = layers[-1]
    fixed = nn.Sequential(*layers[:-1]).to(work.dtype)
    linear = isinstance(last, nn.Linear) and not any(True for _ in fixed.parameters())
    squares = work.objective.loss.name == "squared" and all(p.kind == "l2" for p in work.penalties)
    ruled = work.view.head is not None or not work.objective.plain
    if not isinstance(last, nn.Linear) or not linear or not squares or ruled:
        raise TrainingError(
            "only a machine that is linear in its weights, with squared loss, L2 penalties and no constraints, has "
            "a closed form",
            where="learning.optimizer.kind",
            given="closed_form",
            instead="kind = 'lbfgs' or 'adam', or machine.kind = 'linear' or 'polynomial' with loss = 'squared'",
        )
    return fixed, last
