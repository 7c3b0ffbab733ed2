"""The population as a predictor: arrays in, one honest distribution a row out.

A row that the study used is scored only by members that never saw it: `keep` says which. A new row is answered by
all members, those of every fold included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from isinglass.inference.calibration import Calibration
from isinglass.inference.combination import Combination, Mixture, chosen_of
from isinglass.inference.gaps import Gap, gaps, mixed_numbers, mixed_probabilities
from isinglass.inference.maps import Segmented, averaged
from isinglass.inference.member_outputs import Answers, Block
from isinglass.inference.mixture import of_classes, of_mixture, of_numbers, shares, warmed
from isinglass.inference.novelty.features import last_hidden
from isinglass.inference.novelty.novelty import Novelty
from isinglass.inference.prediction import Prediction
from isinglass.learning.network import Network
from isinglass.learning.plans.forward import Forward, Scaler
from isinglass.learning.plans.plan import State
from isinglass.learning.plans.threads import torch_threads
from isinglass.learning.population import Population
from isinglass.learning.rows import tensor_of
from isinglass.objective.constraints import Laws, Residual
from isinglass.objective.losses import Predictive
from isinglass.spec import Column, Feature, Task

Floats = NDArray[np.floating]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Ensemble:
    """Trained members and all that is needed to ask them.

    Args:
        common: the machine, its objective and the members' views.
        state: the members' weights.
        plan: how `forward` is run.
        fold: [member] the fold whose test rows a member never saw.
        task, targets: what is predicted.
        calibration: of the spread, from out-of-bag rows.
        noise_floor: [out] standard deviation added to each member's noise: where the objective has no sigma of its
            own, what out-of-bag errors show beyond the members' disagreement.
        novelty: what is remembered of the training rows; None before they are known, and for masks.
        views: `augment.test_time`: over which views of an image the answers of each member are averaged.
        features: what the inputs of a table are; a column that says nothing the members know is then answered for by
            what training rows hold (see `inference.gaps`). Empty for images.
        combination: with conventional methods, of which `predict` and `members` then tell; weights, gradients and
            hidden layers are the networks' all the same.
    """

    common: Network
    state: State
    plan: Forward
    fold: NDArray[np.integer]
    task: Task
    targets: tuple[Column, ...]
    calibration: Calibration
    noise_floor: Floats
    novelty: Novelty | None = None
    views: Literal["none", "flip", "shift"] = "none"
    features: tuple[Feature, ...] = ()
    combination: Combination | None = None

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
                may speak is NaN. Conventional methods know no members: with `keep` the networks speak alone.
        """
        inputs = self._each.ready(inputs)
        (mean, noise, ignorance, probabilities), differ = self._told(inputs, keep)
        for gap in self._gaps(inputs):
            some = None if keep is None else np.tile(keep[:, gap.rows], (1, len(gap.values)))
            closed = self._closed(gap, self._told(gap.filled(inputs), some)[0], inputs)
            for part, values in zip((mean, noise, ignorance, probabilities), closed, strict=True):
                part[gap.rows] = values
        novelty, together = self.novelty, self.combination if keep is None else None
        lowest, highest = self._limits
        return Prediction(
            task=self.task,
            targets=self.targets,
            mean=mean,
            noise=noise,
            ignorance=ignorance,
            calibration=self.calibration if together is None else together.calibration,
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

    def _told(self, inputs: Floats, keep: Mask | None) -> tuple[tuple[Floats, Floats, Floats, Floats], Floats]:
        """Mean, noise, ignorance and probabilities, calibrated; and the members' disagreement as it is."""
        with torch_threads(1):  # a plan has its own threads; what follows is too small to share on a busy machine
            parts = [self._summary(block) for block in self._each.blocks(inputs, keep)]
        mean, noise, differ, probabilities = (np.concatenate(part) for part in zip(*parts, strict=True))
        if self.task is Task.REGRESSION:
            told = mean, self.calibration.std(noise), self.calibration.part(differ), probabilities
        else:
            sharp, probabilities = probabilities, self.calibration.probabilities(probabilities, self.task)
            factor = warmed(sharp, probabilities, self.task)
            told = mean, noise * factor, differ * factor, probabilities
        return (told if keep is not None else self._together(inputs, told)), differ

    def _together(
        self, inputs: Floats, told: tuple[Floats, Floats, Floats, Floats]
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """With the conventional methods, if there are any."""
        if self.combination is None:
            return told
        mean, noise, ignorance, probabilities = told
        numbers = self.task is Task.REGRESSION
        own = Mixture(mean if numbers else probabilities, noise, ignorance)
        found = self.combination.told(own, inputs, set(self.fold.tolist()), self.task)
        if numbers:
            return found.mean, found.noise, found.ignorance, probabilities
        return chosen_of(found.mean, self.task), found.noise, found.ignorance, found.mean

    def _gaps(self, inputs: Floats) -> Iterator[Gap]:
        """Rows in which a column says nothing that the networks know; none of images."""
        if self.novelty is None or not len(self.features):
            return iter(())
        head = self.common.view.head
        return gaps(inputs, self.features, self.novelty.rows, skipped=() if head is None else head.needs)

    def _closed(
        self, gap: Gap, told: tuple[Floats, Floats, Floats, Floats], inputs: Floats
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """The rows of a gap, from what is told of them with each value of the columns (see `inference.gaps`)."""
        mean, noise, ignorance, probabilities = told
        if self.task is not Task.REGRESSION:
            return of_mixture(mixed_probabilities(gap, probabilities), mixed_probabilities(gap, noise), self.task)
        mean, noise, ignorance = mixed_numbers(gap, mean, noise, ignorance)
        settled = self._each.settled(torch.from_numpy(mean), self._each.ready(inputs[gap.rows])).numpy()
        return settled, noise, ignorance, np.empty((len(mean), 0))

    def members(self, inputs: Floats) -> Floats:
        """Each member's own mean [member, sample, out] or probabilities [member, sample, class]; in a combination each
        with the same conventional methods."""
        found = self._members(inputs)
        if self.combination is None:
            return found
        return self.combination.each(found, self._each.ready(inputs), set(self.fold.tolist()))

    def _members(self, inputs: Floats) -> Floats:
        parts = []
        for block in self._each.blocks(inputs):
            with torch_threads(1):
                answer = self._each.of(block.rows)
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
        for start, block, part in self._each.blocks(inputs, keep):
            answers = (self._each.one(block, part, member) for member in range(len(self)))
            yield averaged(answers, slice(start, start + len(block)), classes=classes, temperature=temperature)

    def take(self, members: NDArray[np.integer]) -> Ensemble:
        """The same predictor with some of its members only."""
        positions = torch.as_tensor(np.asarray(members), dtype=torch.int64)
        state = self.state.take(positions)
        novelty = None if self.novelty is None else self.novelty.take(np.asarray(members))
        return replace(self, state=state, fold=self.fold[np.asarray(members)], novelty=novelty)

    @property
    def networks(self) -> Ensemble:
        """The same without the conventional methods."""
        return replace(self, combination=None)

    def network(self, member: int) -> nn.Module:
        """One member as an ordinary module in evaluation mode, on copies of its weights: scaled inputs to raw."""
        state, common = self.state, self.common
        return Population(common.machine, common.layout, state.theta, state.buffers).network(member)

    def hidden(self, member: int, inputs: Floats) -> Floats:
        """The last hidden layer of a member [sample, unit]; no units where it has none (`novelty.features`)."""
        network, scaler = self.network(member), Scaler(self.common, self.state.members[member : member + 1])
        parts = []
        with torch_threads(1):
            for _, block, _ in self._each.blocks(inputs):
                layer = last_hidden(network, scaler.scaled(tensor_of(block))[0])
                parts.append(np.zeros((len(block), 0)) if layer is None else layer.double().numpy())
        return np.concatenate(parts)

    def _residuals_of(self, mean: Floats, inputs: Floats) -> Callable[[], tuple[Residual, ...]] | None:
        head = self.common.view.head
        if head is None:
            return None
        return lambda: head.residuals(torch.from_numpy(mean), torch.from_numpy(inputs))

    @cached_property
    def _each(self) -> Answers:
        return Answers(self.common, self.state, self.plan, self.views)

    @cached_property
    def _limits(self) -> tuple[Floats | float, Floats | float]:
        """What the laws and the loss allow each output: lowest and highest [out]."""
        head, least = self.common.view.head, self.common.objective.loss.lowest
        if head is None or not isinstance(head.laws, Laws) or self.task is not Task.REGRESSION:
            return least, np.inf
        bounds = np.array([[least] * len(self.targets), [np.inf] * len(self.targets)])
        for place, (low, high) in head.laws.limits().items():
            bounds[:, place] = low, high
        return bounds[0], bounds[1]

    def _summary(self, block: Block) -> tuple[Floats, Floats, Floats, Floats]:
        answer, weight = self._each.of(block.rows, block.keep), shares(block.keep)
        if answer.probabilities is not None:
            return of_classes(answer.probabilities, weight, self.task)
        assert answer.mean is not None
        mean, noise, ignorance, nothing = of_numbers(answer.mean, answer.variance, weight, self._floor)
        # Where a law is not linear, a mean breaks it.
        return self._each.settled(torch.from_numpy(mean), block.rows).numpy(), noise, ignorance, nothing

    def _blank(self) -> Predictive:
        width = self.common.objective.loss.width(self.outputs)
        return self.common.objective.loss.predict(torch.zeros(1, width))

    @property
    def outputs(self) -> int:
        """Classes (of all masks together), or targets."""
        counted = self.task.exclusive
        return sum(len(target.categories) for target in self.targets) if counted else len(self.targets)

    @cached_property
    def _floor(self) -> Tensor:
        return torch.as_tensor(self.noise_floor, dtype=torch.float64)
