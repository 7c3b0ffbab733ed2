"""One machine of the looped plan that learns, and the batches of the member whose place it takes."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from isinglass.learning.parameters.param_groups import is_frozen
from isinglass.learning.plans.adversarial import attacked
from isinglass.learning.plans.batching import Batch, Gather
from isinglass.learning.plans.forward.borrowed import Borrowed
from isinglass.learning.plans.loss_gradient import weighted
from isinglass.learning.plans.plan import State, Tuning, Work
from isinglass.machine.layers import dropout_key, dropout_layers
from isinglass.objective.penalties.equation import Sizes
from isinglass.spec import Role

START = -1
"""Of the random start of attacks, beside the layers of dropout, which are counted from 0."""


class Learner(Borrowed):
    """A borrowed machine that learns: gradients are written to the member's row."""

    def __init__(self, work: Work, tuning: Tuning) -> None:
        super().__init__(work.network, tuning)
        self.work, self.asleep = work, False
        self.dropouts = list(dropout_layers(self.machine).values())

    def backward(self, one: State, gather: Gather, batch: Batch, gradient: Tensor) -> Tensor:
        """Data loss of one member's batch; its gradient is written to `gradient` `[1, P]`, to which it is bound."""
        self._wake(asleep=self.work.asleep(one.steps))
        self._set_dropout(one)
        gradient.zero_()
        with torch.enable_grad():
            batch = self._attacked(one, gather, batch) if self.work.adversarial else batch
            raw, *others = self.raw(batch.z[0], gather, batch.inputs)
            loss = self._with_equations(self._loss(raw, batch), one, gather, batch)
            (loss + self._auxiliary(others, batch) if others else loss).backward()
        return loss.detach()

    def _attacked(self, one: State, gather: Gather, batch: Batch) -> Batch:
        """The batch changed against the network as it is now (see `adversarial`)."""

        def loss(z: Tensor) -> Tensor:
            return self._loss(self.raw(z, gather, batch.inputs)[0], batch)

        key = int(dropout_key(one.seeds, one.steps, START)[0])
        z = attacked(batch.z[0], loss, gather, size=self.work.adversarial, key=key)
        return replace(batch, z=z[None])

    def _with_equations(self, loss: Tensor, one: State, gather: Gather, batch: Batch) -> Tensor:
        """The penalties of differential equations mixed into the data loss."""
        equations = self.work.equations
        if not equations or batch.inputs is None:
            return loss
        center, scale = gather.target_center[0], gather.target_scale[0]

        def outputs(x: Tensor) -> Tensor:
            raw = self.raw(gather.scaled(x)[0], gather, x[None])[0][0][:, : center.shape[-1]]
            return self.work.view.in_units(raw * scale + center)

        sizes, inputs = Sizes(scale[0], 1 / gather.scale[0, 0]), batch.inputs[0].to(self.work.dtype)
        seed, step = int(one.seeds[0]), int(one.steps[0])
        penalties = [e.alpha * e.penalty(outputs, inputs, sizes, seed=seed, step=step) for e in equations]
        return (1 - sum(e.alpha for e in equations)) * loss + torch.stack(penalties).sum()

    def _auxiliary(self, others: list[Tensor], batch: Batch) -> Tensor:
        weight = float(getattr(self.machine, "auxiliary_weight", 1.0))
        return weight * torch.stack([self._loss(raw, batch) for raw in others]).sum()

    def _loss(self, raw: Tensor, batch: Batch) -> Tensor:
        function = self.work.objective.loss.function
        loss = function(raw, batch.target)
        if batch.other is not None and batch.share is not None:
            loss = (1 - batch.share) * loss + batch.share * function(raw, batch.other)
        return weighted(loss, batch.weight).squeeze(0)

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


class MemberBatches:
    """The batches of one member, as it sees them: gathered, scaled, and of images changed at random."""

    def __init__(self, work: Work, one: State) -> None:
        self.one, self.gather, self.augment = one, Gather(work, one.members), work.rows.augment
        self.count = 0
        if self.augment is not None:
            self.count = max(1, len(work.rows.of(int(one.members[0]), Role.TRAIN)))

    def batch(self, index: Tensor, step: int) -> Batch:
        """Rows int32 `[1, batch]`, -1 is padding, of the member's step (its `steps`)."""
        batch = self.gather.batch(index[:, : int((index >= 0).sum())])
        if self.augment is None:
            return batch
        rows, epoch = index[0].long(), step * index.shape[1] // self.count
        seed = int(self.one.seeds[0])
        seen = self.augment(batch.z[0], batch.target[0], seed=seed, step=step, rows=rows[rows >= 0], epoch=epoch)
        other, share = (None if part is None else part[None] for part in (seen.other, seen.share))
        return replace(batch, z=seen.z[None], target=seen.target[None], other=other, share=share)
