"""What every machine for tables keeps: shapes, seeds, gradients, and life under `torch.func`."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from isinglass.machine import IMAGE_MACHINES, MACHINES, SEGMENTERS, build
from isinglass.machine.layers import set_dropout_keys
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape


def own(features: int, outputs: int, width: int = 4, cardinalities: tuple[int, ...] = ()) -> nn.Module:
    return nn.Sequential(nn.Linear(features, width), nn.Tanh(), nn.Dropout(0.3), nn.Linear(width, outputs))


PLACES = {
    "custom": {"factory": f"{__name__}:own", "options": {"width": 5}},
    "monotonic": {"increasing": ("b",), "decreasing": ("a",)},
}
FOR_TABLES = [kind for kind in MACHINES if kind not in {**IMAGE_MACHINES, **SEGMENTERS}]
RECIPES = {kind: MachineRecipe(kind=kind, hidden=(6, 5), **PLACES.get(kind, {})) for kind in FOR_TABLES} | {
    "mlp, every option": MachineRecipe(
        hidden=(6, 6, 4), activation="maxout(3)", dropout=0.4, normalization="batch", residual=True
    ),
    "mlp, layer norm": MachineRecipe(hidden=(6, 6), activation="gelu", normalization="layer", residual=True),
    "mlp, periodic": MachineRecipe(hidden=(6,), numeric_embedding="periodic"),
    "mlp, plr": MachineRecipe(hidden=(6,), numeric_embedding="periodic", options={"variant": "plr", "bins": 3}),
    "mlp, piecewise": MachineRecipe(hidden=(6,), numeric_embedding="piecewise", options={"bins": 4}),
}
SHAPES = {
    "plain": Shape(3, 2, names=("a", "b", "c")),
    "codes": Shape(5, 2, (4, 3), names=("a", "b", "c", "", ""), located=1),
    "codes only": Shape(2, 1, (4, 3)),
}
CASES = [
    pytest.param(RECIPES[r], SHAPES[s], id=f"{r}-{s}")
    for r in RECIPES
    for s in SHAPES
    if (r, s) not in (("polynomial", "codes only"), ("monotonic", "codes only"))
]


def inputs(shape: Shape, rows: int = 7, dtype: torch.dtype = torch.float64) -> Tensor:
    rng = torch.Generator().manual_seed(5)
    numeric = torch.randn(rows, shape.features - len(shape.cardinalities), generator=rng, dtype=dtype)
    codes = [torch.randint(0, c, (rows, 1), generator=rng).to(dtype) for c in shape.cardinalities]
    return torch.cat([numeric, *codes], dim=1)


@pytest.mark.parametrize(("recipe", "shape"), CASES)
def test_output_has_the_shape_asked_for(recipe: MachineRecipe, shape: Shape) -> None:
    machine = build(recipe, shape, seed=0)
    assert machine(inputs(shape, dtype=torch.float32)).shape == (7, shape.outputs)
    assert machine.eval()(inputs(shape, rows=1, dtype=torch.float32)).shape == (1, shape.outputs)


@pytest.mark.parametrize(("recipe", "shape"), CASES)
def test_seed_makes_the_weights_and_leaves_the_global_generator_alone(recipe: MachineRecipe, shape: Shape) -> None:
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first, again, other = (build(recipe, shape, seed=s).state_dict() for s in (3, 3, 4))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(first[name], again[name]) for name in first)
    starts_at_zero = recipe.kind in ("linear", "polynomial", "perceptron")
    assert all(torch.equal(first[name], other[name]) for name in first) == starts_at_zero


@pytest.mark.parametrize(("recipe", "shape"), CASES)
def test_gradients_equal_numerical_ones(recipe: MachineRecipe, shape: Shape) -> None:
    machine, x = build(recipe, shape, seed=2).double().train(), inputs(shape)
    set_dropout_keys(machine, 7, 0)
    names, values = zip(*((n, _nonzero(p)) for n, p in machine.named_parameters()), strict=True)
    buffers = {name: buffer.clone() for name, buffer in machine.named_buffers()}

    def run(*parameters: Tensor) -> Tensor:
        state = dict(zip(names, parameters, strict=True)) | {n: b.clone() for n, b in buffers.items()}
        return torch.func.functional_call(machine, state, (x,))

    # the fast mode: along random directions, all parameters at once; each layer is checked in full by itself
    assert torch.autograd.gradcheck(run, values, fast_mode=True)


def _nonzero(parameter: Tensor) -> Tensor:
    """Weights that start at zero would hide what hangs on them."""
    rng = torch.Generator().manual_seed(11)
    noise = 0.1 * torch.randn(parameter.shape, generator=rng, dtype=torch.float64)
    return (parameter.detach() + noise).requires_grad_()


@pytest.mark.parametrize(("recipe", "shape"), CASES)
def test_vmap_over_members_equals_one_after_the_other(recipe: MachineRecipe, shape: Shape) -> None:
    machines = [build(recipe, shape, seed=s).double().train() for s in range(3)]
    for member, machine in enumerate(machines):
        set_dropout_keys(machine, member, 9)
    parameters, buffers = torch.func.stack_module_state(machines)
    x = inputs(shape)

    def loss(parameters: dict[str, Tensor], buffers: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        own_buffers = {name: buffer.clone() for name, buffer in buffers.items()}
        raw = torch.func.functional_call(machines[0], {**parameters, **own_buffers}, (x,))
        return raw.square().sum(), own_buffers

    gradients, moved = torch.vmap(torch.func.grad(loss, has_aux=True))(parameters, buffers)
    for member, machine in enumerate(machines):
        raw = machine(x)
        if raw.requires_grad:
            raw.square().sum().backward()
        for name, parameter in machine.named_parameters():
            expected = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            torch.testing.assert_close(gradients[name][member], expected)
        for name, buffer in machine.named_buffers():
            torch.testing.assert_close(moved[name][member], buffer)


@pytest.mark.parametrize(("recipe", "shape"), CASES)
def test_state_dict_is_read_back(recipe: MachineRecipe, shape: Shape) -> None:
    machine, other = build(recipe, shape, seed=0), build(recipe, shape, seed=1)
    other.load_state_dict(machine.state_dict())
    x = inputs(shape, dtype=torch.float32)
    assert torch.equal(machine.eval()(x), other.eval()(x))
