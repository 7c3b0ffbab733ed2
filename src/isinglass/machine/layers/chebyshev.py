"""All polynomials of several inputs up to a total degree."""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor, nn

from isinglass.errors import MachineError

MAX_TERMS = 5000


class Chebyshev(nn.Module):
    """Products of Chebyshev polynomials T_k(x / 2) with total degree 1 .. degree; the constant is left to the bias.

    They span the same functions as the monomials x_1^a x_2^b ..., so a linear machine on top of them is polynomial
    regression, but a float can hold them at degree 30: scaled inputs lie mostly within -2 .. 2, where every T_k
    lies within -1 .. 1.

    Args:
        features: number of inputs.
        degree: largest total degree.

    Raises:
        MachineError: for more than 5,000 terms.

    Reference: Mason and Handscomb (2003), Chebyshev Polynomials, chapter 1. T_0 = 1, T_1 = t,
    T_k = 2 t T_(k-1) - T_(k-2).
    """

    exponents: Tensor

    def __init__(self, features: int, degree: int) -> None:
        super().__init__()
        self.features, self.degree = features, degree
        self.terms = count_terms(features, degree)
        if self.terms > MAX_TERMS:
            raise MachineError(
                f"a polynomial of degree {degree} in {features} features has {self.terms:,} terms",
                where="machine.degree",
                allowed=f"at most {MAX_TERMS:,} terms",
                instead=f"degree = {_largest_degree(features)}, or fewer features",
            )
        # not persistent: the same for every member, so no plan has to carry it as a member's buffer
        self.register_buffer("exponents", torch.tensor(_exponents(features, degree)), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """x `[..., batch, feature]` -> `[..., batch, term]`, ordered by total degree."""
        t = x / 2
        powers = [torch.ones_like(t), t]
        for _ in range(self.degree - 1):
            powers.append(2 * t * powers[-1] - powers[-2])
        table = torch.stack(powers, dim=-1)  # [..., batch, feature, degree]
        product = table[..., 0, :].index_select(-1, self.exponents[:, 0])
        for feature in range(1, self.features):
            product = product * table[..., feature, :].index_select(-1, self.exponents[:, feature])
        return product

    def extra_repr(self) -> str:
        """What `print(machine)` shows."""
        return f"features={self.features}, degree={self.degree}, terms={self.terms}"


def count_terms(features: int, degree: int) -> int:
    """Number of monomials of degree 1 .. degree: (features + degree choose degree) - 1."""
    return math.comb(features + degree, degree) - 1


def _largest_degree(features: int) -> int:
    return max(degree for degree in range(1, MAX_TERMS) if count_terms(features, degree) <= MAX_TERMS or degree == 1)


def _exponents(features: int, degree: int) -> list[list[int]]:
    chosen = itertools.chain.from_iterable(
        itertools.combinations_with_replacement(range(features), total) for total in range(1, degree + 1)
    )
    return [[term.count(feature) for feature in range(features)] for term in chosen]
