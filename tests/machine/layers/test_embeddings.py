"""Embeddings of categories and of numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from isinglass.errors import MachineError
from isinglass.machine import build
from isinglass.machine.layers import (
    CategoricalEmbedding,
    OneHot,
    PeriodicEmbedding,
    PeriodicReluEmbedding,
    PiecewiseEmbedding,
)
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape

RNG = torch.Generator().manual_seed(0)


def test_a_category_never_seen_contributes_nothing() -> None:
    machine = build(MachineRecipe(hidden=(8,), numeric_embedding="none"), Shape(2, 1, (5,)), seed=0)
    optimizer = torch.optim.SGD(machine.parameters(), lr=0.1)
    x = torch.stack((torch.randn(64), torch.arange(64) % 3 + 1.0), dim=1)  # codes 1, 2, 3: never 0 or 4
    for _ in range(20):
        optimizer.zero_grad()
        (machine(x) - x[:, 1:]).square().mean().backward()
        optimizer.step()
    table = machine.get_submodule("0.categorical").table
    assert table[[1, 2, 3]].abs().min() > 0
    assert torch.equal(table[[0, 4]], torch.zeros_like(table[[0, 4]]))
    probe = torch.tensor([[0.3, 0.0], [0.3, 4.0]])
    assert torch.equal(machine(probe)[0], machine(probe)[1])


def test_columns_have_their_own_rows() -> None:
    layer = CategoricalEmbedding((3, 2), 2)
    with torch.no_grad():
        layer.table.copy_(torch.arange(10.0).reshape(5, 2))
    assert layer(torch.tensor([[2.0, 1.0]])).tolist() == [[4.0, 5.0, 8.0, 9.0]]


def test_one_hot_has_nothing_for_unknown() -> None:
    layer = OneHot((4, 3))
    assert layer.width == 5
    assert layer(torch.tensor([[0.0, 2.0], [3.0, 0.0]])).tolist() == [[0, 0, 0, 0, 1], [0, 0, 1, 0, 0]]


def test_frequencies_form_a_ladder() -> None:
    rng = torch.Generator().manual_seed(0)
    layer = PeriodicEmbedding(4000, frequencies=3, width=2, sigma=2.0, slowest=0.01, rng=rng)
    np.testing.assert_allclose(layer.frequency.detach().std(0).numpy(), [0.02, 0.2, 2.0], rtol=0.05)


def test_periodic_formula() -> None:
    layer = PeriodicEmbedding(2, frequencies=3, width=4, sigma=0.5, rng=RNG)
    x = torch.tensor([[0.3, -1.2]])
    f, phi, v, c = (p.detach().numpy().astype(np.float64) for p in layer.parameters())
    expected = []
    for i, value in enumerate((0.3, -1.2)):
        waves = np.cos(2 * math.pi * f[i] * value + phi[i])
        expected += [value, *(waves @ v[i] + c[i])]
    np.testing.assert_allclose(layer(x).detach().numpy()[0], expected, rtol=1e-5)


def test_periodic_relu_formula() -> None:
    layer = PeriodicReluEmbedding(1, frequencies=2, width=3, sigma=0.5, rng=RNG)
    f, v, c = (p.detach().numpy().astype(np.float64)[0] for p in layer.parameters())
    angle = 2 * math.pi * f * 0.7
    expected = np.maximum(np.concatenate((np.sin(angle), np.cos(angle))) @ v + c, 0)
    np.testing.assert_allclose(layer(torch.tensor([[0.7]])).detach().numpy()[0], expected, rtol=1e-5)


def test_piecewise_is_linear_at_first_and_bends_at_its_knots() -> None:
    layer = PiecewiseEmbedding(1, bins=3, width=1, rng=RNG).double()
    layer.knots.copy_(torch.tensor([[-1.0, 0.0, 1.0, 2.0]]))
    x = torch.linspace(-3, 4, 141, dtype=torch.float64)[:, None]
    assert layer(x).diff(n=2, dim=0).abs().max() < 1e-12
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[[1.0], [-2.0], [0.5]]]))
    slope = layer(x).diff(dim=0)[:, 0] / 0.05 - layer.slope.item()
    middle = (x[1:, 0] + x[:-1, 0]) / 2
    expected = torch.where(middle < 0, 1.0, torch.where(middle < 1, -2.0, 0.5)).double()
    torch.testing.assert_close(slope, expected)


def test_knots_start_at_normal_quantiles() -> None:
    knots = PiecewiseEmbedding(2, bins=6, width=1, rng=RNG).knots[0]
    assert knots[3] == pytest.approx(0.0, abs=1e-6)
    assert float(knots[5] - knots[1]) == pytest.approx(1.0, abs=1e-6)  # the quartiles of a scaled feature


def test_sizes_that_make_no_sense() -> None:
    with pytest.raises(MachineError, match="feature and a wave"):
        PeriodicEmbedding(2, frequencies=3, width=1, sigma=0.5, rng=RNG)
    with pytest.raises(MachineError, match="two intervals"):
        PiecewiseEmbedding(2, bins=1, width=1, rng=RNG)
