"""Features, then a classifier: the form of most networks for images."""

from __future__ import annotations

from torch import Tensor, nn


class Chain(nn.Module):
    """raw = classifier(flatten(pool(features(x)))).

    Args:
        features: from `[batch, channel, height, width]` to feature maps.
        classifier: from `[batch, channel * height * width]` of these to raw outputs.
        pool: between the two; None: nothing.

    `stages` are the layers with weights, one a stage, from the input to the head; `head` names the last of them.
    """

    def __init__(self, features: nn.Sequential, classifier: nn.Sequential, *, pool: nn.Module | None = None) -> None:
        super().__init__()
        self.features = features
        self.avgpool = nn.Identity() if pool is None else pool
        self.classifier = classifier
        places = [f"{part}.{name}" for part in ("features", "classifier") for name in _weighted(getattr(self, part))]
        self.stages = tuple((place,) for place in places)
        self.head = places[-1]

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel, height, width]` -> raw `[batch, width]`."""
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def _weighted(layers: nn.Sequential) -> list[str]:
    """Names of the layers that have weights; a normalization belongs to the convolution before it all the same."""
    return [name for name, layer in layers.named_children() if any(True for _ in layer.parameters())]
