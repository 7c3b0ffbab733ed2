"""Softmax cross entropy of masks.

l(z, y) = sum over heads of the mean over the sample's known pixels of w_y (-log softmax(z)_y)

with class weights w, 1 by default, and label smoothing e as in `cross_entropy`: the target gives the true class
1 - e + e / classes and every other class e / classes.

Reference: Long, Shelhamer and Darrell (2015), Fully convolutional networks for semantic segmentation,
doi:10.1109/CVPR.2015.7298965.
"""

from __future__ import annotations

from torch import Tensor

from isinglass.objective.losses.loss import Loss
from isinglass.objective.losses.masks import Weights, mask_loss, over_pixels


def pixel_cross_entropy(
    raw: Tensor, target: Tensor, *, classes: tuple[int, ...] = (), weights: Weights = (), smoothing: float = 0.0
) -> Tensor:
    """raw `[..., batch, width, h, w]`, target `[..., batch, head, h, w]` (255 = void) -> `[..., batch]`."""

    def each(scores: Tensor, index: Tensor) -> Tensor:
        logs = scores.log_softmax(-3)
        loss = -logs.gather(-3, index)
        return (1 - smoothing) * loss - smoothing * logs.mean(-3, keepdim=True) if smoothing else loss

    return over_pixels(each, raw, target, classes=classes, weights=weights)


def pixel_cross_entropy_loss(classes: tuple[int, ...] = (), weights: Weights = (), *, smoothing: float = 0.0) -> Loss:
    """The loss for heads of so many classes; none: one head of all raw outputs."""
    return mask_loss("pixel_cross_entropy", pixel_cross_entropy, classes=classes, weights=weights, smoothing=smoothing)


PIXEL_CROSS_ENTROPY = pixel_cross_entropy_loss()
