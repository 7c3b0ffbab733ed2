"""All that a run of the engine must remember, and what it shows the world after each tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from isinglass.learning.optimizers import OPTIMIZERS
from isinglass.learning.plans.plan import State
from isinglass.learning.population import Population
from isinglass.learning.stopping import Best
from isinglass.recipe import OptimizerRecipe

RESTARTS = 3
SLOWER = 1 / 3
EXPLODED = 1e4
"""A training loss so many times the initial one has exploded, finite or not."""
THETA = "theta"


@dataclass(frozen=True)
class Tick:
    """What one look at the run shows. Rows are members of the problem; NaN where there is nothing to show.

    Attributes:
        epoch: epochs done by the members that are learning now.
        epochs: epochs planned for them.
        step: optimizer steps done by them.
        train_loss: float64 `[member]`, mean of the data loss since the last tick.
        stop_loss: float64 `[member]`, data loss on the STOP rows now.
        active: bool `[member]`, who goes on learning.
        rate: float64 `[member]`, the learning rate of the last step; NaN for solvers that have none.
        seconds: since the start, over all sessions of a resumed run.
        restarted: members whose loss exploded at this tick: they start again with a third of their rate.
        round: 0, or which round of restarts.
    """

    epoch: float
    epochs: int
    step: int
    train_loss: np.ndarray
    stop_loss: np.ndarray
    active: np.ndarray
    rate: np.ndarray
    seconds: float = 0.0
    restarted: tuple[int, ...] = ()
    round: int = 0


@dataclass
class Run:
    """Everything that changes while a population learns: a checkpoint is this and nothing else.

    Attributes:
        state: the members that are learning.
        best: the result so far, a row for every member.
        rate: float64 `[member]`: base learning rates, lowered by restarts.
        restarts: int64 `[member]`: how often each started again.
        waiting: bool `[member]`: will start again when the others are done.
        failed: bool `[member]`: given up.
        initial: float64 `[member]`: the loss before the first step.
        step: steps taken by the members that are learning.
        round: rounds of restarts so far.
        seconds: since the start, over all sessions.
        ticks: all ticks so far.
        snapshots: theta `[snapshot, member, P]` and buffers by name, NaN or 0 where not taken; empty without.
    """

    state: State
    best: Best
    rate: Tensor
    restarts: Tensor
    waiting: Tensor
    failed: Tensor
    initial: Tensor
    step: int = 0
    round: int = 0
    seconds: float = 0.0
    ticks: list[Tick] = field(default_factory=list)
    snapshots: dict[str, Tensor] = field(default_factory=dict)

    @property
    def unfinished(self) -> bool:
        """Whether somebody learns, or waits to start again."""
        return len(self.state.members) > 0 or bool(self.waiting.any())

    @staticmethod
    def begin(state: State, rate: Tensor) -> Run:
        """A run at rest; `state` holds all members in order."""
        none = torch.zeros(len(rate), dtype=torch.bool)
        return Run(
            state=state,
            best=Best.of(state),
            rate=rate.to(torch.float64).clone(),
            restarts=torch.zeros(len(rate), dtype=torch.int64),
            waiting=none.clone(),
            failed=none.clone(),
            initial=torch.full((len(rate),), torch.nan, dtype=torch.float64),
        )

    def exploded(self, train_loss: Tensor) -> Tensor:
        """Which of the learning members have lost their way: bool `[member]`."""
        members = self.state.members
        limit = EXPLODED * (self.initial[members].abs() + 1)
        sound = (train_loss.abs() <= limit) & self.state.theta.isfinite().all(1)
        return ~sound

    def set_aside(self, positions: Tensor) -> tuple[int, ...]:
        """Members of the state (bool `[member]`) wait for the next round, or have failed for good."""
        if not bool(positions.any()):
            return ()
        members = self.state.members[positions]
        self.restarts[members] += 1
        self.rate[members] *= SLOWER
        again = self.restarts[members] <= RESTARTS
        self.waiting[members[again]] = True
        self.failed[members[~again]] = True
        return tuple(members.tolist())

    def give_no_second_chance(self) -> None:
        """For solvers without a learning rate: a result that is not finite is a failure at once."""
        self.restarts[:], self.initial[:] = RESTARTS, torch.inf

    def take_snapshots(self, state: State, before: int, total: int, number: int) -> None:
        """Remember the weights of learning members at `number` equally spaced places of the last half of `total`
        steps, of those that lie after step `before` and not after the present one.

        Reference: Huang et al. (2017), Snapshot ensembles, arXiv:1704.00109 (weights of one run as an ensemble).
        """
        places = [round(total * (0.5 + 0.5 * i / (number + 1))) for i in range(1, number + 1)]
        for i in [i for i, place in enumerate(places) if before < place <= self.step]:
            for name, value in {THETA: state.theta, **state.buffers}.items():
                if name not in self.snapshots:
                    empty = torch.nan if value.is_floating_point() else 0
                    self.snapshots[name] = value.new_full((number, len(self.rate), *value.shape[1:]), empty)
                self.snapshots[name][i, state.members] = value

    def with_snapshots(self, state: State) -> State:
        """A state of all members, followed by the snapshots of those that have not failed."""
        if not self.snapshots:
            return state
        theta = self.snapshots[THETA]
        number, member = (theta.isfinite().all(2) & ~self.failed).nonzero(as_tuple=True)
        further = state.take(member)
        further.theta.copy_(theta[number, member])
        for name, buffer in further.buffers.items():
            buffer.copy_(self.snapshots[name][number, member])
        return State(
            theta=torch.cat([state.theta, further.theta]),
            slots={},
            buffers={name: torch.cat([buffer, further.buffers[name]]) for name, buffer in state.buffers.items()},
            steps=torch.cat([state.steps, further.steps]),
            seeds=torch.cat([state.seeds, further.seeds]),
            members=torch.cat([state.members, further.members]),
        )

    def start_again(self, initial: State) -> None:
        """The next round: the waiting members from their initial weights. `initial` holds all members."""
        again = self.waiting.nonzero().squeeze(1)
        self.state = initial.take(again)
        self.best.forget(again)
        self.waiting[:] = False
        self.step, self.round = 0, self.round + 1

    def result(self, population: Population) -> Population:
        """The population with the best weights of every member."""
        return Population(population.machine, population.layout, self.best.theta, self.best.buffers)


def spread(values: Tensor, members: Tensor, total: int) -> np.ndarray:
    """Values of some members as an array of all, NaN elsewhere: float64 `[member]`."""
    out = np.full(total, np.nan)
    out[members.numpy()] = values.numpy()
    return out


def at_rest(population: Population, seeds: Sequence[int], optimizer: OptimizerRecipe) -> State:
    """All members before their first step, on copies, with the optimizer's memory."""
    rule, state = OPTIMIZERS.get(optimizer.kind), population.state(seeds)
    return replace(state, slots=rule.init(state.theta, optimizer) if rule else {})
