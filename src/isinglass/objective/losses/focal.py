"""Focal loss of masks: cross entropy in which pixels that are right already count less.

l(z, y) = sum over heads of the mean over the sample's known pixels of w_y (1 - p_y)^gamma (-log p_y),  p = softmax(z)

gamma = 0 is cross entropy. Reference: Lin, Goyal, Girshick, He and Dollar (2017), Focal loss for dense object
detection, arXiv:1708.02002, doi:10.1109/ICCV.2017.324.
"""

from __future__ import annotations

import torch
from torch import Tensor

from isinglass.objective.losses.loss import Loss
from isinglass.objective.losses.masks import Weights, mask_loss, over_pixels

GAMMA = 2.0  # the reference's best


def focal(
    raw: Tensor, target: Tensor, *, classes: tuple[int, ...] = (), weights: Weights = (), gamma: float = GAMMA
) -> Tensor:
    """raw `[..., batch, width, h, w]`, target `[..., batch, head, h, w]` (255 = void) -> `[..., batch]`."""

    def each(scores: Tensor, index: Tensor) -> Tensor:
        log = scores.log_softmax(-3).gather(-3, index)
        # 1 - p without cancellation; a power below 1 has no slope at 0
        wrong = (-torch.expm1(log)).clamp(min=torch.finfo(log.dtype).tiny ** 0.5)
        return -wrong.pow(gamma) * log

    return over_pixels(each, raw, target, classes=classes, weights=weights)


def focal_loss(classes: tuple[int, ...] = (), weights: Weights = (), *, gamma: float = GAMMA) -> Loss:
    """The loss for heads of so many classes; none: one head of all raw outputs."""
    return mask_loss("focal", focal, classes=classes, weights=weights, gamma=gamma)


FOCAL = focal_loss()
