"""Polynomials against numpy's, and that they span the monomials."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from isinglass.errors import MachineError
from isinglass.machine.layers import Chebyshev
from isinglass.machine.layers.chebyshev import count_terms


def test_one_input_equals_numpys_chebyshev() -> None:
    x = np.linspace(-2, 2, 50)
    expected = np.polynomial.chebyshev.chebvander(x / 2, 30)[:, 1:]
    np.testing.assert_allclose(Chebyshev(1, 30)(torch.tensor(x)[:, None]).numpy(), expected, atol=1e-10)


def test_several_inputs_span_all_monomials() -> None:
    x = np.random.default_rng(0).normal(size=(200, 3))
    powers = [p for p in itertools.product(range(4), repeat=3) if 0 < sum(p) <= 3]
    monomials = np.stack([np.prod(x**p, axis=1) for p in powers], axis=1)
    basis = Chebyshev(3, 3)(torch.tensor(x)).numpy()
    assert basis.shape[1] == len(powers) == count_terms(3, 3) == 19
    design = np.column_stack((np.ones(200), basis))
    fitted = design @ np.linalg.lstsq(design, monomials, rcond=None)[0]
    np.testing.assert_allclose(fitted, monomials, atol=1e-9)


def test_too_many_terms() -> None:
    with pytest.raises(MachineError, match=r"10,625 terms.*at most 5,000.*degree = 3"):
        Chebyshev(20, 4)
