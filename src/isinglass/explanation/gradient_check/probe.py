"""The number whose gradient is checked: its value, its analytic gradients, and its value with one element moved."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from isinglass.errors import MachineError
from isinglass.explanation.trace.passes.recording import tensors_in

NUDGES = 6
"""Times that a tensor is moved by nothing but a few roundings."""
ROUNDINGS = 4
"""By so many of them, at most."""


@dataclass(frozen=True)
class Probe:
    """The number whose gradient is asked for. It always draws the same random numbers."""

    function: Callable[..., Tensor]
    inputs: Sequence[Tensor]
    loss: Callable[[Tensor], Tensor] | None
    seed: int

    def value(self) -> Tensor:
        """f, a scalar."""
        total = self._sum()
        if not bool(total.isfinite()):
            raise MachineError("the result is not finite: its gradient cannot be checked", given=float(total.detach()))
        return total

    def _sum(self) -> Tensor:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            found = tensors_in(self.function(*self.inputs))
            if not found:
                raise MachineError("the function gives no tensor: there is no gradient to check")
            return (found[0] if self.loss is None else self.loss(found[0])).double().sum()

    def gradients(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """df / d tensor, zeros where f does not depend on it."""
        with torch.inference_mode(False), torch.enable_grad():
            total = self.value()
        if not total.requires_grad:
            return [torch.zeros_like(tensor) for tensor in tensors]
        found = torch.autograd.grad(total, tensors, allow_unused=True)
        return [torch.zeros_like(t) if g is None else g.detach() for t, g in zip(tensors, found, strict=True)]

    @torch.no_grad()
    def rounding(self, tensor: Tensor, gradient: Tensor) -> float:
        """What the function's own arithmetic makes of its result, whatever that is made of.

        Behind a normalization or in an attention the result is a sum of large numbers that cancel: its rounding is
        that of the numbers, not that of the sum. So it is measured: the whole tensor x is moved by d, a few roundings
        an element, and what f(x + d) - f(x) is more than g . d is noise (after More & Wild 2011, Estimating
        computational noise, doi:10.1137/100786125).
        """
        values, before = tensor.detach(), tensor.detach().clone()
        middle = float(self._sum())
        rng = np.random.default_rng(self.seed)
        largest = 0.0
        try:
            for _ in range(NUDGES):
                signs = torch.from_numpy(rng.uniform(-ROUNDINGS, ROUNDINGS, tuple(tensor.shape))).to(values)
                values.copy_(before + signs * np.finfo(np.float64).eps * before.abs().clamp(min=1.0))
                change = float(((values - before) * gradient).sum())
                largest = max(largest, abs(float(self._sum()) - middle - change))
        finally:
            values.copy_(before)
        return largest if math.isfinite(largest) else 0.0

    @torch.no_grad()
    def moved(self, tensor: Tensor, place: int, by: float) -> float:
        """f with one element moved. Raises MachineError where f ends: central differences look to both sides."""
        index = np.unravel_index(place, tuple(tensor.shape)) if tensor.dim() else ()
        values = tensor.detach()  # the same memory
        before = values[index].clone()
        values[index] = before + by
        try:
            found = float(self._sum())
        finally:
            values[index] = before
        if not math.isfinite(found):
            raise MachineError(
                "the function is not finite beside this point, and central differences look to both sides of it",
                given=f"{float(before):g}, moved by {by:.1g}",
                instead="a point inside of where the function is defined.",
            )
        return found
