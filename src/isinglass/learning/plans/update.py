"""From gradient to step: penalties, clipping, and the optimizer with each member's own rate and decay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from isinglass.learning.optimizers import OPTIMIZERS
from isinglass.learning.optimizers.rules import Move, Runs, equal_runs
from isinglass.learning.parameters.param_groups import Piece
from isinglass.learning.plans.plan import State, Work
from isinglass.objective.penalties import PENALTIES
from isinglass.objective.terms import ALL
from isinglass.tensors import on


@dataclass(frozen=True)
class Rate:
    """The members' rates of one step: `[member, 1]` on their device, and as `Move.numbers`."""

    values: Tensor
    numbers: Sequence[float] = ()


class Rates:
    """Rates `[step, member]`, in main memory, of members that have taken `steps`; `runs` as in `Move`."""

    def __init__(self, rates: Tensor, state: State) -> None:
        self.runs = equal_runs(rates, state.steps)
        self.numbers = rates[:, [start for start, _ in self.runs]].tolist()
        self.values = on(rates, state.theta.device)[:, :, None].unbind(0)

    def __getitem__(self, k: int) -> Rate:
        return Rate(self.values[k], self.numbers[k])


class Update:
    """Changes some members' theta and slots in place, step after step; `runs` as in `Move`."""

    def __init__(self, work: Work, state: State, runs: Runs) -> None:
        self.work, self.state, self.runs = work, state, runs
        self.optimizer = OPTIMIZERS[work.optimizer.kind]
        decay = work.weight_decay[state.members, None]
        self.decay = decay if bool(decay.any()) else None
        self.penalties = Penalties(work, state.members)

    def step(self, gradient: Tensor, rate: Rate, player: str = ALL, *, last: bool = True) -> None:
        """One step of a player, the last one of this step or not; gradient `[member, P]` of the data loss is
        overwritten. What follows is left to `averaging`."""
        self.penalties.add_gradient(self.state.theta, gradient)
        self.work.keep_own(gradient, player)
        clip_(gradient, self.work.clip)
        state, parts = self.state, self._learning(player)
        done = state.steps + 1
        if last:
            state.steps += 1
        count = on(done[:, None].to(state.theta.dtype), state.theta.device)
        move = Move(state.theta, gradient, state.slots, count, rate.values, self.decay, self.runs, rate.numbers)
        if not self.work.pieces and not player:
            self.optimizer.step(move, self.work.optimizer)
        for piece in parts:
            self.optimizer.step(self._part(move, piece), self.work.optimizer)

    def _learning(self, player: str) -> list[Piece]:
        """The pieces of theta that learn at this step."""
        asleep = self.work.asleep(self.state.steps)
        pieces = [piece for piece in self.work.pieces if not (piece.frozen and asleep)]
        if not player:
            return pieces
        whole = [Piece(0, self.work.layout.size, 1.0)] if not self.work.pieces else pieces
        shared = [(piece, span) for span in self.work.own(player) for piece in whole]
        cut = [replace(piece, start=max(piece.start, a), stop=min(piece.stop, b)) for piece, (a, b) in shared]
        return [piece for piece in cut if piece.start < piece.stop]

    def _part(self, move: Move, piece: Piece) -> Move:
        part = slice(piece.start, piece.stop)
        return replace(
            move,
            theta=move.theta[:, part],
            gradient=move.gradient[:, part],
            slots={name: move.slots[name][:, part] for name in self.optimizer.names(self.work.optimizer)},
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
