"""A solver that starts where a network guesses: the answer is the equation's own, the network only saves steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from isinglass.errors import MachineError


@dataclass(frozen=True)
class Solved:
    """Roots of many equations.

    Args:
        roots: `[sample, unknown]`.
        steps: int64 `[sample]`, Newton steps that each took; the most allowed where it did not converge.
        converged: bool `[sample]`.
    """

    roots: Tensor
    steps: Tensor
    converged: Tensor


def newton(
    function: Callable[[Tensor, Tensor], Tensor],
    start: Tensor,
    given: Tensor,
    *,
    tolerance: float = 1e-10,
    most: int = 50,
) -> Solved:
    """Newton's method for all samples at once: y <- y - J^-1 F(y; x), J by automatic differentiation.

    Args:
        function: F of one sample: unknowns `[unknown]`, what is given `[feature]` -> residuals `[unknown]`.
        start: first guesses `[sample, unknown]`, a network's prediction for instance; computed in float64.
        given: `[sample, feature]`.
        tolerance: of the largest residual of a sample.
        most: steps.

    Raises:
        MachineError: where the residuals are not as many as the unknowns.
    """
    y, x = start.double().clone(), given.double()
    values = torch.func.vmap(function)
    slopes = torch.func.vmap(torch.func.jacrev(function))
    steps, active = torch.zeros(len(y), dtype=torch.int64), torch.ones(len(y), dtype=torch.bool)
    for count in range(most + 1):
        residual = values(y, x)
        if residual.shape != y.shape:
            raise MachineError("a system has one equation for each unknown", given=tuple(residual.shape),
                               allowed=tuple(y.shape))  # fmt: skip
        active = ~(residual.abs().amax(1) <= tolerance)
        if count == most or not bool(active.any()):
            break
        jacobian, rest = slopes(y[active], x[active]), residual[active]
        move, singular = torch.linalg.solve_ex(jacobian, rest.unsqueeze(-1))
        y[active] -= torch.where(singular[:, None] == 0, move.squeeze(-1), torch.nan)
        steps[active] += 1
    return Solved(y, steps, ~active)
