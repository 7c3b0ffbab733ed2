"""What 'auto' means for a machine that reads images."""

from __future__ import annotations

from isinglass.machine.usual import Usual
from isinglass.spec import Shape, Task

LEAST_SIDE, GREY_SIDE, MOST_SIDE = 12, 40, 96
"""Pixels of the shorter side that the fast networks' poolings need; of the longer one: up to which images of one
channel are like digits, and from which a network must shrink them first, as ResNets do."""
ACTIVATION = "relu"
DROPOUT = {"mlp": 0.2, "cnn": 0.2, "alexnet": 0.5, "alexnet_2012": 0.5, "googlenet": 0.2}
"""As published for the classic ones; the others have none."""

PUBLISHED = ("resnet", "cifar_resnet", "googlenet", "alexnet")
"""Starts of the names of machines whose weights in circulation were trained on pixels scaled by ImageNet's mean and
spread: torchvision's, and akamaster's for CIFAR-10."""

COLOURS = 3


def _kind(shape: Shape, task: Task) -> str:
    """The quickest network that suits the size of the images."""
    if task is Task.SEGMENTATION:
        return "unet"
    channels, *sides = shape.sizes
    if min(sides) < LEAST_SIDE:
        return "cnn"
    if max(sides) > MOST_SIDE:
        return "resnet18"
    return "fast_grey" if channels == 1 and max(sides) <= GREY_SIDE else "fast"


def _scaling(kind: str, shape: Shape) -> str:
    """As the weights in circulation were trained, where that is known."""
    return "imagenet" if shape.sizes[0] == COLOURS and kind.startswith(PUBLISHED) else "own"


USUAL = Usual(
    kind=_kind,
    activation=ACTIVATION,
    dropout=lambda kind, task: DROPOUT.get(kind, 0.0),
    scaling=_scaling,
)
