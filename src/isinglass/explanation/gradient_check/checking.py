"""The check: analytic gradients against central differences, number by number, in float64.

n = (f(theta + h) - f(theta - h)) / 2h against g = df/dtheta; the relative error of a tensor is |g - n| / (|g| + |n|),
Euclidean norms over the elements that were looked at; what rounding alone makes of f is no difference. Where a single
element disagrees, the one-sided differences and a smaller step say why: at a kink (ReLU at 0, a tie in a max pooling)
the two sides have slopes of their own and no gradient can equal both; within a step of a kink a smaller step agrees;
elsewhere the gradient is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from isinglass.errors import MachineError
from isinglass.explanation.gradient_check.differences import Difference, Slope, look_at, relative_error
from isinglass.explanation.gradient_check.findings import Cause, Checked, GradientCheck, Offender
from isinglass.explanation.gradient_check.probe import Probe
from isinglass.explanation.trace.passes.copying import copied

STEP = 1e-6
"""About the cube root of float64's resolution: rounding and curvature then err by about 1e-10 each."""

ENTRIES = 50
"""Elements of a tensor that are looked at, unless told otherwise: the largest gradient, the rest drawn."""

WORST = 3
"""Elements of a tensor that are listed."""


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
    probe = Probe(own, leaves, loss, seed)
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


def _check(probe: Probe, name: str, tensor: Tensor, gradient: Tensor, plan: _Plan) -> Checked:
    middle, rounding = float(probe.value().detach()), probe.rounding(tensor, gradient)
    places = list(plan.places(gradient))
    slopes = [Slope(middle, float(gradient.flatten()[place]), plan.step, rounding) for place in places]
    looks = [look_at(probe, tensor, place, slope) for place, slope in zip(places, slopes, strict=True)]
    smooth = [look for look in looks if look.cause is None or look.cause is Cause.WRONG]
    suspects = sorted((look for look in looks if look.cause is not None), key=lambda look: -look.apart)
    worst = [_offender(look, tensor.shape) for look in suspects[:WORST]]
    return Checked(name, tuple(tensor.shape), len(places), relative_error(smooth), tuple(worst))


def _offender(look: Difference, shape: Sequence[int]) -> Offender:
    index = tuple(int(i) for i in np.unravel_index(look.place, tuple(shape))) if shape else ()
    assert look.cause is not None
    return Offender(index, look.analytic, look.numerical, look.left, look.right, look.cause)
