"""Bricks against definitions: dropout of maps and blocks, fractional pooling, maxout, squeeze and excite, whitening."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from isinglass.errors import MachineError
from isinglass.machine import build
from isinglass.machine.blocks import (
    ChannelMaxout,
    Dropout2d,
    DropPath,
    FractionalMaxPool,
    ResidualBlock,
    SqueezeExcite,
    Whiten,
    concatenate,
)
from isinglass.machine.image.cifar_resnet import PlainShortcut
from isinglass.machine.image.resnet import growing
from isinglass.machine.image.speedrun import Fast
from isinglass.machine.layers import dropout_layers, set_dropout_keys
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape, Task, image_spec


def images(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def keyed(layer: nn.Module, seed: int, step: int = 0) -> nn.Module:
    wrapped = nn.Sequential(layer).train()
    set_dropout_keys(wrapped, seed, step)
    return wrapped


def test_whole_maps_are_dropped_at_the_rate_asked_for() -> None:
    out = keyed(Dropout2d(0.3), 5)(torch.ones(200, 50, 3, 4, dtype=torch.float64))
    first = out[:, :, :1, :1]
    assert torch.equal(out, first.expand_as(out))
    assert first.unique().tolist() == pytest.approx([0.0, 1 / 0.7])
    assert float((first == 0).double().mean()) == pytest.approx(0.3, abs=0.015)


def test_blocks_are_dropped_sample_by_sample() -> None:
    out = keyed(DropPath(0.4), 5)(torch.ones(2000, 3, 2, 2))
    assert torch.equal(out, out[:, :1, :1, :1].expand_as(out))
    assert float((out[:, 0, 0, 0] == 0).double().mean()) == pytest.approx(0.4, abs=0.04)


@pytest.mark.parametrize("make", [lambda: Dropout2d(0.5), lambda: DropPath(0.5), FractionalMaxPool])
def test_draws_are_the_members_own_and_need_no_generator(make) -> None:
    x = images(6, 4, 9, 9)
    state = torch.random.get_rng_state()
    first, again, other, later = (keyed(make(), *key)(x) for key in ((1, 0), (1, 0), (2, 0), (1, 1)))
    assert torch.equal(state, torch.random.get_rng_state())
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first, later)


@pytest.mark.parametrize("make", [lambda: Dropout2d(0.5), lambda: DropPath(0.5)])
def test_in_evaluation_nothing_is_dropped(make) -> None:
    x = images(3, 4, 5, 5)
    assert torch.equal(make().eval()(x), x)


def test_layers_of_a_machine_draw_different_masks() -> None:
    machine = nn.Sequential(Dropout2d(0.5), Dropout2d(0.5)).train()
    set_dropout_keys(machine, 3, 0)
    x = torch.ones(8, 8, 1, 1)
    assert len(dropout_layers(machine)) == 2
    assert not torch.equal(machine[0](x), machine[1](x))


def test_depth_is_stochastic_in_proportion() -> None:
    assert growing(0.2, 4) == pytest.approx([0.05, 0.1, 0.15, 0.2])


def test_fractional_pooling_takes_maxima_of_regions_of_one_or_two_steps() -> None:
    x, pool = torch.arange(100.0).reshape(1, 1, 10, 10), FractionalMaxPool(0.7)
    out = keyed(pool, 3)(x)
    assert out.shape == (1, 1, 7, 7)
    rows, columns = out[0, 0, :, 0].diff() / 10, out[0, 0, 0].diff()
    assert set(rows.tolist()) <= {1.0, 2.0}
    assert set(columns.tolist()) <= {1.0, 2.0}
    assert float(out.max()) == 99
    with pytest.raises(MachineError, match=r"ratio.*0.5 <= r < 1"):
        FractionalMaxPool(1.5)


def test_maxout_takes_neighbouring_channels() -> None:
    x = images(2, 6, 3, 3)
    expected = torch.stack([x[:, 3 * i : 3 * i + 3].max(1).values for i in range(2)], 1)
    torch.testing.assert_close(ChannelMaxout(3)(x), expected)
    with pytest.raises(MachineError, match="two pieces or more"):
        ChannelMaxout(1)


def test_squeeze_and_excite_by_hand() -> None:
    layer, x = SqueezeExcite(8, reduction=2).double(), images(3, 8, 4, 5)
    mean = x.numpy().mean((2, 3))
    w1, b1, w2, b2 = (p.detach().numpy() for p in layer.parameters())
    inner = np.maximum(mean @ w1.T + b1, 0) @ w2.T + b2
    expected = x.numpy() / (1 + np.exp(-inner))[:, :, None, None]
    np.testing.assert_allclose(layer(x).detach().numpy(), expected, rtol=1e-12)


def test_residual_block_and_plain_shortcut() -> None:
    x = images(2, 4, 6, 6)
    block = ResidualBlock(nn.Conv2d(4, 4, 3, padding=1).double(), 4, 4)
    torch.testing.assert_close(block(x), (x + block.inner(x)).relu())
    short = PlainShortcut(4, 2)(x)
    assert short.shape == (2, 8, 3, 3)
    assert torch.equal(short[:, 2:6], x[..., ::2, ::2])
    assert not short[:, [0, 1, 6, 7]].any()


def test_skips_of_another_size() -> None:
    x, same, odd, large = images(1, 2, 4, 4), images(1, 3, 4, 4), images(1, 3, 5, 4), images(1, 3, 8, 8)
    assert torch.equal(concatenate(x, same), torch.cat((x, same), 1))
    assert torch.equal(concatenate(x, odd)[:, :2], functional.pad(x, (0, 0, 0, 1)))
    assert torch.equal(concatenate(x, large)[:, 2:], large[..., 2:6, 2:6])


def test_whitened_patches_are_uncorrelated_and_of_equal_strength() -> None:
    smooth = functional.avg_pool2d(images(40, 3, 24, 24), 3, 1) + 0.2
    layer = Whiten(3, 2, epsilon=0.0).double()
    layer.fit_to(smooth)
    out = layer(smooth).detach()[:, :12].transpose(0, 1).reshape(12, -1)
    torch.testing.assert_close(out @ out.T / out.shape[1], torch.eye(12, dtype=torch.float64), rtol=0, atol=1e-8)
    assert torch.equal(layer.weight[:12], -layer.weight[12:])
    with pytest.raises(MachineError, match=r"patterns are taken of images.*\[sample, 3, height, width\]"):
        layer.fit_to(images(4, 1, 8, 8))


def test_fast_network_is_fitted_to_images_and_keeps_it_in_its_state() -> None:
    shape = Shape(3 * 32 * 32, 10, spec=image_spec(3, 32, 32))
    machine, other = (build(MachineRecipe(kind="fast"), shape, seed=s, task=Task.CLASSIFICATION).eval() for s in (0, 1))
    assert isinstance(machine, Fast)
    x = images(20, 3, 32, 32).float()
    before = machine(x)
    machine.fit_to(x)
    assert not torch.equal(machine(x), before)
    other.load_state_dict(machine.state_dict())
    assert torch.equal(other(x), machine(x))
    assert "whiten.weight" not in dict(machine.named_parameters())
