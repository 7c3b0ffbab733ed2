"""What every layer and every activation keeps."""

from __future__ import annotations

from copy import deepcopy
from functools import partial

import pytest
import torch
from practice import THERE
from tape import replayed
from torch import nn

from isinglass.machine import layers
from isinglass.machine.activations import ACTIVATIONS, activation

UNITS = 6


def _rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


LAYERS: dict[str, nn.Module] = {
    "BatchNorm": layers.BatchNorm(UNITS),
    "Chebyshev": layers.Chebyshev(UNITS, 3),
    "Dropout": layers.Dropout(0.5),
    "Encoder": layers.Encoder(UNITS, layers.Chebyshev(UNITS, 2), None),
    "Maxout": layers.Maxout(3),
    "PeriodicEmbedding": layers.PeriodicEmbedding(UNITS, frequencies=3, width=4, sigma=0.5, rng=_rng()),
    "PeriodicReluEmbedding": layers.PeriodicReluEmbedding(UNITS, frequencies=3, width=4, sigma=0.5, rng=_rng()),
    "PiecewiseEmbedding": layers.PiecewiseEmbedding(UNITS, bins=4, width=3, rng=_rng()),
    "Residual": layers.Residual(nn.Sequential(nn.Tanh())),
    "Step": layers.Step(),
} | {name: make() for name, make in ACTIVATIONS.items()}
ON_CODES = {"CategoricalEmbedding", "OneHot"}


def test_every_layer_is_here() -> None:
    found = {name for name, value in vars(layers).items() if isinstance(value, type) and issubclass(value, nn.Module)}
    assert found == {name for name in LAYERS if name[0].isupper()} | ON_CODES


@pytest.mark.parametrize("name", LAYERS)
def test_gradient_by_the_input_equals_the_numerical_one(name: str) -> None:
    layer = LAYERS[name].double().train()
    x = torch.randn(5, UNITS, generator=_rng(), dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(layer, (x,))


@pytest.mark.parametrize("name", LAYERS)
def test_leading_axes_are_members_of_the_input(name: str) -> None:
    layer = LAYERS[name].double().eval()
    x = torch.randn(2, 3, 5, UNITS, generator=_rng(), dtype=torch.float64)
    torch.testing.assert_close(layer(x)[1, 2], layer(x[1, 2]))


@pytest.mark.parametrize("name", LAYERS)
def test_the_same_on_another_device(name: str) -> None:
    layer = deepcopy(LAYERS[name]).double().train()
    x = torch.randn(5, UNITS, generator=_rng(), dtype=torch.float64)
    there = replayed(partial(deepcopy(layer).to(THERE), x.to(THERE)))
    torch.testing.assert_close(there.cpu(), layer(x))


@pytest.mark.parametrize("layer", [layers.OneHot((3, 4)), layers.CategoricalEmbedding((3, 4), 2)], ids=type)
def test_codes_on_another_device(layer: nn.Module) -> None:
    codes = torch.tensor([[0.0, 3.0], [2.0, 1.0], [1.0, 0.0]], dtype=torch.float64)
    for parameter in layer.parameters():
        nn.init.normal_(parameter, generator=_rng())
    there = replayed(partial(deepcopy(layer).to(THERE), codes.to(THERE)))
    torch.testing.assert_close(there.cpu(), layer(codes))


@pytest.mark.parametrize("name", LAYERS)
def test_vmap_over_inputs(name: str) -> None:
    layer = LAYERS[name].double().eval()
    x = torch.randn(3, 5, UNITS, generator=_rng(), dtype=torch.float64)
    torch.testing.assert_close(torch.vmap(layer)(x), torch.stack([layer(part) for part in x]))


@pytest.mark.parametrize("name", LAYERS)
def test_precision_is_kept(name: str) -> None:
    for dtype in (torch.float32, torch.float64):
        assert LAYERS[name].to(dtype).eval()(torch.ones(2, UNITS, dtype=dtype)).dtype == dtype


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_has_no_parameters_and_a_name(name: str) -> None:
    assert not list(activation(name).parameters())
