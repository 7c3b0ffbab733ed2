"""What the losses of masks share: heads, void pixels, means over what is known, class weights.

Raw outputs are `[..., batch, width, height, width]`, the channels of all heads one after the other; targets are
`[..., batch, head, height, width]` class indices, 255 where nothing is known. No number of a void pixel has any
influence on a loss or its gradient; a sample of void pixels alone has the loss 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from isinglass.objective.losses.loss import Loss, Predictive
from isinglass.spec import Task
from isinglass.tensors import constant

VOID = 255

Weights = tuple[tuple[float, ...], ...]
"""One weight a class, for each head; empty: all 1."""


def mask_loss(name: str, function: Callable[..., Tensor], *, classes: tuple[int, ...], **options: object) -> Loss:
    """A loss of masks for heads of so many classes; none: one head of all raw outputs."""
    return Loss(
        name=name,
        function=partial(function, classes=classes, **options),
        width=lambda outputs: outputs,
        predict=partial(probabilities, classes=classes),
        tasks=(Task.SEGMENTATION,),
        standardize=False,
    )


def over_pixels(
    each: Callable[[Tensor, Tensor], Tensor],
    raw: Tensor,
    target: Tensor,
    *,
    classes: tuple[int, ...] = (),
    weights: Weights = (),
) -> Tensor:
    """Sum over heads of the mean over the sample's known pixels of w_y times a loss of each pixel: `[..., batch]`.

    `each` makes of a head's raw outputs `[..., batch, class, h, w]` and class index `[..., batch, 1, h, w]` the loss,
    shaped as the index.
    """
    total = raw.new_zeros(())
    for head, (scores, labels) in enumerate(by_head(raw, target, classes)):
        index, known = index_of(scores, labels)
        loss, weight = each(scores, index), weight_of(weights, head, raw)
        total = total + mean_known(loss if weight is None else weight[index] * loss, known)
    return total


def by_head(raw: Tensor, target: Tensor, classes: tuple[int, ...]) -> Iterator[tuple[Tensor, Tensor]]:
    """Raw `[..., batch, class, height, width]` and target `[..., batch, 1, height, width]` of each head.

    Without `classes` there is one head of all channels.
    """
    parts = raw.split(classes or [raw.shape[-3]], dim=-3)
    yield from zip(parts, target.split(1, dim=-3), strict=True)


def index_of(raw: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """int64 class index, 0 where void, and bool whether it is known, both `[..., batch, 1, height, width]` with the
    leading axes of `raw`."""
    known = target != VOID
    index = torch.where(known, target, 0).long().expand(*raw.shape[:-3], *target.shape[-3:])
    return index, known


def mean_known(values: Tensor, known: Tensor) -> Tensor:
    """The mean over the known pixels of a sample, 0 where there are none: `[..., batch, 1, h, w] -> [..., batch]`."""
    pixels = known.sum((-1, -2, -3)).clamp(min=1)
    return torch.where(known, values, 0).sum((-1, -2, -3)) / pixels


def weight_of(weights: Weights, head: int, like: Tensor) -> Tensor | None:
    """The class weights of a head, `[class]`, or None."""
    return constant(weights[head], like.dtype, like.device) if weights else None


def probabilities(raw: Tensor, *, classes: tuple[int, ...] = ()) -> Predictive:
    """Softmax over the channels of each head."""
    parts = raw.split(classes or [raw.shape[-3]], dim=-3)
    return Predictive(probabilities=torch.cat([part.softmax(-3) for part in parts], dim=-3))
