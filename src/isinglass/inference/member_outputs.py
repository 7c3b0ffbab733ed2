"""What each member says of rows, in original units, a block of rows at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isinglass.data.augment.views import View, views
from isinglass.learning.network import Network
from isinglass.learning.plans.forward import Forward
from isinglass.learning.plans.plan import State
from isinglass.learning.rows import tensor_of
from isinglass.objective.losses import Predictive

ROWS = 8192  # a block of rows: with 16 members and 64 units, activations of one layer are 34 MB
PIXELS = 1 << 18  # a block of images: with 32 feature maps of the same size, 34 MB

Floats = NDArray[np.floating]
Mask = NDArray[np.bool_]


class Block(NamedTuple):
    """Rows from `start` on, and which members may speak of them [member, sample]; None: all of all."""

    start: int
    rows: Floats
    keep: Mask | None


@dataclass(frozen=True)
class Answers:
    """The members, asked one block after the other; arguments as of `Ensemble`."""

    common: Network
    state: State
    plan: Forward
    views: Literal["none", "flip", "shift"] = "none"

    def of(self, block: Floats, keep: Mask | None = None) -> Predictive:
        """What each member says, in original units: arrays [member, sample, ...]."""
        view, loss = self.common.view, self.common.objective.loss
        with torch.inference_mode():
            if view.spec.flat:
                answer = loss.predict(self.plan.forward(self.state, torch.from_numpy(block)).double())
            else:
                answer = self._each(block, keep)
            if answer.mean is None or answer.probabilities is not None:
                return answer
            scaling = (view.target_center, view.target_scale)
            center, scale = (part[self.state.members][:, None].double() for part in scaling)
            variance = None if answer.variance is None else answer.variance * scale**2
            return replace(
                answer, mean=self.settled(view.in_units(answer.mean * scale + center), block), variance=variance
            )

    def one(self, block: Floats, keep: Mask | None, member: int) -> tuple[Tensor, Predictive]:
        """Of which images of a block a member may speak, int64 [n], and what it says of them, the mean over views."""
        rows = torch.arange(len(block)) if keep is None else torch.from_numpy(keep[member].nonzero()[0])
        with torch.inference_mode():
            images, one = tensor_of(block), self.state.rows(member, member + 1)
            images = images if keep is None else images[rows]
            told = [self._seen(one, images, view) for view in views(self.views)]

        def mean(name: str) -> Tensor | None:
            first, *others = (getattr(answer, name) for answer in told)
            return None if first is None else torch.stack([first, *others]).mean(dim=0)

        return rows, Predictive(mean=mean("mean"), variance=mean("variance"), probabilities=mean("probabilities"))

    def blocks(self, inputs: Floats, keep: Mask | None = None) -> Iterator[Block]:
        """The rows in the type that plans are given (images stay as they are), so many at a time as memory likes."""
        rows = ROWS
        if not self.common.view.spec.flat:
            rows = min(ROWS, max(1, PIXELS // math.prod(inputs.shape[1:])))
        for start in range(0, max(len(inputs), 1), rows):
            part = slice(start, start + rows)
            yield Block(start, self.ready(inputs[part]), None if keep is None else keep[:, part])

    def ready(self, inputs: Floats) -> Floats:
        """In the type that plans are given: images stay as they are."""
        if not self.common.view.spec.flat:
            return inputs
        return np.ascontiguousarray(inputs, dtype=np.float32 if self.common.dtype is torch.float32 else np.float64)

    def settled(self, mean: Tensor, block: Floats) -> Tensor:
        """Means after the exact laws once more: what rounding of single-precision weights has moved goes back."""
        head = self.common.view.head
        if head is None:
            return mean
        return head.laws.settle(mean, head.columns(torch.from_numpy(block).double()))

    def _each(self, block: Floats, keep: Mask | None) -> Predictive:
        """The same, one member after the other, for samples of several axes. Members say nothing (zeros) of samples of
        which they may not speak."""
        each = [self.one(block, keep, member) for member in range(len(self.state.members))]

        def whole(name: str) -> Tensor | None:
            told = [(rows, getattr(answer, name)) for rows, answer in each]
            if told[0][1] is None:
                return None
            values = torch.zeros(len(self.state.members), len(block), *told[0][1].shape[1:], dtype=torch.float64)
            for member, (rows, part) in enumerate(told):
                values[member, rows] = part.double()
            return values

        return Predictive(mean=whole("mean"), variance=whole("variance"), probabilities=whole("probabilities"))

    def _seen(self, one: State, images: Tensor, view: View) -> Predictive:
        if view == View():
            return self.common.objective.loss.predict(self.plan.forward(one, images)[0])
        answer = self.common.objective.loss.predict(self.plan.forward(one, view.apply(images.to(self.common.dtype)))[0])
        maps = answer.probabilities
        return answer if maps is None else replace(answer, probabilities=view.undo(maps))
