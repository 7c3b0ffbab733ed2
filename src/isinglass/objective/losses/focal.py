"""Focal loss of masks: cross entropy in which pixels that are right already count less.

l(z, y) = sum over heads of the mean over the sample's known pixels of w_y (1 - p_y)^gamma (-log p_y),  p = softmax(z)

gamma = 0 is cross entropy. Reference: Lin, Goyal, Girshick, He and Dollar (2017), Focal loss for dense object
detection, arXiv:1708.02002, doi:10.1109/ICCV.2017.324.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from isinglass.objective.losses.loss import Loss
from isinglass.objective.losses.masks import Weights, by_head, index_of, mean_known, probabilities, weight_of
from isinglass.types import Task

GAMMA = 2.0  # the reference's best


def focal(
    raw: Tensor, target: Tensor, *, classes: tuple[int, ...] = (), weights: Weights = (), gamma: float = GAMMA
) -> Tensor:
    """raw `[..., batch, width, h, w]`, target `[..., batch, head, h, w]` (255 = void) -> `[..., batch]`."""
    total = raw.new_zeros(())
    for head, (scores, labels) in enumerate(by_head(raw, target, classes)):
        index, known = index_of(scores, labels)
        log = scores.log_softmax(-3).gather(-3, index)
        # 1 - p without cancellation; a power below 1 has no slope at 0
        wrong = (-torch.expm1(log)).clamp(min=torch.finfo(log.dtype).tiny ** 0.5)
        loss = -wrong.pow(gamma) * log
        weight = weight_of(weights, head, raw)
        total = total + mean_known(loss if weight is None else weight[index] * loss, known)
    return total


def focal_loss(classes: tuple[int, ...] = (), weights: Weights = (), *, gamma: float = GAMMA) -> Loss:
    """The loss for heads of so many classes; none: one head of all raw outputs."""
    return Loss(
        name="focal",
        function=partial(focal, classes=classes, weights=weights, gamma=gamma),
        width=lambda outputs: outputs,
        predict=partial(probabilities, classes=classes),
        tasks=(Task.SEGMENTATION,),
        standardize=False,
    )


FOCAL = focal_loss()
