"""Losses of masks: cross entropy by pixels, Dice, and the focal loss."""

from __future__ import annotations

import torch
from torch import Tensor

from isinglass.objective.losses.loss import Loss
from isinglass.objective.losses.masks import Weights, by_head, index_of, mask_loss, over_pixels, weight_of


def pixel_cross_entropy(
    raw: Tensor, target: Tensor, *, classes: tuple[int, ...] = (), weights: Weights = (), smoothing: float = 0.0
) -> Tensor:
    """Softmax cross entropy of masks.

    l(z, y) = sum over heads of the mean over the sample's known pixels of w_y (-log softmax(z)_y)

    with class weights w, 1 by default, and label smoothing e as in `cross_entropy`: the target gives the true class
    1 - e + e / classes and every other class e / classes.

    Reference: Long, Shelhamer and Darrell (2015), Fully convolutional networks for semantic segmentation,
    doi:10.1109/CVPR.2015.7298965.

    raw `[..., batch, width, h, w]`, target `[..., batch, head, h, w]` (255 = void) -> `[..., batch]`.
    """

    def each(scores: Tensor, index: Tensor) -> Tensor:
        logs = scores.log_softmax(-3)
        loss = -logs.gather(-3, index)
        return (1 - smoothing) * loss - smoothing * logs.mean(-3, keepdim=True) if smoothing else loss

    return over_pixels(each, raw, target, classes=classes, weights=weights)


def pixel_cross_entropy_loss(classes: tuple[int, ...] = (), weights: Weights = (), *, smoothing: float = 0.0) -> Loss:
    """The loss for heads of so many classes; none: one head of all raw outputs."""
    return mask_loss("pixel_cross_entropy", pixel_cross_entropy, classes=classes, weights=weights, smoothing=smoothing)


PIXEL_CROSS_ENTROPY = pixel_cross_entropy_loss()


def dice(raw: Tensor, target: Tensor, *, classes: tuple[int, ...] = (), weights: Weights = ()) -> Tensor:
    """Dice loss of masks: one minus the soft overlap of each class, whatever its size.

    l(z, y) = sum over heads of the mean over the classes c that the sample holds of 1 - 2 sum p_c t_c / sum (p_c + t_c)

    Sums run over the sample's known pixels, p = softmax(z), t_c is 1 where the pixel is of class c. A class that the
    sample does not hold needs no term: what is given to it is missing elsewhere. With class weights the mean is
    weighted.

    Reference: Milletari, Navab and Ahmadi (2016), V-Net, doi:10.1109/3DV.2016.79; several classes:
    Sudre et al. (2017), Generalised Dice overlap as a deep learning loss function, doi:10.1007/978-3-319-67558-9_28.

    raw `[..., batch, width, h, w]`, target `[..., batch, head, h, w]` (255 = void) -> `[..., batch]`.
    """
    total = raw.new_zeros(())
    for head, (scores, labels) in enumerate(by_head(raw, target, classes)):
        index, known = index_of(scores, labels)
        kind = torch.arange(scores.shape[-3], device=raw.device)[:, None, None]
        truth = ((index == kind) & known).to(raw.dtype)
        said = torch.where(known, scores.softmax(-3), 0)
        size = truth.sum((-1, -2))  # [..., batch, class]
        overlap = 2 * (said * truth).sum((-1, -2)) / (said.sum((-1, -2)) + size).clamp(min=1)
        share = (size > 0).to(raw.dtype)
        weight = weight_of(weights, head, raw)
        share = share if weight is None else share * weight
        all_of_it = share.sum(-1)
        total = total + (share * (1 - overlap)).sum(-1) / torch.where(all_of_it > 0, all_of_it, 1)
    return total


def dice_loss(classes: tuple[int, ...] = (), weights: Weights = ()) -> Loss:
    """The loss for heads of so many classes; none: one head of all raw outputs."""
    return mask_loss("dice", dice, classes=classes, weights=weights)


DICE = dice_loss()


GAMMA = 2.0  # the reference's best


def focal(
    raw: Tensor, target: Tensor, *, classes: tuple[int, ...] = (), weights: Weights = (), gamma: float = GAMMA
) -> Tensor:
    """Focal loss of masks: cross entropy in which pixels that are right already count less.

    l(z, y) = sum over heads of the mean over the sample's known pixels of w_y (1 - p_y)^gamma (-log p_y)

    with p = softmax(z); gamma = 0 is cross entropy. Reference: Lin, Goyal, Girshick, He and Dollar (2017), Focal loss
    for dense object detection, arXiv:1708.02002, doi:10.1109/ICCV.2017.324.

    raw `[..., batch, width, h, w]`, target `[..., batch, head, h, w]` (255 = void) -> `[..., batch]`.
    """

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
