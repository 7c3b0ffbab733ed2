"""One network and one sample, as methods that look at samples one by one are given them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from isinglass.errors import UsageError
from isinglass.explanation.trace.rows import Row, row_machine
from isinglass.inference.ensemble import Ensemble
from isinglass.learning.plans.forward import Scaler
from isinglass.spec import Spec, Task

Answer = Callable[[Tensor], Tensor]
"""Raw outputs -> `[batch]`."""


@dataclass(frozen=True)
class Question:
    """What is asked of every member.

    Args:
        sample: [feature] or [channel, height, width], unscaled.
        output: place of the class (of all masks' classes together), or of the target.
        columns: for tables: places of the features that are made from one column, a group each.
        codes: places of features that index an embedding: they have no gradient.
        low, high: [feature] or [channel], the range of physical values.
    """

    sample: np.ndarray
    output: int = 0
    columns: tuple[tuple[int, ...], ...] = ()
    codes: tuple[int, ...] = ()
    low: np.ndarray | None = None
    high: np.ndarray | None = None


@dataclass(frozen=True)
class Network:
    """A differentiable score of unscaled samples.

    Args:
        row: unscaled samples to raw outputs: scaling, network and exact laws.
        answer: raw outputs to what is explained, `[batch]`: the score before softmax or sigmoid (of a mask the mean
            over its pixels), or the number in its own unit.
        goal: raw outputs to what is maximised, `[batch]`: the log probability, or the number.
        sample: `[1, ...]`, unscaled.
        mean: of the training data as this member scales them; a code of the sample's own. Where the sample is not
            known, neither is the mean: both are NaN, the network takes 0.
        unit: broadcasts with the sample: one unit of the scaled inputs, about a standard deviation.
        question: what is asked.
        spec: the axes of the sample.
    """

    row: nn.Module
    answer: Answer
    goal: Answer
    sample: Tensor
    mean: Tensor
    unit: Tensor
    question: Question
    spec: Spec

    @property
    def machine(self) -> nn.Module:
        """The network alone, of scaled samples."""
        return self.row.machine if isinstance(self.row, Row) else self.row

    def __call__(self, x: Tensor) -> Tensor:
        """The score `[batch]` of unscaled samples."""
        return self.answer(self.row(x))

    def wish(self, x: Tensor) -> Tensor:
        """What is maximised, `[batch]`."""
        return self.goal(self.row(x))

    def gradient(self, x: Tensor, score: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        """d score / d x for each sample, shaped as x; NaN for codes."""
        x = x.detach().requires_grad_(True)
        with torch.enable_grad():
            (slope,) = torch.autograd.grad((score or self)(x).sum(), x, allow_unused=True)
        slope = torch.zeros_like(x) if slope is None else slope
        if self.question.codes:
            slope[:, list(self.question.codes)] = torch.nan
        return slope


def networks_of(ensemble: Ensemble, question: Question) -> tuple[Network, ...]:
    """All members with the same question."""
    return tuple(_network(ensemble, member, question) for member in range(len(ensemble)))


def _network(ensemble: Ensemble, member: int, question: Question) -> Network:
    scaler = Scaler(ensemble.common, ensemble.state.members[member : member + 1])
    x = torch.from_numpy(np.asarray(question.sample, dtype=np.float64)).to(ensemble.common.dtype)[None]
    center, scale = scaler.center[0], scaler.scale[0]
    mean = center.expand_as(x).clone()
    if question.codes:
        codes = list(question.codes)
        mean[:, codes] = x[:, codes]
    mean[torch.isnan(x)] = torch.nan
    unit = torch.where(scale != 0, 1 / scale, 1.0)
    answer, goal = _answers(ensemble, member, question.output)
    spec = ensemble.common.view.spec
    return Network(row_machine(ensemble, member, None), answer, goal, x, mean, unit, question, spec)


def _answers(ensemble: Ensemble, member: int, output: int) -> tuple[Answer, Answer]:
    """What is explained, and what is maximised."""
    if ensemble.task.mapped:
        return _twice(lambda raw: raw[:, output].mean(dim=(1, 2)))
    view, loss = ensemble.common.view, ensemble.common.objective.loss
    if ensemble.task is Task.REGRESSION:
        place = ensemble.state.members[member]
        center, scale = view.target_center[place, output], view.target_scale[place, output]

        def told(raw: Tensor) -> Tensor:
            point = _point(loss.predict(raw).mean)[:, output]
            return point.double() * scale + (center + view.zero[output]) if view.zero else point * scale + center

        return _twice(told)
    if loss.width(ensemble.outputs) == 1 and ensemble.outputs == 2:  # one raw output for two classes
        sign = 1.0 if output == 1 else -1.0
        return lambda raw: sign * raw[:, 0], lambda raw: logsigmoid(sign * raw[:, 0])
    if ensemble.task is Task.MULTILABEL:
        return lambda raw: raw[:, output], lambda raw: logsigmoid(raw[:, output])
    return lambda raw: raw[:, output], lambda raw: raw.log_softmax(dim=1)[:, output]


def _twice(answer: Answer) -> tuple[Answer, Answer]:
    return answer, answer


def _point(mean: Tensor | None) -> Tensor:
    assert mean is not None
    return mean


@contextmanager
def captured(machine: nn.Module, *, grad: bool = False) -> Iterator[dict[str, Tensor]]:
    """What the modules give back while the block runs, by their names, in the order in which they end.

    Args:
        machine: the network; it stands itself under no name.
        grad: keep the graph, for gradients with respect to what is captured.
    """
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            if isinstance(output, Tensor):
                seen.pop(name, None)
                seen[name] = output if grad else output.detach()

        return hook

    hooks = [layer.register_forward_hook(keep(name)) for name, layer in machine.named_modules() if name]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def maps_of(seen: dict[str, Tensor]) -> dict[str, Tensor]:
    """Those that are feature maps `[batch, channel, height, width]`."""
    return {name: values for name, values in seen.items() if values.dim() == 4}


def chosen(layers: Sequence[str] | dict[str, Tensor], layer: str, *, what: str) -> str:
    """The layer's name. Raises UsageError where there is none of that name."""
    if layer not in layers:
        raise UsageError(f"no such layer with {what}", given=layer, allowed=list(layers) or "none")
    return layer
