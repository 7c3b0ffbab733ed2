"""From gradient to step: penalties, clipping, and the optimizer with each member's own rate and decay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor

from isinglass.learning.averaging import follow
from isinglass.learning.optimizers import OPTIMIZERS, Move, equal_runs
from isinglass.learning.plans.plan import State, Work
from isinglass.learning.problem import on
from isinglass.objective.penalties import PENALTIES


class Update:
    """Changes some members' theta and slots in place, step after step.

    Args:
        work: the work.
        state: the members.
        rates: `[step, member]`, all steps that will be taken; in main memory.
    """

    def __init__(self, work: Work, state: State, rates: Tensor) -> None:
        self.work, self.state = work, state
        theta = state.theta
        self.runs = equal_runs(rates, state.steps)
        self.numbers = rates[:, [start for start, _ in self.runs]].tolist()
        self.rates = on(rates, theta.device)[:, :, None].unbind(0)
        self.count = on(state.steps[:, None].to(rates.dtype), theta.device)
        self.optimizer = OPTIMIZERS[work.optimizer.kind]
        decay = work.weight_decay[state.members, None]
        self.decay = decay if bool(decay.any()) else None
        self.penalties = Penalties(work, state.members)

    def step(self, k: int, gradient: Tensor) -> None:
        """Step k of the rates; gradient `[member, P]` of the data loss is overwritten."""
        self.penalties.add_gradient(self.state.theta, gradient)
        clip_(gradient, self.work.clip)
        state = self.state
        state.steps += 1
        self.count += 1
        rate, numbers = self.rates[k], self.numbers[k]
        move = Move(state.theta, gradient, state.slots, self.count, rate, self.decay, self.runs, numbers)
        if not self.work.followed:
            self.optimizer.step(move, self.work.optimizer)
            return
        for part in self._parts(move):
            self.optimizer.step(part, self.work.optimizer)
        follow(state, average=self.work.average, lookahead=self.work.lookahead)

    def _parts(self, move: Move) -> Iterator[Move]:
        """The pieces of theta that learn at this step, each with its rate."""
        if not self.work.pieces:
            yield move
            return
        asleep = self.work.asleep(int(self.state.steps[0]) - 1)
        names = self.optimizer.names(self.work.optimizer)
        for piece in self.work.pieces:
            if not (piece.frozen and asleep):
                part = slice(piece.start, piece.stop)
                yield replace(
                    move,
                    theta=move.theta[:, part],
                    gradient=move.gradient[:, part],
                    slots={name: move.slots[name][:, part] for name in names},
                    rate=move.rate * piece.factor,
                    numbers=[rate * piece.factor for rate in move.numbers],
                    shape=piece.shape,
                )


def clip_(gradient: Tensor, largest: float) -> None:
    """g *= min(1, largest / (|g| + 1e-6)) for each member's `[P]`; 0: leave it.

    Reference: Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent networks, ICML.
    """
    if largest:
        norm = gradient.norm(dim=1, keepdim=True)
        gradient.mul_((largest / (norm + 1e-6)).clamp_(max=1.0))


class Penalties:
    """The regularisers of a work as some members see them: values and gradients on flat theta."""

    def __init__(self, work: Work, members: Tensor) -> None:
        weights = [slot for slot in work.layout.slots if slot.is_weight]
        strengths = work.penalty_strength
        self.terms = [
            (PENALTIES[recipe.kind], strengths[i, members], recipe.ratio, slot)
            for i, recipe in enumerate(work.penalties)
            for layer, slot in enumerate(weights)
            if strengths is not None and (not recipe.layers or layer in recipe.layers)
        ]

    def value(self, theta: Tensor) -> Tensor:
        """The sum of all penalties: theta `[member, P]` -> `[member]`."""
        total = theta.new_zeros(theta.shape[0])
        for penalty, strength, ratio, slot in self.terms:
            total += penalty.value(theta[:, slot.offset : slot.end], strength, ratio)
        return total

    def add_gradient(self, theta: Tensor, gradient: Tensor) -> None:
        """Add the penalties' gradients to `gradient` `[member, P]` in place."""
        for penalty, strength, ratio, slot in self.terms:
            part = slice(slot.offset, slot.end)
            gradient[:, part] += penalty.gradient(theta[:, part], strength, ratio)
