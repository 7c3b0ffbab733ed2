"""LeNet-5: as it was in 1998, and as it is built now.

Reference: LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition,
doi:10.1109/5.726791.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from isinglass.errors import MachineError
from isinglass.machine.blocks import Chain
from isinglass.machine.initialization import generator, he_, seeded
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape

SIDE = 32
"""Pixels a side of the input."""
THREE = [[(i + k) % 6 for k in range(3)] for i in range(6)]
FOUR = [[(i + k) % 6 for k in range(4)] for i in range(6)]
TABLE = [*THREE, *FOUR, [0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5], list(range(6))]
"""Which of the six maps each of the sixteen maps of C3 sees: table 1 of the paper."""


class Subsample(nn.Module):
    """y = 1.7159 tanh(2/3 (coefficient * sum of 2x2 pixels + bias)), a coefficient and a bias for each map.

    Args:
        channels: maps.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels).uniform_(-1, 1) * 2.4 / 4)
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel, height, width]` -> half the height and width."""
        return squashed(4 * functional.avg_pool2d(x, 2) * self.weight[:, None, None] + self.bias[:, None, None])


class SparseConvolution(nn.Module):
    """A 5x5 convolution whose output maps see only some input maps.

    Args:
        table: for each output map the input maps that it sees.
    """

    rows: Tensor
    columns: Tensor

    def __init__(self, table: list[list[int]]) -> None:
        super().__init__()
        rows = [out for out, seen in enumerate(table) for _ in seen]
        fan = torch.tensor([25.0 * len(table[out]) for out in rows])
        self.shape = (len(table), 1 + max(max(seen) for seen in table), 5, 5)
        self.weight = nn.Parameter(torch.empty(len(rows), 5, 5).uniform_(-1, 1) * 2.4 / fan[:, None, None])
        self.bias = nn.Parameter(torch.zeros(len(table)))
        self.register_buffer("rows", torch.tensor(rows), persistent=False)
        self.register_buffer("columns", torch.tensor([i for seen in table for i in seen]), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel, height, width]` -> `[batch, map, height - 4, width - 4]`."""
        dense = self.weight.new_zeros(self.shape).index_put((self.rows, self.columns), self.weight)
        return functional.conv2d(x, dense, self.bias)


class RadialBasis(nn.Module):
    """raw_class = -|x - code_class|^2, with fixed codes of -1 and 1, drawn with equal chances.

    The paper draws its codes as pictures of characters by hand and names random ones as the alternative.

    Args:
        inputs: width of x.
        classes: codes.
    """

    codes: Tensor

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        coins = torch.randint(0, 2, (classes, inputs), generator=generator(1998))
        self.register_buffer("codes", 2.0 * coins - 1)

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, unit]` -> `[batch, class]`."""
        return -(x.unsqueeze(-2) - self.codes).square().sum(-1)


class Squash(nn.Module):
    """1.7159 tanh(2/3 x): 1 stays 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Elementwise."""
        return squashed(x)


def squashed(x: Tensor) -> Tensor:
    """1.7159 tanh(2/3 x)."""
    return 1.7159 * torch.tanh(x * (2 / 3))


def lenet5(recipe: MachineRecipe, shape: Shape, *, seed: int) -> Chain:
    """With maximum pooling, ReLU and dense connections: 61,706 weights for grey images and ten classes."""
    with seeded(seed):
        features = nn.Sequential(
            *_widened(shape.sizes),
            nn.Conv2d(shape.sizes[0], 6, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 120, 5),
            nn.ReLU(),
        )
        classifier = nn.Sequential(nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, shape.outputs))
        machine = Chain(features, classifier)
        he_(machine)
    return machine


def lenet5_1998(recipe: MachineRecipe, shape: Shape, *, seed: int) -> Chain:
    """Trainable sub-sampling, the sparse table, scaled tanh and distances to fixed codes: 60,000 weights."""
    with seeded(seed):
        features = nn.Sequential(
            *_widened(shape.sizes),
            _drawn(nn.Conv2d(shape.sizes[0], 6, 5)),
            Squash(),
            Subsample(6),
            SparseConvolution(TABLE),
            Squash(),
            Subsample(16),
            _drawn(nn.Conv2d(16, 120, 5)),
            Squash(),
        )
        classifier = nn.Sequential(_drawn(nn.Linear(120, 84)), Squash(), RadialBasis(84, shape.outputs))
        return Chain(features, classifier)


def _drawn(layer: nn.Conv2d | nn.Linear) -> nn.Module:
    """Weights U(-2.4, 2.4) / fan-in, as in the paper; biases zero."""
    bound = 2.4 / layer.weight[0].numel()
    nn.init.uniform_(layer.weight, -bound, bound)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def _widened(image: tuple[int, ...]) -> list[nn.Module]:
    """Smaller images are continued by their border pixels to 32x32, as the paper's 28x28 digits by white ones."""
    _, height, width = image
    if max(height, width) > SIDE:
        raise MachineError(
            "LeNet-5 sees 32x32 pixels",
            where="machine.kind",
            given=f"images of {height}x{width}",
            allowed=f"1 to {SIDE} pixels a side",
            instead="size = [32, 32] in [data], or kind = 'cnn'",
        )
    if (height, width) == (SIDE, SIDE):
        return []
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    return [nn.ReplicationPad2d((left, SIDE - width - left, top, SIDE - height - top))]
