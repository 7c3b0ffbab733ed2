"""The population as a predictor: arrays in, one honest distribution a row out.

A row that the study used is scored only by members that never saw it: `keep` says which. A new row is answered by
all members, those of every fold included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isinglass.learning.calibration import Calibration
from isinglass.learning.novelty import Novelty
from isinglass.learning.plans.plan import Plan, State, Work
from isinglass.learning.plans.threads import torch_threads
from isinglass.learning.prediction import Prediction
from isinglass.objective.losses import Predictive
from isinglass.types import Column, Task

ROWS = 8192  # a block of rows: with 16 members and 64 units, activations of one layer are 34 MB

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
        novelty: the remembered training rows; None before they are known.
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

    def __len__(self) -> int:
        return len(self.fold)

    @property
    def has_noise(self) -> bool:
        """Whether the objective itself predicts a variance."""
        return self.task is Task.REGRESSION and self._blank().variance is not None

    def predict(self, inputs: Floats, keep: Mask | None = None) -> Prediction:
        """Predict encoded rows.

        Args:
            inputs: [sample, feature] as `Schema.encode` makes them, NaN where missing.
            keep: [member, sample] which members may speak of which row; None: all of all. A row for which nobody
                may speak is NaN.
        """
        inputs = np.ascontiguousarray(inputs, dtype=np.float32 if self._dtype is torch.float32 else np.float64)
        with torch_threads(1):  # a plan has its own threads; what follows is too small to share on a busy machine
            parts = [self._summary(block, slice_keep) for block, slice_keep in _blocks(inputs, keep)]
        mean, noise, ignorance, probabilities = (np.concatenate(part) for part in zip(*parts, strict=True))
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
            score_novelty=None if self.novelty is None else lambda: self._novelty(inputs),
            each_member=lambda: self.members(inputs),
        )

    def members(self, inputs: Floats) -> Floats:
        """Each member's own mean [member, sample, out] or probabilities [member, sample, class]."""
        parts = []
        for block, _ in _blocks(inputs, None):
            with torch_threads(1):
                answer = self._answer(block)
            told = answer.mean if answer.probabilities is None else answer.probabilities
            assert told is not None
            parts.append(told.numpy())
        return np.concatenate(parts, axis=1)

    def take(self, members: NDArray[np.integer]) -> Ensemble:
        """The same predictor with some of its members only."""
        positions = torch.as_tensor(np.asarray(members), dtype=torch.int64)
        state = self.state.take(positions)
        return replace(self, state=state, fold=self.fold[np.asarray(members)])

    def _answer(self, block: Floats) -> Predictive:
        """What each member says, in original units: arrays [member, sample, ...]."""
        with torch.inference_mode():
            raw = self.plan.forward(self.state, torch.from_numpy(block)).double()
            answer = self.work.problem.loss.predict(raw)
            if answer.mean is None or answer.probabilities is not None:
                return answer
            center, scale = (part[self.state.members][:, None].double() for part in self._target_scaling)
            variance = None if answer.variance is None else answer.variance * scale**2
            return replace(answer, mean=self._settled(answer.mean * scale + center, block), variance=variance)

    def _settled(self, mean: Tensor, block: Floats) -> Tensor:
        """Means after the exact laws once more: what rounding of single-precision weights has moved goes back."""
        head = self.work.problem.head
        if head is None:
            return mean
        return head.laws.settle(mean, head.columns(torch.from_numpy(block).double()))

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
        answer = self._answer(block)
        weight = _shares(keep)
        if answer.probabilities is not None:
            return _of_classes(answer.probabilities, weight, self.task)
        assert answer.mean is not None
        return _of_numbers(answer.mean, answer.variance, weight, self._floor)

    def _novelty(self, inputs: Floats) -> Floats:
        assert self.novelty is not None
        return self.novelty.score(inputs)

    def _blank(self) -> Predictive:
        width = self.work.problem.loss.width(self.outputs)
        return self.work.problem.loss.predict(torch.zeros(1, width))

    @property
    def outputs(self) -> int:
        """Classes, or targets."""
        return len(self.targets[0].categories) if self.task is Task.CLASSIFICATION else len(self.targets)

    @property
    def _target_scaling(self) -> tuple[Tensor, Tensor]:
        return self.work.problem.target_center, self.work.problem.target_scale

    @cached_property
    def _floor(self) -> Tensor:
        return torch.as_tensor(self.noise_floor, dtype=torch.float64)

    @property
    def _dtype(self) -> torch.dtype:
        return self.work.dtype


def _blocks(inputs: Floats, keep: Mask | None) -> Iterator[tuple[Floats, Mask | None]]:
    for start in range(0, max(len(inputs), 1), ROWS):
        part = slice(start, start + ROWS)
        yield inputs[part], None if keep is None else keep[:, part]


def _shares(keep: Mask | None) -> Tensor | None:
    """Weights [member, sample, 1] that sum to 1 over the members that may speak; NaN where nobody may."""
    if keep is None:
        return None
    allowed = torch.from_numpy(np.ascontiguousarray(keep)).double()
    return (allowed / allowed.sum(dim=0))[..., None]


def _average(values: Tensor, weight: Tensor | None) -> Tensor:
    """Over members: [member, sample, ...] -> [sample, ...]."""
    return values.mean(dim=0) if weight is None else (weight * values).sum(dim=0)


def _of_numbers(
    mean: Tensor, variance: Tensor | None, weight: Tensor | None, floor: Tensor
) -> tuple[Floats, Floats, Floats, Floats]:
    center = _average(mean, weight)
    members = torch.tensor(float(len(mean))) if weight is None else (weight > 0).sum(dim=0).double()
    # 1/(K-1) sum (mu_k - mu)^2, and (1 + 1/K) because mu itself comes from K members only.
    unbiased = (members + 1.0) / (members - 1.0).clamp_min(1.0)
    ignorance = (_average((mean - center).square_(), weight) * unbiased).sqrt_()
    noise2 = floor**2 if variance is None else _average(variance, weight).add_(floor**2)
    nothing = np.empty((len(center), 0))
    return center.numpy(), noise2.sqrt().expand_as(center).numpy(), ignorance.numpy(), nothing


def _of_classes(probabilities: Tensor, weight: Tensor | None, task: Task) -> tuple[Floats, Floats, Floats, Floats]:
    together = _average(probabilities, weight)
    several = task is Task.MULTILABEL
    noise = _average(_entropy(probabilities, binary=several), weight)
    ignorance = (_entropy(together, binary=several) - noise).clamp_min(0.0)
    mean = (together >= 0.5).double() if several else together.argmax(dim=-1, keepdim=True).double()
    return mean.numpy(), noise.numpy(), ignorance.numpy(), together.numpy()


def _entropy(p: Tensor, *, binary: bool) -> Tensor:
    """In nats: of each label by itself [..., out], or of the distribution over classes [..., 1]."""
    if binary:
        return torch.special.entr(p) + torch.special.entr(1 - p)
    return torch.special.entr(p).sum(dim=-1, keepdim=True)
