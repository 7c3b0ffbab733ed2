"""One machine of the looped plan that learns, and the batches of the member whose place it takes."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from isinglass.learning.parameters.param_groups import is_frozen
from isinglass.learning.plans.adversarial import attacked
from isinglass.learning.plans.batching import Batch, Gather
from isinglass.learning.plans.forward.borrowed import Borrowed
from isinglass.learning.plans.plan import State, Tuning, Work
from isinglass.machine.layers import dropout_key, dropout_layers
from isinglass.objective.batch import AsFunction
from isinglass.spec import Role

START = -1
"""Of the random start of attacks, beside the layers of dropout, which are counted from 0."""


class Learner(Borrowed):
    """A borrowed machine that learns: gradients are written to the member's row."""

    def __init__(self, work: Work, tuning: Tuning) -> None:
        super().__init__(work.network, tuning)
        self.work, self.asleep = work, False
        self.dropouts = list(dropout_layers(self.machine).values())

    def backward(self, one: State, gather: Gather, batch: Batch, gradient: Tensor, player: str | None = None) -> Tensor:
        """What a player minimises, for one member's batch; the gradient by its own parameters is written to `gradient`
        `[1, P]`, to which the machine is bound. None: all terms, all parameters."""
        self._wake(asleep=self.work.asleep(one.steps))
        self._set_dropout(one)
        gradient.zero_()
        with torch.enable_grad():
            batch = self._attacked(one, gather, batch) if self.work.adversarial else batch
            raw, *others = self.raw(batch.z[0], gather, batch.inputs)
            if self.work.objective.asks:
                batch = replace(batch, network=self._as_function(one, gather))
            loss = self._loss(raw, gather, batch, player)
            (loss + self._auxiliary(others, gather, batch) if others else loss).backward()
        self.work.keep_own(gradient, player)
        return loss.detach()

    def _attacked(self, one: State, gather: Gather, batch: Batch) -> Batch:
        """The batch changed against the network as it is now (see `adversarial`)."""

        def loss(z: Tensor) -> Tensor:
            raw = self.raw(z, gather, batch.inputs)[0]
            return self.work.objective.data(raw, batch, gather.members).squeeze(0)

        key = int(dropout_key(one.seeds, one.steps, START)[0])
        z = attacked(batch.z[0], loss, gather, size=self.work.adversarial, key=key)
        return replace(batch, z=z[None])

    def _loss(self, raw: Tensor, gather: Gather, batch: Batch, player: str | None = None) -> Tensor:
        return self.work.objective.total(raw, batch, gather.members, player).squeeze(0)

    def _auxiliary(self, others: list[Tensor], gather: Gather, batch: Batch) -> Tensor:
        weight = float(getattr(self.machine, "auxiliary_weight", 1.0))
        objective, members = self.work.objective, gather.members
        return weight * torch.stack([objective.data(raw, batch, members).squeeze(0) for raw in others]).sum()

    def _as_function(self, one: State, gather: Gather) -> AsFunction:
        """The member's network, in the targets' units."""
        center, scale = gather.target_center[0], gather.target_scale[0]

        def outputs(x: Tensor) -> Tensor:
            raw = self.raw(gather.scaled(x)[0], gather, x[None])[0][0][:, : center.shape[-1]]
            return self.work.view.in_units(raw * scale + center)

        return AsFunction(outputs, 1 / gather.scale[0, 0], scale[0], seed=int(one.seeds[0]), step=int(one.steps[0]))

    def _wake(self, *, asleep: bool) -> None:
        """Training mode; frozen stages that are asleep are in evaluation mode and have no gradient."""
        self.machine.train()
        if asleep:
            for name, layer in self.machine.named_modules():
                if is_frozen(name, self.work.frozen):
                    layer.eval()
        if asleep != self.asleep:
            for name, parameter in self.parameters.items():
                if is_frozen(name, self.work.frozen):
                    parameter.requires_grad_(not asleep)
            self.asleep = asleep

    def _set_dropout(self, one: State) -> None:
        for i, layer in enumerate(self.dropouts):
            layer.key = dropout_key(one.seeds, one.steps, i)[0]
            if self.work.dropout is not None:
                layer.p = self.work.dropout[one.members][0].to(torch.float32)


class IndexFeed:
    """A `Feed` of rows by their index, as one member sees them: gathered, scaled, and of images changed at random.

    Args:
        work: whose rows.
        one: the member.
        index: int32 `[1, step, batch]`, -1 is padding, which is left out.
        first: of which step the index begins with.
    """

    def __init__(self, work: Work, one: State, index: Tensor, *, first: int) -> None:
        self.gather, self.augment, self.index, self.first = Gather(work, one.members), work.rows.augment, index, first
        self.count = 0
        if self.augment is not None:
            self.count = max(1, len(work.rows.of(int(one.members[0]), Role.TRAIN)))

    def batch(self, state: State, step: int) -> Batch:
        """See `Feed.batch`."""
        index = self.index[:, step - self.first]
        batch = self.gather.batch(index[:, : int((index >= 0).sum())])
        if self.augment is None:
            return batch
        rows, epoch = index[0].long(), step * index.shape[1] // self.count
        seed = int(state.seeds[0])
        seen = self.augment(batch.z[0], batch.target[0], seed=seed, step=step, rows=rows[rows >= 0], epoch=epoch)
        other, share = (None if part is None else part[None] for part in (seen.other, seen.share))
        return replace(batch, z=seen.z[None], target=seen.target[None], other=other, share=share)
