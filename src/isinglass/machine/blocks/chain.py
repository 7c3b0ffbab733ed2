"""Features, then a classifier: the form of most networks for images."""

from __future__ import annotations

from torch import Tensor, nn

from isinglass.machine.blocks.channels import SqueezeExcite

FOLLOWERS = (nn.BatchNorm2d, nn.GroupNorm, SqueezeExcite)
"""Layers that belong to the stage of the convolution before them."""


class Chain(nn.Module):
    """raw = classifier(flatten(pool(features(x)))).

    Args:
        features: from `[batch, channel, height, width]` to feature maps.
        classifier: from `[batch, channel * height * width]` of these to raw outputs.
        pool: between the two; None: nothing.

    `stages` are the layers with weights, from the input to the head, each with the normalization that follows it;
    `head` names the last of them.
    """

    def __init__(self, features: nn.Sequential, classifier: nn.Sequential, *, pool: nn.Module | None = None) -> None:
        super().__init__()
        self.features = features
        self.avgpool = nn.Identity() if pool is None else pool
        self.classifier = classifier
        stages: list[list[str]] = []
        for name, layer in (*_weighted("features", features), *_weighted("classifier", classifier)):
            if isinstance(layer, FOLLOWERS) and stages:
                stages[-1].append(name)
            else:
                stages.append([name])
        self.stages = tuple(tuple(stage) for stage in stages)
        self.head = self.stages[-1][0]

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel, height, width]` -> raw `[batch, width]`."""
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def _weighted(part: str, layers: nn.Sequential) -> list[tuple[str, nn.Module]]:
    """The layers that have weights, by their dotted names."""
    found = ((f"{part}.{name}", layer) for name, layer in layers.named_children())
    return [(name, layer) for name, layer in found if any(True for _ in layer.parameters())]
