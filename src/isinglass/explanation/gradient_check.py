"""Is the gradient right? The analytic one against central differences, number by number, in float64.

n = (f(theta + h) - f(theta - h)) / 2h against g = df/dtheta; the relative error of a tensor is |g - n| / (|g| + |n|),
Euclidean norms over the elements that were looked at. Where a single element disagrees, the one-sided differences and
a smaller step say why: at a kink (ReLU at 0, a tie in a max pooling) the two sides have slopes of their own and no
gradient can equal both; within a step of a kink a smaller step agrees; elsewhere the gradient is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import torch
from torch import Tensor, nn

from isinglass.errors import MachineError
from isinglass.explanation.trace.recording import tensors_in
from isinglass.explanation.trace.tracing import copied

STEP = 1e-6
"""About the cube root of float64's resolution: rounding and curvature then err by about 1e-10 each."""

TOLERANCE = 1e-5
"""Largest relative error of a tensor that passes."""

ENTRIES = 50
"""Elements of a tensor that are looked at, unless told otherwise: the largest gradient, the rest drawn."""

SHRINK = (1e-1, 1e-2, 1e-3)
"""Parts of the step that are tried where it may have crossed a kink."""

NOISE = 25
"""Roundings of the result that a function's own arithmetic may have added up."""

WORST = 3
"""Elements of a tensor that are listed."""


class Cause(StrEnum):
    """Why an element's two gradients differ."""

    KINK = "at a kink: the slopes on its two sides differ"
    CROSSED = "a kink lies within the step: with a smaller one they agree"
    WRONG = "the gradient is wrong"


@dataclass(frozen=True)
class Offender:
    """One element that disagrees.

    Args:
        index: in its tensor.
        analytic, numerical: the two gradients.
        left, right: one-sided differences.
        cause: what explains the difference.
    """

    index: tuple[int, ...]
    analytic: float
    numerical: float
    left: float
    right: float
    cause: Cause

    def __str__(self) -> str:
        place = f"[{', '.join(map(str, self.index))}]" if self.index else "the number"
        sides = f"left {self.left:.6g}, right {self.right:.6g}"
        return f"{place}: analytic {self.analytic:.6g}, numerical {self.numerical:.6g} ({sides}): {self.cause}"


@dataclass(frozen=True)
class Checked:
    """One tensor: its name, its shape, how many elements were looked at, the relative error of those that no kink
    explains, and those that disagree most."""

    name: str
    shape: tuple[int, ...]
    looked_at: int
    relative_error: float
    worst: tuple[Offender, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the gradient is right wherever there is one."""
        return self.relative_error <= TOLERANCE and all(one.cause is not Cause.WRONG for one in self.worst)


@dataclass(frozen=True)
class GradientCheck:
    """All tensors, and the step that was taken."""

    tensors: tuple[Checked, ...]
    step: float

    @property
    def passed(self) -> bool:
        """Whether all of them passed."""
        return all(tensor.passed for tensor in self.tensors)

    @property
    def kinks(self) -> int:
        """Elements whose difference a kink explains, of those listed."""
        return sum(one.cause is not Cause.WRONG for tensor in self.tensors for one in tensor.worst)


def gradient_check(
    function: Callable[..., Tensor] | nn.Module,
    *inputs: Tensor,
    loss: Callable[[Tensor], Tensor] | None = None,
    step: float = STEP,
    entries: int | None = ENTRIES,
    only: Sequence[str] = (),
    seed: int = 0,
) -> GradientCheck:
    """Compare the gradients of parameters and floating-point inputs with central differences.

    Args:
        function: a module, or a function of tensors. A module is copied and checked in float64.
        inputs: tensors; floating-point ones are taken in float64 and checked too, as `input 1`, `input 2` ...
        loss: of the output; None: the sum of the output.
        step: h, as a part of the element's size where that is above 1.
        entries: elements looked at in each tensor; None: all.
        only: names of the tensors that are checked; empty: all.
        seed: of the elements that are drawn, and of whatever the function draws (each evaluation draws the same).

    Raises:
        MachineError: the function gives no tensor, or a number that is not finite.
    """
    own = copied(function)
    own = own.double() if isinstance(own, nn.Module) else own
    leaves = [x.detach().double().requires_grad_() if x.is_floating_point() else x for x in inputs]
    named = dict(own.named_parameters()) if isinstance(own, nn.Module) else {}
    named |= {f"input {n}": x for n, x in enumerate(leaves, start=1) if x.is_floating_point()}
    if unknown := set(only) - set(named):
        raise MachineError("there is no such tensor to check", given=sorted(unknown), allowed=named)
    named = {name: tensor for name, tensor in named.items() if not only or name in only}
    probe = _Probe(own, leaves, loss, seed)
    analytic = probe.gradients(list(named.values()))
    rng = np.random.default_rng(seed)
    pairs = zip(named.items(), analytic, strict=True)
    return GradientCheck(tuple(_check(probe, n, t, g, _Plan(step, entries, rng)) for (n, t), g in pairs), step)


@dataclass(frozen=True)
class _Plan:
    step: float
    entries: int | None
    rng: np.random.Generator

    def places(self, gradient: Tensor) -> Iterator[int]:
        """The element with the largest gradient, and others drawn without repetition."""
        size = gradient.numel()
        if self.entries is None or size <= self.entries:
            yield from range(size)
            return
        largest = int(gradient.abs().argmax())
        yield largest
        others = self.rng.choice(size, self.entries - 1, replace=False)
        yield from sorted(int(place) for place in others if place != largest)


@dataclass(frozen=True)
class _Probe:
    """The number whose gradient is asked for. It always draws the same random numbers."""

    function: Callable[..., Tensor]
    inputs: Sequence[Tensor]
    loss: Callable[[Tensor], Tensor] | None
    seed: int

    def value(self) -> Tensor:
        """f, a scalar."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            found = tensors_in(self.function(*self.inputs))
            if not found:
                raise MachineError("the function gives no tensor: there is no gradient to check")
            total = (found[0] if self.loss is None else self.loss(found[0])).double().sum()
        if not bool(total.isfinite()):
            raise MachineError("the result is not finite: its gradient cannot be checked", given=float(total.detach()))
        return total

    def gradients(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """df / d tensor, zeros where f does not depend on it."""
        with torch.inference_mode(False), torch.enable_grad():
            total = self.value()
        if not total.requires_grad:
            return [torch.zeros_like(tensor) for tensor in tensors]
        found = torch.autograd.grad(total, tensors, allow_unused=True)
        return [torch.zeros_like(t) if g is None else g.detach() for t, g in zip(tensors, found, strict=True)]

    @torch.no_grad()
    def moved(self, tensor: Tensor, place: int, by: float) -> float:
        """f with one element moved."""
        index = np.unravel_index(place, tuple(tensor.shape)) if tensor.dim() else ()
        values = tensor.detach()  # the same memory
        before = values[index].clone()
        values[index] = before + by
        found = float(self.value())
        values[index] = before
        return found


def _check(probe: _Probe, name: str, tensor: Tensor, gradient: Tensor, plan: _Plan) -> Checked:
    middle = float(probe.value().detach())
    places = list(plan.places(gradient))
    looks = [
        _look(probe, tensor, place, _Slope(middle, float(gradient.flatten()[place]), plan.step)) for place in places
    ]
    smooth = [look for look in looks if look.cause is None or look.cause is Cause.WRONG]
    suspects = sorted((look for look in looks if look.cause is not None), key=lambda look: -look.apart)
    worst = [_offender(look, tensor.shape) for look in suspects[:WORST]]
    return Checked(name, tuple(tensor.shape), len(places), _relative_error(smooth), tuple(worst))


@dataclass(frozen=True)
class _Slope:
    middle: float
    analytic: float
    step: float


@dataclass(frozen=True)
class _Look:
    place: int
    analytic: float
    numerical: float
    left: float
    right: float
    noise: float
    cause: Cause | None

    @property
    def apart(self) -> float:
        return abs(self.analytic - self.numerical)


def _look(probe: _Probe, tensor: Tensor, place: int, slope: _Slope) -> _Look:
    look = _differences(probe, tensor, place, slope)
    if _agrees(look):
        return look
    smaller = look
    for part in SHRINK:
        smaller = _differences(probe, tensor, place, _Slope(slope.middle, slope.analytic, slope.step * part))
        if _agrees(smaller):
            return replace(look, cause=Cause.CROSSED)
    torn = abs(smaller.right - smaller.left) > 10 * _allowed(smaller)
    return replace(look, cause=Cause.KINK if torn else Cause.WRONG)


def _differences(probe: _Probe, tensor: Tensor, place: int, slope: _Slope) -> _Look:
    size = abs(float(tensor.detach().flatten()[place]))
    h = slope.step * max(1.0, size)
    up, down = probe.moved(tensor, place, h), probe.moved(tensor, place, -h)
    right, left = (up - slope.middle) / h, (slope.middle - down) / h
    noise = 4 * np.finfo(np.float64).eps * max(abs(up), abs(down), abs(slope.middle)) / h
    return _Look(place, slope.analytic, (up - down) / (2 * h), left, right, noise, None)


def _agrees(look: _Look) -> bool:
    return look.apart <= _allowed(look)


def _allowed(look: _Look) -> float:
    """What rounding of f and curvature within the step may come to."""
    return look.noise * NOISE + TOLERANCE * max(abs(look.analytic), abs(look.numerical))


def _relative_error(looks: Sequence[_Look]) -> float:
    """|g - n| / (|g| + |n|); where both are lost in rounding's noise, the noise takes the place of their size."""
    sizes = np.linalg.norm([look.analytic for look in looks]) + np.linalg.norm([look.numerical for look in looks])
    noise = np.linalg.norm([look.noise for look in looks]) * NOISE / TOLERANCE
    apart = np.linalg.norm([look.apart for look in looks])
    return float(apart / max(sizes, noise)) if apart else 0.0


def _offender(look: _Look, shape: Sequence[int]) -> Offender:
    index = tuple(int(i) for i in np.unravel_index(look.place, tuple(shape))) if shape else ()
    assert look.cause is not None
    return Offender(index, look.analytic, look.numerical, look.left, look.right, look.cause)
