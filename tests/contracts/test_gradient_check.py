"""Every machine and every loss: the gradient that learning follows is that of central differences."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from isinglass.explanation.gradient_check import gradient_check
from isinglass.machine import IMAGE_MACHINES, MACHINES, SEGMENTERS, build
from isinglass.machine.layers import set_dropout_keys
from isinglass.objective.losses import LOSSES, Loss
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape, Task, image_spec


def own(features: int, outputs: int) -> nn.Module:
    return nn.Sequential(nn.Linear(features, 5), nn.Tanh(), nn.Linear(5, outputs))


SIZES = {
    "alexnet": (3, 63, 63),
    "alexnet_2012": (3, 67, 67),
    "lenet5": (1, 28, 28),
    "lenet5_1998": (1, 28, 28),
    "unet": (2, 16, 16),
    "unet_2015": (1, 15, 12),
    "autoice_unet": (2, 18, 18),
    "fast_grey": (1, 28, 28),
}
"""Small images that the machines take; 32 x 32 in colour for the others."""

BIG = ("googlenet", "resnet18", "cnn")
DEEPER = (
    "alexnet",
    "alexnet_2012",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "cifar_resnet56",
    "cifar_resnet110",
)
"""Of the same layers as their siblings, only more or wider."""

IMAGES = [
    pytest.param(kind, marks=pytest.mark.slow) if kind in BIG else kind
    for kind in (*IMAGE_MACHINES, *SEGMENTERS)
    if kind not in DEEPER
]
TABLES = [kind for kind in MACHINES if kind not in {**IMAGE_MACHINES, **SEGMENTERS}]


def smooth(raw: Tensor) -> Tensor:
    """A number that depends on every output in another way."""
    return (raw * torch.linspace(0.5, 1.5, raw.numel(), dtype=raw.dtype).view_as(raw)).sin().mean()


def disturbed(machine: nn.Module) -> nn.Module:
    """Weights that start at zero hide what hangs on them, and put ReLUs on their kinks."""
    rng = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in machine.parameters():
            parameter += 0.05 * torch.randn(parameter.shape, generator=rng)
    set_dropout_keys(machine, 5, 0)
    return machine


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("kind", TABLES)
def test_machines_for_tables(kind: str, training: bool) -> None:
    options = {"custom": {"factory": f"{__name__}:own"}, "monotonic": {"increasing": ("b",)}}.get(kind, {})
    recipe = MachineRecipe(kind=kind, hidden=(6, 5), **options)
    shape = Shape(4, 2, names=("a", "b", "c", "d"), located=2)
    machine = disturbed(build(recipe, shape, seed=1)).train(training)
    x = torch.randn(7, 4, generator=torch.Generator().manual_seed(2))
    check = gradient_check(machine, x, loss=smooth)
    assert check.passed, _report(check)
    assert len(check.tensors) == len(list(machine.parameters())) + 1


@pytest.mark.parametrize("kind", IMAGES)
def test_machines_for_images(kind: str) -> None:
    size = SIZES.get(kind, (3, 32, 32))
    task = Task.SEGMENTATION if kind in SEGMENTERS else Task.CLASSIFICATION
    shape = Shape(size[0] * size[1] * size[2], 3, spec=image_spec(*size))
    narrow = {"filters": (8, 16, 32)} if kind == "unet_2015" else {}
    machine = disturbed(build(MachineRecipe(kind=kind, **narrow), shape, seed=1, task=task)).train()
    x = torch.randn(2, *size, generator=torch.Generator().manual_seed(2))
    names = [name for name, parameter in machine.named_parameters() if parameter.requires_grad]
    only = [names[0], names[len(names) // 2], names[-1], "input 1"]  # at the image, in the middle, at the head
    check = gradient_check(machine, x, loss=smooth, entries=3, only=only)
    assert check.passed, _report(check)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
def test_losses(loss: Loss) -> None:
    rng = torch.Generator().manual_seed(4)
    task, images = loss.tasks[0], loss.tasks == (Task.SEGMENTATION,)
    outputs, size = 2 if loss.name.startswith("binary") else 3, (4, 4) if images else ()
    raw = torch.randn(5, loss.width(outputs), *size, generator=rng)
    if task in (Task.CLASSIFICATION, Task.SEGMENTATION):
        target = torch.randint(0, outputs, (5, 1, *size), generator=rng).double()
    else:
        target = torch.randint(0, 2, (5, outputs), generator=rng).double()
    target = target.to(torch.uint8) if images else target
    check = gradient_check(lambda raw: loss.function(raw, target).mean(), raw, entries=None)
    assert check.passed, _report(check)
    assert check.tensors[0].looked_at == raw.numel()


def _report(check) -> str:
    return "\n".join(
        f"{t.name} {t.relative_error:.1e} {[str(w) for w in t.worst]}" for t in check.tensors if not t.passed
    )
