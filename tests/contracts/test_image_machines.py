"""What every machine for images keeps: shapes, seeds, gradients, state, learning, export."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from practice import THERE
from tape import replayed
from torch import Tensor, nn
from torch.nn import functional

from isinglass.machine import IMAGE_MACHINES, SEGMENTERS, build
from isinglass.machine.layers import set_dropout_keys
from isinglass.machine.stages import belongs, stage_of
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape, Task, image_spec

CLASSES = 5
SIZES = {
    "alexnet": (3, 63, 63),
    "alexnet_2012": (3, 67, 67),
    "lenet5": (1, 28, 28),
    "lenet5_1998": (1, 28, 28),
    "unet": (3, 21, 26),
    "unet_2015": (1, 15, 12),
    "autoice_unet": (4, 18, 35),
    "fast_grey": (1, 28, 28),
}
BIG = {"alexnet", "googlenet", "resnet50"}
DEEPER = {"alexnet_2012", "resnet34", "resnet101", "resnet152", "cifar_resnet56", "cifar_resnet110"}
"""Longer or wider chains of the layers of their siblings: built, counted, run, and trained for a few steps."""
RATES = {
    "alexnet": 1e-4, "alexnet_2012": 3e-4, "googlenet": 1e-4, "resnet34": 1e-3, "resnet50": 1e-4, "resnet101": 3e-4,
    "resnet152": 3e-4,
}  # fmt: skip
"""Of AdamW; 3e-3 of all others. AlexNet has no normalization, and a step over its 61 million weights takes long."""
LEARNT = {
    "alexnet": 0.5, "alexnet_2012": 0.5, "googlenet": 0.7, "resnet50": 0.7, "resnet101": 0.5, "resnet152": 0.7,
    "unet_2015": 0.5,
}  # fmt: skip
"""Part of the first loss that must be reached: the whole way would take these too long."""
VARIANTS = {
    "cnn, every brick": {
        "residual": True,
        "drop_path": 0.3,
        "normalization": "batch",
        "dropout": 0.2,
        "options": {"squeeze": True, "drop_maps": 0.1, "pool": "fractional"},
    },
    "cnn, maxout": {
        "activation": "maxout(2)",
        "normalization": "layer",
        "options": {"norm_groups": 4, "pool": "average", "kernel": 5, "dilation": 2},
    },
    "resnet18, drop path": {"drop_path": 0.2},
    "unet_2015": {"filters": (8, 16, 32)},
    "unet, no dropout": {"activation": "silu", "normalization": "layer"},
}
CASES = list(dict.fromkeys([*IMAGE_MACHINES, *SEGMENTERS, "linear", "mlp", *VARIANTS]))
SMALL = [pytest.param(case, marks=pytest.mark.slow) if case in BIG else case for case in CASES if case not in DEEPER]

LIGHT = [case for case in CASES if case not in DEEPER | BIG]
"""Where building three networks takes no time."""


def kind_of(case: str) -> str:
    return case.split(",")[0]


def made(case: str, *, seed: int = 0) -> nn.Module:
    kind = kind_of(case)
    image = SIZES.get(kind, (3, 32, 32))
    shape = Shape(image[0] * image[1] * image[2], CLASSES, spec=image_spec(*image))
    task = Task.SEGMENTATION if kind in SEGMENTERS else Task.CLASSIFICATION
    recipe = MachineRecipe(kind=kind, **({"dropout": 0.0} | VARIANTS.get(case, {})))
    return build(recipe, shape, seed=seed, task=task)


def images(case: str, samples: int = 8) -> Tensor:
    return torch.randn(samples, *SIZES.get(kind_of(case), (3, 32, 32)), generator=torch.Generator().manual_seed(5))


def wanted(case: str, samples: int) -> tuple[int, ...]:
    image = SIZES.get(kind_of(case), (3, 32, 32))
    return (samples, CLASSES, *image[1:]) if kind_of(case) in SEGMENTERS else (samples, CLASSES)


def loss_of(machine: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    raw = machine(x)
    if isinstance(raw, Tensor):
        return functional.cross_entropy(raw, target)
    weight = machine.auxiliary_weight
    return functional.cross_entropy(raw[0], target) + weight * sum(functional.cross_entropy(r, target) for r in raw[1:])


def targets(case: str, samples: int = 8) -> Tensor:
    shape = wanted(case, samples)
    rng = torch.Generator().manual_seed(7)
    if kind_of(case) not in SEGMENTERS:
        return torch.arange(samples) % CLASSES
    return torch.randint(0, CLASSES, (samples, 1, 1), generator=rng).expand(samples, *shape[2:]).contiguous()


@pytest.mark.parametrize("case", CASES)
def test_output_has_the_shape_asked_for(case: str) -> None:
    machine = made(case).eval()
    with torch.no_grad():
        assert machine(images(case, 2)).shape == wanted(case, 2)
        assert machine(images(case, 1).contiguous(memory_format=torch.channels_last)).shape == wanted(case, 1)


@pytest.mark.parametrize("case", LIGHT)
def test_the_same_on_another_device(case: str) -> None:
    here, x, target = made(case).train(), images(case, 3), targets(case, 3)
    set_dropout_keys(here, 3, 1)
    there = deepcopy(here).to(THERE)
    loss_of(here, x, target).backward()
    for parameter in there.parameters():
        parameter.grad = torch.zeros_like(parameter)
    x, target = x.to(THERE), target.to(THERE)

    def step() -> None:
        for parameter in there.parameters():
            parameter.grad.zero_()
        loss_of(there, x, target).backward()

    replayed(step)
    for (name, mine), theirs in zip(here.named_parameters(), there.parameters(), strict=True):
        torch.testing.assert_close(theirs.grad.cpu(), mine.grad, msg=name)


@pytest.mark.parametrize("case", LIGHT)
def test_seed_makes_the_weights_and_leaves_the_global_generator_alone(case: str) -> None:
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first, again, other = (made(case, seed=s).state_dict() for s in (3, 3, 4))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert kind_of(case) == "linear" or not all(torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize("case", SMALL)
def test_every_parameter_gets_a_gradient_and_the_same_key_the_same_bits(case: str) -> None:
    machine, x, target = made(case).train(), images(case), targets(case)
    set_dropout_keys(machine, 3, 1)
    torch.manual_seed(2)
    state = torch.random.get_rng_state()
    first = loss_of(machine, x, target)
    first.backward()
    assert torch.equal(loss_of(machine, x, target), first)
    assert torch.equal(state, torch.random.get_rng_state())
    without = [n for n, p in machine.named_parameters() if p.grad is None or not bool(p.grad.isfinite().all())]
    assert not without
    zero = [n for n, p in machine.named_parameters() if p.grad is not None and not bool(p.grad.any())]
    assert len(zero) <= len(list(machine.parameters())) // 10, zero  # a bias before a normalization has none


@pytest.mark.parametrize("case", LIGHT)
def test_state_dict_is_read_back(case: str) -> None:
    machine, other = made(case), made(case, seed=1)
    assert not other.load_state_dict(machine.state_dict()).missing_keys
    with torch.no_grad():
        assert torch.equal(machine.eval()(images(case, 2)), other.eval()(images(case, 2)))


@pytest.mark.parametrize("case", CASES)
def test_stages_hold_every_parameter_and_end_with_the_head(case: str) -> None:
    machine = made(case)
    names = [name for name, _ in machine.named_parameters()]
    assert any(belongs(name, machine.head) for name in names) or kind_of(case) == "lenet5_1998"
    places = [stage_of(name, machine.stages) for name in names]
    assert set(places) == set(range(len(machine.stages)))
    assert stage_of(f"{machine.head}.weight", machine.stages) == len(machine.stages) - 1


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_eight_samples_are_learnt_by_heart(case: str) -> None:
    machine, x, target = made(case).train(), images(case), targets(case)
    optimizer = torch.optim.AdamW(machine.parameters(), lr=RATES.get(case, 3e-3), weight_decay=0.0, fused=True)
    first = float(loss_of(machine, x, target).detach())
    enough = LEARNT.get(case, 0.1) * first
    for step in range(150):
        set_dropout_keys(machine, 0, step)
        loss = loss_of(machine, x, target)
        if float(loss.detach()) < enough:
            return
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    pytest.fail(f"from {first:.2f} to {float(loss.detach()):.2f}")


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if case not in DEEPER])
def test_export_gives_the_same_answers(case: str) -> None:
    machine, x = made(case).eval(), images(case, 3)
    program = torch.export.export(machine, (x,), dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=64)},))
    with torch.no_grad():
        torch.testing.assert_close(program.module()(images(case, 5)), machine(images(case, 5)))
