"""Residual networks for large images, in torchvision's layout."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn

from isinglass.machine.blocks import BasicBlock, Bottleneck
from isinglass.machine.initialization import he_, seeded
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape

Block = type[BasicBlock] | type[Bottleneck]


class ResNet(nn.Module):
    """A 7x7 convolution, pooling, four stages of residual blocks with 64 to 512 planes, the mean, one dense layer.

    Args:
        channels: of the input.
        outputs: raw outputs.
        block: `BasicBlock` or `Bottleneck`.
        depths: blocks of each stage.
        drop_path: probability that the last block is skipped in training; of earlier ones in proportion.

    Reference: He et al. (2016), Deep residual learning for image recognition, doi:10.1109/CVPR.2016.90.
    """

    stages = (("conv1", "bn1"), ("layer1",), ("layer2",), ("layer3",), ("layer4",), ("fc",))
    head = "fc"

    def __init__(
        self, channels: int, outputs: int, *, block: Block, depths: tuple[int, ...], drop_path: float = 0.0
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        rates = iter(growing(drop_path, sum(depths)))
        width = 64
        for number, depth in enumerate(depths):
            blocks = []
            for place in range(depth):
                stride = 2 if number > 0 and place == 0 else 1
                blocks.append(block(width, 64 * 2**number, stride=stride, drop_path=next(rates)))
                width = 64 * 2**number * block.expansion
            self.add_module(f"layer{number + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel, height, width]` -> raw `[batch, width]`."""
        x = self.maxpool(self.bn1(self.conv1(x)).relu())
        for number in range(1, 5):
            x = self.get_submodule(f"layer{number}")(x)
        return self.fc(x.mean((2, 3)))


def growing(last: float, blocks: int) -> list[float]:
    """Probabilities that blocks are skipped, in proportion to their place: last / blocks .. last.

    Reference: Huang et al. (2016), Deep networks with stochastic depth, doi:10.1007/978-3-319-46493-0_39.
    """
    return [last * (number + 1) / blocks for number in range(blocks)]


def _resnet(recipe: MachineRecipe, shape: Shape, *, seed: int, block: Block, depths: tuple[int, ...]) -> ResNet:
    """Convolutions start at N(0, 2 / fan-out)."""
    with seeded(seed):
        machine = ResNet(shape.sizes[0], shape.outputs, block=block, depths=depths, drop_path=recipe.drop_path)
        he_(machine, fan="fan_out")
    return machine


RESNETS: dict[str, Callable[..., nn.Module]] = {
    "resnet18": partial(_resnet, block=BasicBlock, depths=(2, 2, 2, 2)),
    "resnet34": partial(_resnet, block=BasicBlock, depths=(3, 4, 6, 3)),
    "resnet50": partial(_resnet, block=Bottleneck, depths=(3, 4, 6, 3)),
    "resnet101": partial(_resnet, block=Bottleneck, depths=(3, 4, 23, 3)),
    "resnet152": partial(_resnet, block=Bottleneck, depths=(3, 8, 36, 3)),
}
"""For three channels and 1,000 classes 11,689,512, 21,797,672, 25,557,032, 44,549,160 and 60,192,808 weights."""
