"""One step's worth of data, as members see it: what a feed gives and terms are computed from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class AsFunction:
    """One member's network as a function of its inputs, for terms that ask it at points of their own.

    Args:
        outputs: unscaled inputs `[point, feature]` -> outputs `[point, out]` in the targets' units, differentiable by
            the inputs and by the weights.
        spread_in: what counts as a large change of each input, `[feature]`.
        spread_out: of each output, `[out]`.
        seed: the member's; with `step`, of points that are drawn at random.
        step: optimizer steps that the member has taken.
    """

    outputs: Callable[[Tensor], Tensor]
    spread_in: Tensor
    spread_out: Tensor
    seed: int
    step: int


@dataclass(frozen=True)
class Batch:
    """Rows, or samples of any other origin, as members see them; the leading axes `...` are `step, member` or `member`.

    Attributes:
        z: `[..., batch, feature]`, scaled inputs, or `[..., batch, channel, height, width]`: what the machine is given.
        target: `[..., batch, out]`, scaled targets, or masks as they are.
        weight: `[..., batch]`, summing to 1 (or all 0), or None: all equal.
        padding: bool `[..., batch]`, True where the row is padding, or None: no padding.
        inputs: `[..., batch, feature]`, unscaled, where a head or a term needs them; else None.
        other, share: `[..., batch, out]` and `[..., batch]`: targets that are mixed in, and how much; or None.
        network: the member's network as a function, where a term asks for it (`Term.asks`); else None.
    """

    z: Tensor
    target: Tensor
    weight: Tensor | None = None
    padding: Tensor | None = None
    inputs: Tensor | None = None
    other: Tensor | None = None
    share: Tensor | None = None
    network: AsFunction | None = None

    def step(self, k: int) -> Batch:
        """The k-th step of a batch with a step axis."""
        weight, padding, inputs = (None if p is None else p[k] for p in (self.weight, self.padding, self.inputs))
        return Batch(self.z[k], self.target[k], weight, padding, inputs)
