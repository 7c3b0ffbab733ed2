"""L-BFGS: second-order steps from full batches, each member with its own history and line search.

Reference: Nocedal (1980), Updating quasi-Newton matrices with limited storage, doi:10.1090/S0025-5718-1980-0572855-7;
the strong Wolfe line search is torch's.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from isinglass.learning.plans.plan import State
from isinglass.learning.plans.update import Penalties
from isinglass.learning.run import Tick
from isinglass.learning.training import Training

ITERATIONS = 10
"""L-BFGS iterations an epoch."""


def lbfgs(training: Training) -> Iterator[Tick]:
    """One tick an epoch of ten iterations, until the epochs are over or nobody improves."""
    run, searches = training.run, {}
    while len(run.state.members):
        losses = []
        for position, member in enumerate(run.state.members.tolist()):
            one = run.state.rows(position, position + 1)
            search = searches.setdefault(member, Search(training, one, member))
            losses.append(search.advance(one))
        run.step += 1
        yield training.look(torch.tensor(losses, dtype=torch.float64))


class Search:
    """One member's L-BFGS. It owns a copy of theta; `advance` brings the state up to it."""

    def __init__(self, training: Training, one: State, member: int) -> None:
        self.plan, self.work = training.report.plan, training.work
        self.index = training.batches.take(torch.tensor([member]), 0, 1)[:, 0]
        self.penalties = Penalties(self.work, one.members)
        self.decay = self.work.weight_decay[member]
        self.theta = one.theta[0].clone().requires_grad_()
        self.optimizer = torch.optim.LBFGS(
            [self.theta], lr=float(training.run.rate[member]), max_iter=ITERATIONS, line_search_fn="strong_wolfe",
            tolerance_grad=1e-10, tolerance_change=1e-14,
        )  # fmt: skip

    def advance(self, one: State) -> float:
        """Ten iterations; the data loss before the first of them."""
        self.one, self.data_loss = one, []
        self.optimizer.step(self._objective)
        one.theta[0] = self.theta.detach()
        one.steps += 1
        return self.data_loss[0]

    def _objective(self) -> Tensor:
        with torch.no_grad():
            self.one.theta[0] = self.theta
            loss, gradient = self.plan.gradient(self.one, self.index)
            self.theta.grad = gradient[0].add_(self.theta, alpha=float(self.decay))
            self.data_loss.append(float(loss))
            length = 0.5 * self.decay * self.theta.square().sum()
            return loss[0].to(self.theta.dtype) + self.penalties.value(self.one.theta)[0] + length
