"""What a plan is: one way to advance a population by many optimizer steps.

A plan is built once for a `Work` (what is to be learnt, for all members) and is then given a `State` (the
members that are still learning), which it changes in place. Members never influence each other: a plan may take
them in any order, in chunks, on several threads; the result for a member must not depend on it beyond rounding.

The step of one member, in this order (all plans):

1. rows = index[member, step]; negative entries are padding (always trailing; only with full batches) and have
   no influence at all, batch statistics included;
2. z = scaled(inputs[rows]); y = (targets[rows] - target_center) / target_scale; w = weights[rows];
3. raw = machine(z) in training mode, then the view's head if there is one. Images are first changed by the
   rows' `augment` with the member's seed and `steps`, then all inputs by `plans.adversarial` where that is asked
   for. A machine with auxiliary heads returns a tuple in training mode: the losses of all but the first count
   `machine.auxiliary_weight` times, and are not reported;
4. data loss = sum(w * loss(raw, y)) / sum(w), reported; 0 where sum(w) is 0;
5. g = its gradient with respect to theta + the penalties' gradients;
6. where clip > 0: g *= min(1, clip / (|g| + 1e-6)), |g| the Euclidean norm of the member's whole gradient
   (as `torch.nn.utils.clip_grad_norm_`);
7. the optimizer's step with the member's own rate and weight decay; the member's `steps` rises by one.

Where an objective has several players, 3 to 7 are done for one after the other, each with its own terms and moving its
own parameters alone; the later ones see what the earlier have become. `steps` rises after the last.

Dropout at step `s` (the member's `steps` before the step, from 0) uses, in layer `i` (counted from 0 in the order
of `machine.modules()`), the mask of `machine.layers.dropout_key(seed, s, i)` over `[batch, unit]`. p is the
member's own `dropout` where the work has one, the layer's where not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor, nn

from isinglass.learning.network import Network
from isinglass.learning.parameters.flat_params import Layout
from isinglass.learning.parameters.param_groups import Piece
from isinglass.learning.rows import Rows
from isinglass.learning.view import View
from isinglass.objective.batch import Batch
from isinglass.objective.objective import Objective
from isinglass.recipe import OptimizerRecipe, PenaltyRecipe

ONE_BY_ONE = "networks of images learn one by one, in the plan 'looped'"
"""Batched convolutions of several members are grouped ones: on a processor slower than one member after the other."""
ASLEEP = "stages that are not trained"
ATTACKED = "adversarial training"
PLAYERS = "several players"


class Feed(Protocol):
    """Where batches come from. Rows by their index are the ordinary feed (`IndexFeed`), which plans gather in their own
    quick ways; any other one makes each batch itself: noise for a generator, what an environment answers."""

    def batch(self, state: State, step: int) -> Batch:
        """The batch of one step.

        Args:
            state: the members that ask, as many as a plan takes at a time: a batch must depend on a member's own seed,
                weights and steps alone, so that a member learns the same alone and in company.
            step: optimizer steps that these members have taken; the same step is the same batch.

        Returns:
            With the leading axis `member`, in theta's dtype and on its device.
        """
        ...


@dataclass(frozen=True)
class Work:
    """What training needs beside the members' state: the network, what it learns from, and how; members' own settings
    by their row in the view's and the rows' `[member, ...]` arrays.

    Attributes:
        network: machine, views and objective.
        rows: what is learnt from.
        optimizer: kind, momentum, nesterov, betas, alpha, epsilon; no value is "auto".
        weight_decay: `[member]`, in theta's dtype.
        dropout: `[member]` or None: each dropout layer's own p.
        penalties: kinds and layers; strengths are in `penalty_strength`.
        penalty_strength: `[penalty, member]`.
        clip: largest gradient norm; 0: none.
        pieces: parts of theta with rates of their own; none: all of it learns alike.
        frozen: starts of the names of stages that are not trained, whose layers are in evaluation mode.
        thaw: steps after which they are; 0: never.
        average: decay of the running mean of the weights (see `learning.weight_averaging`); 0: none.
        lookahead: steps between pulls towards the slow weights; 0: none.
        adversarial: size of the change of every batch against the network (see `plans.adversarial`); 0: none.
        feed: where batches come from, if not from the rows by their index.
    """

    network: Network
    rows: Rows
    optimizer: OptimizerRecipe
    weight_decay: Tensor
    dropout: Tensor | None = None
    penalties: tuple[PenaltyRecipe, ...] = ()
    penalty_strength: Tensor | None = None
    clip: float = 0.0
    pieces: tuple[Piece, ...] = ()
    frozen: tuple[str, ...] = ()
    thaw: int = 0
    average: float = 0.0
    lookahead: int = 0
    adversarial: float = 0.0
    feed: Feed | None = None

    @property
    def machine(self) -> nn.Module:
        """The network's template."""
        return self.network.machine

    @property
    def layout(self) -> Layout:
        """Where its parameters lie in theta."""
        return self.network.layout

    @property
    def dtype(self) -> torch.dtype:
        """Of theta and of all arithmetic."""
        return self.network.dtype

    @property
    def view(self) -> View:
        """How the members see the rows."""
        return self.network.view

    @property
    def objective(self) -> Objective:
        """What is asked of the raw outputs."""
        return self.network.objective

    def asleep(self, steps: Tensor) -> bool:
        """Whether frozen stages are not trained by members that have taken `steps`."""
        return bool(self.frozen) and (not self.thaw or int(steps[0]) < self.thaw)

    def to(self, device: torch.device) -> Work:
        """The same on another device."""
        moved = ("weight_decay", "dropout", "penalty_strength")
        parts = {name: part if part is None else part.to(device) for name in moved for part in [getattr(self, name)]}
        return replace(self, network=self.network.to(device), rows=self.rows.to(device), **parts)

    def own(self, player: str | None) -> tuple[tuple[int, int], ...]:
        """The stretches of theta that are a player's: names of parameters begin with "player."; None, `ALL`: all."""
        if not player:
            return ((0, self.layout.size),)
        slots = [slot for slot in self.layout.slots if slot.name.startswith(f"{player}.")]
        return tuple((slot.offset, slot.end) for slot in slots)

    def keep_own(self, gradient: Tensor, player: str | None) -> None:
        """Zero a gradient `[member, P]` in place where it is not by a player's own parameters."""
        if player:
            mine = torch.zeros(gradient.shape[1], dtype=torch.bool, device=gradient.device)
            for start, stop in self.own(player):
                mine[start:stop] = True
            gradient.masked_fill_(~mine, 0.0)

    @property
    def followed(self) -> bool:
        """Whether other weights follow the weights, or parts of theta differ in how they learn."""
        return bool(self.pieces or self.average or self.lookahead)


@dataclass(frozen=True)
class Tuning:
    """How a plan runs; it changes speed, and results only by rounding.

    Attributes:
        chunk: members taken at a time (so that their state fits the cache); 0: all.
        threads: each takes chunks of its own; without chunks they work inside the operations.
        precision: of the matrix products: "float32", "float64" or "bfloat16".
        layout: of images: "channels_last" or "plain", channels first.
        devices: accelerators among which members are divided (see `placed`), by torch's names; none: the processor.
        graph: steps are recorded once and replayed (see `graphs`).
    """

    chunk: int = 0
    threads: int = 1
    precision: str = "float32"
    layout: str = "channels_last"
    devices: tuple[str, ...] = ()
    graph: bool = False


@dataclass
class State:
    """The members that are still learning. Everything that changes from step to step is here.

    On an accelerator theta, slots and buffers are there; what the program asks for by number stays in main memory.

    Attributes:
        theta: `[member, P]`, contiguous.
        slots: the optimizer's memory by torch.optim's names, each `[member, P]`, contiguous.
        buffers: the machine's buffers by dotted name, each `[member, *shape]` (running statistics).
        steps: int64 `[member]`: optimizer steps already taken.
        seeds: int64 `[member]`: what the member's dropout masks come from.
        members: int64 `[member]`: each one's row in the view's, the rows' and the work's `[member, ...]` arrays.
    """

    theta: Tensor
    slots: dict[str, Tensor]
    buffers: dict[str, Tensor]
    steps: Tensor
    seeds: Tensor
    members: Tensor

    def take(self, positions: Tensor) -> State:
        """A copy of some members, in the given order (int64 `[n]` positions in this state)."""
        return State(
            theta=self.theta[positions],
            slots={name: slot[positions] for name, slot in self.slots.items()},
            buffers={name: buffer[positions] for name, buffer in self.buffers.items()},
            steps=self.steps[positions],
            seeds=self.seeds[positions],
            members=self.members[positions],
        )

    def clone(self) -> State:
        """A copy that shares nothing."""
        return self.take(torch.arange(len(self.members)))

    def rows(self, start: int, stop: int) -> State:
        """Views of the members from `start` to `stop`: changing them changes this state."""
        part = slice(start, stop)
        return replace(
            self,
            theta=self.theta[part],
            slots={name: slot[part] for name, slot in self.slots.items()},
            buffers={name: buffer[part] for name, buffer in self.buffers.items()},
            steps=self.steps[part],
            seeds=self.seeds[part],
            members=self.members[part],
        )


class Plan(Protocol):
    """One way to run a work. Built by `PLANS[name](work, tuning)` once `supports(work)` has returned None."""

    name: str

    def __init__(self, work: Work, tuning: Tuning) -> None: ...

    @staticmethod
    def supports(work: Work) -> str | None:
        """The reason why this plan cannot run the work, in half a sentence; None if it can."""
        ...

    def advance(self, state: State, index: Tensor | None, rates: Tensor) -> Tensor:
        """Take as many optimizer steps as there are rates in place on theta, slots, buffers and steps.

        Args:
            state: as many members as the caller likes, in any order; may be other members at each call.
            index: int32 `[member, step, batch]`: rows of the work; -1 is padding. None: the work's feed.
            rates: `[step, member]` in theta's dtype: learning rates, schedules already multiplied in.

        Returns:
            `[member]` float64: the mean over the steps of the data loss before each step. A loss that is not
            finite is no error here: it is returned, and the caller restarts the member.
        """
        ...

    def gradient(self, state: State, index: Tensor | Batch, player: str | None = None) -> tuple[Tensor, Tensor]:
        """Data loss `[member]` and gradient `[member, P]` of one batch; penalties are in the gradient, clipping not.

        index is int32 `[member, batch]`, or a batch that a feed has made. Of a player: what it minimises, by its own
        parameters; None: of all players, each by its own. In training mode at the current `steps`; theta, slots and
        steps stay, running statistics may move.
        """
        ...

    def forward(self, state: State, inputs: Tensor) -> Tensor:
        """Raw outputs in evaluation mode: see `Forward.forward`."""
        ...
