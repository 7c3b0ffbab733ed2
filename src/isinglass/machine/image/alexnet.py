"""AlexNet: the one-column form whose weights are in circulation, and the table of 2012."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from isinglass.machine.blocks import Chain
from isinglass.machine.initialization import seeded
from isinglass.machine.layers import Dropout
from isinglass.machine.options import read_options
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape


@dataclass(frozen=True)
class Options2012:
    """What `machine.options` may set.

    Args:
        groups: of the second, fourth and fifth convolution: 2, one a graphics card of then, or 1.
    """

    groups: int = 2


def alexnet(recipe: MachineRecipe, shape: Shape, *, seed: int) -> Chain:
    """Names and sizes as in torchvision: 61,100,840 weights for three channels and 1,000 classes.

    Reference: Krizhevsky (2014), One weird trick for parallelizing convolutional neural networks, arXiv:1404.5997.
    """
    with seeded(seed):
        features = nn.Sequential(
            nn.Conv2d(shape.sizes[0], 64, 11, stride=4, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
        )
        return Chain(features, _classifier(recipe, shape.outputs), pool=nn.AdaptiveAvgPool2d(6))


def alexnet_2012(recipe: MachineRecipe, shape: Shape, *, seed: int) -> Chain:
    """227 pixels -> 55 -> 27 -> 13 -> 6, with local response normalization: 60,965,224 weights for 1,000 classes
    (62,378,344 without groups).

    Reference: Krizhevsky, Sutskever and Hinton (2012), ImageNet classification with deep convolutional neural
    networks, doi:10.1145/3065386.
    """
    groups = read_options(recipe, Options2012).groups
    with seeded(seed):
        features = nn.Sequential(
            nn.Conv2d(shape.sizes[0], 96, 11, stride=4),
            nn.ReLU(),
            _response(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(96, 256, 5, padding=2, groups=groups),
            nn.ReLU(),
            _response(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(256, 384, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 384, 3, padding=1, groups=groups),
            nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1, groups=groups),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
        )
        return Chain(features, _classifier(recipe, shape.outputs), pool=nn.AdaptiveAvgPool2d(6))


def _response() -> nn.LocalResponseNorm:
    """x / (2 + 0.0001 * sum of squares over five neighbouring maps)^0.75; torch takes the mean of the five."""
    return nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)


def _classifier(recipe: MachineRecipe, outputs: int) -> nn.Sequential:
    p = float(recipe.dropout)
    return nn.Sequential(
        Dropout(p),
        nn.Linear(256 * 6 * 6, 4096),
        nn.ReLU(),
        Dropout(p),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Linear(4096, outputs),
    )
