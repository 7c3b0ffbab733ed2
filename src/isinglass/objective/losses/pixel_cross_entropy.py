"""Softmax cross entropy of masks.

l(z, y) = sum over heads of the mean over the sample's known pixels of w_y (-log softmax(z)_y)

with class weights w, 1 by default, and label smoothing e as in `cross_entropy`: the target gives the true class
1 - e + e / classes and every other class e / classes.

Reference: Long, Shelhamer and Darrell (2015), Fully convolutional networks for semantic segmentation,
doi:10.1109/CVPR.2015.7298965.
"""

from __future__ import annotations

from functools import partial

from torch import Tensor

from isinglass.objective.losses.loss import Loss
from isinglass.objective.losses.masks import Weights, by_head, index_of, mean_known, probabilities, weight_of
from isinglass.types import Task


def pixel_cross_entropy(
    raw: Tensor, target: Tensor, *, classes: tuple[int, ...] = (), weights: Weights = (), smoothing: float = 0.0
) -> Tensor:
    """raw `[..., batch, width, h, w]`, target `[..., batch, head, h, w]` (255 = void) -> `[..., batch]`."""
    total = raw.new_zeros(())
    for head, (scores, labels) in enumerate(by_head(raw, target, classes)):
        logs, (index, known) = scores.log_softmax(-3), index_of(scores, labels)
        loss = -logs.gather(-3, index)
        if smoothing:
            loss = (1 - smoothing) * loss - smoothing * logs.mean(-3, keepdim=True)
        weight = weight_of(weights, head, raw)
        total = total + mean_known(loss if weight is None else weight[index] * loss, known)
    return total


def pixel_cross_entropy_loss(classes: tuple[int, ...] = (), weights: Weights = (), *, smoothing: float = 0.0) -> Loss:
    """The loss for heads of so many classes; none: one head of all raw outputs."""
    return Loss(
        name="pixel_cross_entropy",
        function=partial(pixel_cross_entropy, classes=classes, weights=weights, smoothing=smoothing),
        width=lambda outputs: outputs,
        predict=partial(probabilities, classes=classes),
        tasks=(Task.SEGMENTATION,),
        standardize=False,
    )


PIXEL_CROSS_ENTROPY = pixel_cross_entropy_loss()
