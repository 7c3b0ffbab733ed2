"""Scaling as some members see it: inputs on the way in, exact laws on the way out."""

from __future__ import annotations

from torch import Tensor

from isinglass.learning.network import Network
from isinglass.learning.view import scaled


class Scaler:
    """The view of some members of a network, in its dtype, shaped to broadcast over batches.

    Attributes:
        center, scale: `[member, 1, feature]`, or `[member, 1, channel, 1, 1]`.
        target_center, target_scale: `[member, 1, out]`.
        members: int64 `[member]`, their rows in the view.
    """

    def __init__(self, network: Network, members: Tensor) -> None:
        view = network.view
        self.view, self.dtype, self.members = view, network.dtype, members
        along = view.spec.along
        self.center = view.center[members].to(self.dtype)[:, None][along]
        self.scale = view.scale[members].to(self.dtype)[:, None][along]
        self.clip = view.squeezed if isinstance(view.squeezed, bool) else view.squeezed[along]
        self.target_center = view.target_center[members].to(self.dtype)[:, None]
        self.target_scale = view.target_scale[members].to(self.dtype)[:, None]
        self.device = self.center.device

    def scaled(self, inputs: Tensor) -> Tensor:
        """Unscaled `[sample, feature]` or `[member, sample, feature]` -> z `[member, sample, feature]`."""
        return scaled(inputs, self.center, self.scale, self.clip)

    def head(self, raw: Tensor, inputs: Tensor | None) -> Tensor:
        """The view's exact law, if it has one, applied to raw `[member, batch, width]`."""
        if self.view.head is None or inputs is None:
            return raw
        return self.view.head(raw, inputs.to(self.dtype), self.target_center, self.target_scale)
