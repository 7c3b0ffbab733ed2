"""The population as a predictor: arrays in, one honest distribution a row out.

A row that the study used is scored only by members that never saw it: `keep` says which. A new row is answered by
all members, those of every fold included.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from isinglass.data.augment.views import View, views
from isinglass.learning.calibration import Calibration
from isinglass.learning.hidden import last_hidden
from isinglass.learning.mixture import of_classes, of_numbers, shares
from isinglass.learning.novelty import Novelty
from isinglass.learning.plans.gather import Gather
from isinglass.learning.plans.plan import Plan, State, Work
from isinglass.learning.plans.threads import torch_threads
from isinglass.learning.population import Population
from isinglass.learning.prediction import Prediction
from isinglass.learning.problem import tensor_of
from isinglass.learning.segmentation import Segmented, averaged
from isinglass.objective.constraints import Residual
from isinglass.objective.losses import Predictive
from isinglass.types import Column, Task

ROWS = 8192  # a block of rows: with 16 members and 64 units, activations of one layer are 34 MB
PIXELS = 1 << 18  # a block of images: with 32 feature maps of the same size, 34 MB

Floats = NDArray[np.floating]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Ensemble:
    """Trained members and all that is needed to ask them.

    Args:
        work: the machine, its loss and the members' scalings; the problem's rows may be empty.
        state: the members' weights.
        plan: how `forward` is run.
        fold: [member] the fold whose test rows a member never saw.
        task, targets: what is predicted.
        calibration: of the spread, from out-of-bag rows.
        noise_floor: [out] standard deviation added to each member's noise: where the objective has no sigma of its
            own, what out-of-bag errors show beyond the members' disagreement.
        novelty: what is remembered of the training rows; None before they are known, and for masks.
        views: `augment.test_time`: over which views of an image the answers of each member are averaged.
    """

    work: Work
    state: State
    plan: Plan
    fold: NDArray[np.integer]
    task: Task
    targets: tuple[Column, ...]
    calibration: Calibration
    noise_floor: Floats
    novelty: Novelty | None = None
    views: Literal["none", "flip", "shift"] = "none"

    def __len__(self) -> int:
        return len(self.fold)

    @property
    def has_noise(self) -> bool:
        """Whether the objective itself predicts a variance."""
        return self.task is Task.REGRESSION and self._blank().variance is not None

    def predict(self, inputs: Floats, keep: Mask | None = None) -> Prediction:
        """Predict encoded rows, or images; of masks see `segment`.

        Args:
            inputs: [sample, feature] as `Schema.encode` makes them, NaN where missing; or images [sample, channel,
                height, width] of any depth, perhaps a memory map.
            keep: [member, sample] which members may speak of which row; None: all of all. A row for which nobody
                may speak is NaN.
        """
        inputs = self._ready(inputs)
        with torch_threads(1):  # a plan has its own threads; what follows is too small to share on a busy machine
            parts = [
                self._summary(block, slice_keep) for block, slice_keep in _blocks(inputs, keep, self._rows(inputs))
            ]
        mean, noise, ignorance, probabilities = (np.concatenate(part) for part in zip(*parts, strict=True))
        differ, novelty = ignorance, self.novelty
        if self.task is Task.REGRESSION:
            noise, ignorance = self.calibration.std(noise), self.calibration.std(ignorance)
        else:
            probabilities = self.calibration.probabilities(probabilities, self.task)
        lowest, highest = self._limits
        return Prediction(
            task=self.task,
            targets=self.targets,
            mean=mean,
            noise=noise,
            ignorance=ignorance,
            calibration=self.calibration,
            probabilities=None if self.task is Task.REGRESSION else probabilities,
            lowest=lowest,
            highest=highest,
            score_novelty=None if novelty is None else lambda: novelty.score(inputs, self.hidden),
            score_parts=None if novelty is None else lambda: novelty.parts(inputs, self.hidden, differ),
            find_beyond=None if novelty is None else lambda: novelty.outside(inputs),
            features=() if novelty is None else novelty.names,
            each_member=lambda: self.members(inputs),
            find_residuals=self._residuals_of(mean, inputs),
        )

    def members(self, inputs: Floats) -> Floats:
        """Each member's own mean [member, sample, out] or probabilities [member, sample, class]."""
        parts = []
        for block, _ in _blocks(self._ready(inputs), None, self._rows(inputs)):
            with torch_threads(1):
                answer = self._answer(block)
            told = answer.mean if answer.probabilities is None else answer.probabilities
            assert told is not None
            parts.append(told.numpy())
        return np.concatenate(parts, axis=1)

    def segment(self, inputs: Floats, keep: Mask | None = None) -> Iterator[Segmented]:
        """Predict masks, block by block: nothing of the size of all pixels times classes is kept.

        Args:
            inputs: [sample, channel, height, width], perhaps a memory map. Height and width need not be those of the
                training images where the machine takes others.
            keep: [member, sample] which members may speak of which image; None: all of all. Where nobody may speak
                probabilities are NaN.
        """
        classes = tuple(len(target.categories) for target in self.targets)
        temperature = self.calibration.temperature
        for start, (block, part) in zip(
            _starts(len(inputs), self._rows(inputs)), _blocks(inputs, keep, self._rows(inputs)), strict=True
        ):
            answers = (self._one(block, part, member) for member in range(len(self)))
            yield averaged(answers, slice(start, start + len(block)), classes=classes, temperature=temperature)

    def take(self, members: NDArray[np.integer]) -> Ensemble:
        """The same predictor with some of its members only."""
        positions = torch.as_tensor(np.asarray(members), dtype=torch.int64)
        state = self.state.take(positions)
        novelty = None if self.novelty is None else self.novelty.take(np.asarray(members))
        return replace(self, state=state, fold=self.fold[np.asarray(members)], novelty=novelty)

    def network(self, member: int) -> nn.Module:
        """One member as an ordinary module in evaluation mode, on copies of its weights: scaled inputs to raw."""
        state, work = self.state, self.work
        return Population(work.machine, work.layout, state.theta, state.buffers).network(member)

    def hidden(self, member: int, inputs: Floats) -> Floats:
        """The last hidden layer of a member [sample, unit] (see `learning.hidden`); no units where it has none."""
        network, gather = self.network(member), Gather(self.work, self.state.members[member : member + 1])
        parts = []
        with torch_threads(1):
            for block, _ in _blocks(self._ready(inputs), None, self._rows(inputs)):
                layer = last_hidden(network, gather.scaled(tensor_of(block))[0])
                parts.append(np.zeros((len(block), 0)) if layer is None else layer.double().numpy())
        return np.concatenate(parts)

    def _answer(self, block: Floats, keep: Mask | None = None) -> Predictive:
        """What each member says, in original units: arrays [member, sample, ...]."""
        with torch.inference_mode():
            if self.work.problem.images:
                answer = self._of_images(block, keep)
            else:
                raw = self.plan.forward(self.state, torch.from_numpy(block)).double()
                answer = self.work.problem.loss.predict(raw)
            if answer.mean is None or answer.probabilities is not None:
                return answer
            center, scale = (part[self.state.members][:, None].double() for part in self._target_scaling)
            variance = None if answer.variance is None else answer.variance * scale**2
            return replace(answer, mean=self._settled(answer.mean * scale + center, block), variance=variance)

    def _of_images(self, block: Floats, keep: Mask | None) -> Predictive:
        """The same for images. Members say nothing (zeros) of images of which they may not speak."""
        each = [self._one(block, keep, member) for member in range(len(self))]

        def whole(name: str) -> Tensor | None:
            told = [(rows, getattr(answer, name)) for rows, answer in each]
            if told[0][1] is None:
                return None
            values = torch.zeros(len(self), len(block), *told[0][1].shape[1:], dtype=torch.float64)
            for member, (rows, part) in enumerate(told):
                values[member, rows] = part.double()
            return values

        return Predictive(mean=whole("mean"), variance=whole("variance"), probabilities=whole("probabilities"))

    def _one(self, block: Floats, keep: Mask | None, member: int) -> tuple[Tensor, Predictive]:
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

    def _seen(self, one: State, images: Tensor, view: View) -> Predictive:
        if view == View():
            return self.work.problem.loss.predict(self.plan.forward(one, images)[0])
        answer = self.work.problem.loss.predict(self.plan.forward(one, view.apply(images.to(self._dtype)))[0])
        maps = answer.probabilities
        return answer if maps is None else replace(answer, probabilities=view.undo(maps))

    def _ready(self, inputs: Floats) -> Floats:
        """In the type that plans are given: images stay as they are."""
        if self.work.problem.images:
            return inputs
        return np.ascontiguousarray(inputs, dtype=np.float32 if self._dtype is torch.float32 else np.float64)

    def _rows(self, inputs: Floats) -> int:
        """Rows of a block."""
        return min(ROWS, max(1, PIXELS // math.prod(inputs.shape[1:]))) if self.work.problem.images else ROWS

    def _settled(self, mean: Tensor, block: Floats) -> Tensor:
        """Means after the exact laws once more: what rounding of single-precision weights has moved goes back."""
        head = self.work.problem.head
        if head is None:
            return mean
        return head.laws.settle(mean, head.columns(torch.from_numpy(block).double()))

    def _residuals_of(self, mean: Floats, inputs: Floats) -> Callable[[], tuple[Residual, ...]] | None:
        head = self.work.problem.head
        if head is None:
            return None
        return lambda: head.residuals(torch.from_numpy(mean), torch.from_numpy(inputs))

    @cached_property
    def _limits(self) -> tuple[Floats | float, Floats | float]:
        """What the laws allow each output: lowest and highest [out]."""
        head = self.work.problem.head
        if head is None or self.task is not Task.REGRESSION:
            return -np.inf, np.inf
        bounds = np.array([[-np.inf] * len(self.targets), [np.inf] * len(self.targets)])
        for place, (low, high) in head.laws.limits().items():
            bounds[:, place] = low, high
        return bounds[0], bounds[1]

    def _summary(self, block: Floats, keep: Mask | None) -> tuple[Floats, Floats, Floats, Floats]:
        answer = self._answer(block, keep)
        weight = shares(keep)
        if answer.probabilities is not None:
            return of_classes(answer.probabilities, weight, self.task)
        assert answer.mean is not None
        mean, noise, ignorance, nothing = of_numbers(answer.mean, answer.variance, weight, self._floor)
        # Where a law is not linear, a mean breaks it.
        return self._settled(torch.from_numpy(mean), block).numpy(), noise, ignorance, nothing

    def _blank(self) -> Predictive:
        width = self.work.problem.loss.width(self.outputs)
        return self.work.problem.loss.predict(torch.zeros(1, width))

    @property
    def outputs(self) -> int:
        """Classes (of all masks together), or targets."""
        counted = self.task in (Task.CLASSIFICATION, Task.SEGMENTATION)
        return sum(len(target.categories) for target in self.targets) if counted else len(self.targets)

    @property
    def _target_scaling(self) -> tuple[Tensor, Tensor]:
        return self.work.problem.target_center, self.work.problem.target_scale

    @cached_property
    def _floor(self) -> Tensor:
        return torch.as_tensor(self.noise_floor, dtype=torch.float64)

    @property
    def _dtype(self) -> torch.dtype:
        return self.work.dtype


def _starts(samples: int, rows: int) -> range:
    return range(0, max(samples, 1), rows)


def _blocks(inputs: Floats, keep: Mask | None, rows: int) -> Iterator[tuple[Floats, Mask | None]]:
    for start in _starts(len(inputs), rows):
        part = slice(start, start + rows)
        yield inputs[part], None if keep is None else keep[:, part]
