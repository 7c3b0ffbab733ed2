"""What the report shows of a network's first layer."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from isinglass.machine import build
from isinglass.machine.image.speedrun import Fast
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape, Task, image_spec
from isinglass.workbench.pictures import first_layer


def fast(channels: int) -> Fast:
    machine = build(
        MachineRecipe(kind="fast"),
        Shape(channels * 1024, 4, spec=image_spec(channels, 32, 32)),
        seed=0,
        task=Task.CLASSIFICATION,
    )
    assert isinstance(machine, Fast)
    return machine


def test_whitening_patterns_are_shown_in_their_colours() -> None:
    """Images that vary far more in brightness than in colour: the first pattern is grey, the finest are coloured."""
    machine, generator = fast(3), torch.Generator().manual_seed(0)
    brightness = torch.randn(20, 1, 32, 32, generator=generator)
    machine.fit_to(brightness + 0.1 * torch.randn(20, 3, 32, 32, generator=generator))
    shown = first_layer(machine)
    assert shown.shape == (24, 2, 2, 3)
    weight = machine.whiten.weight.numpy()
    for kernel, own in zip(shown, weight, strict=True):
        np.testing.assert_allclose(2 * kernel - 1, np.moveaxis(own / np.abs(own).max(), 0, -1), atol=1e-6)
    colours = np.ptp(shown, axis=-1).max(axis=(1, 2))
    assert colours[:4].max() < 0.1 < 0.5 < colours[4:12].min()


def test_kernels_of_three_channels_are_colours_and_of_five_their_mean() -> None:
    kernels = nn.Conv2d(3, 6, 3)
    shown = first_layer(nn.Sequential(kernels, nn.ReLU()))
    largest = float(kernels.weight.detach().abs().max())
    expected = np.moveaxis(kernels.weight.detach().numpy(), 1, -1) / largest
    np.testing.assert_allclose(2 * shown - 1, expected, atol=1e-6)
    assert first_layer(nn.Conv2d(5, 6, 3)).shape == (6, 3, 3, 1)
    assert first_layer(fast(4)).shape == (32, 2, 2, 1)
    assert not len(first_layer(nn.Conv2d(3, 6, 1)))
