"""Dice loss of masks: one minus the soft overlap of each class, whatever its size.

l(z, y) = sum over heads of the mean over the classes c that the sample holds of 1 - 2 sum p_c t_c / sum (p_c + t_c)

Sums run over the sample's known pixels, p = softmax(z), t_c is 1 where the pixel is of class c. A class that the
sample does not hold needs no term: what is given to it is missing elsewhere. With class weights the mean is weighted.

Reference: Milletari, Navab and Ahmadi (2016), V-Net, doi:10.1109/3DV.2016.79; several classes:
Sudre et al. (2017), Generalised Dice overlap as a deep learning loss function, doi:10.1007/978-3-319-67558-9_28.
"""

from __future__ import annotations

import torch
from torch import Tensor

from isinglass.objective.losses.loss import Loss
from isinglass.objective.losses.masks import Weights, by_head, index_of, mask_loss, weight_of


def dice(raw: Tensor, target: Tensor, *, classes: tuple[int, ...] = (), weights: Weights = ()) -> Tensor:
    """raw `[..., batch, width, h, w]`, target `[..., batch, head, h, w]` (255 = void) -> `[..., batch]`."""
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
