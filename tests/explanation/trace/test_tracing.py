"""Traces of real networks: every value equals a plain pass, every gradient equals autograd's."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from isinglass.errors import MachineError
from isinglass.explanation.trace import Trace, trace


def mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 3))


def cnn() -> nn.Module:
    head = nn.Sequential(nn.Flatten(), nn.Linear(8 * 4 * 4, 3))
    convolutions = [
        nn.Conv2d(2, 4, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 8, 3, padding=1),
    ]
    return nn.Sequential(*convolutions, nn.BatchNorm2d(8), nn.ReLU(inplace=True), head)


class ResidualBlock(nn.Module):
    """As in torchvision: an addition in place, one ReLU used twice, a convolution on the shortcut."""

    def __init__(self, inner: int = 4, outer: int = 6) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inner, outer, 3, 2, 1, bias=False), nn.BatchNorm2d(outer)
        self.conv2, self.bn2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False), nn.BatchNorm2d(outer)
        self.shortcut = nn.Sequential(nn.Conv2d(inner, outer, 1, 2, bias=False), nn.BatchNorm2d(outer))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += self.shortcut(x)
        return self.relu(out)


class SmallUNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down1 = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU())
        self.down2 = nn.Sequential(nn.Conv2d(4, 8, 3, padding=1), nn.ReLU())
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.last = nn.Conv2d(8, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = self.down1(x)
        second = self.down2(nn.functional.max_pool2d(first, 2))
        return self.last(torch.cat([first, self.up(second)], dim=1))


class Recurrent(nn.Module):
    """An LSTM whose last output and last cell state are both used."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 5, num_layers=2, batch_first=True)
        self.head = nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        out, (_, cell) = self.lstm(x)
        return self.head(out[:, -1] + cell[-1])


class OwnLoop(nn.Module):
    """A loop that writes into an array, changes a view of it in place, and uses one layer again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        states, state = torch.zeros(len(x), 3, 2, dtype=x.dtype), torch.zeros(len(x), 2, dtype=x.dtype)
        for step in range(3):
            state = torch.sigmoid(self.cell(torch.cat([x[:, step], state], dim=-1)))
            states[:, step] = state
        states[:, 0].mul_(2.0)
        return states.exp().sum(dim=(1, 2))


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)
        self.norm = nn.LayerNorm(6)

    def forward(self, x: Tensor) -> Tensor:
        mixed, weights = self.attention(x, x, x)
        return self.norm(x + mixed).mean(dim=1) * weights.amax(dim=(1, 2))[:, None]


class Doubled(torch.autograd.Function):
    """Forward max(x, 0); backward 5 g, which is not its derivative: a trace must say what runs, not what should."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: object, gradient: Tensor) -> Tensor:
        return 5 * gradient


class Unseen(nn.Module):
    """Operations that torch's Python surface does not show, one of them with a way around it."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.inner(x)
        return Doubled.apply(hidden) * hidden


NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "mlp": (mlp, (6, 5)),
    "cnn": (cnn, (3, 2, 8, 8)),
    "residual block": (ResidualBlock, (2, 4, 6, 6)),
    "unet": (SmallUNet, (2, 1, 8, 8)),
    "lstm": (Recurrent, (2, 4, 3)),
    "loop with changes in place": (OwnLoop, (2, 3, 2)),
    "attention": (Attention, (2, 3, 6)),
    "custom backward": (Unseen, (4, 3)),
}


def made(name: str, *, training: bool) -> tuple[nn.Module, Tensor]:
    make, size = NETWORKS[name]
    rng = torch.Generator().manual_seed(3)
    torch.manual_seed(7)
    return make().double().train(training), torch.randn(size, generator=rng, dtype=torch.float64)


def loss(raw: Tensor) -> Tensor:
    return (raw.square() * torch.linspace(0.5, 1.5, raw.numel(), dtype=raw.dtype).view_as(raw)).mean()


def plainly(module: nn.Module, x: Tensor) -> tuple[float, dict[str, np.ndarray], dict[str, list[np.ndarray]]]:
    """By plain torch: the loss, the gradients of inputs and parameters, and the outputs of each module's calls."""
    module, x = copy.deepcopy(module), x.clone().requires_grad_()
    calls: dict[str, list[np.ndarray]] = {}

    def keep(name: str) -> Callable[..., None]:
        def hook(_: nn.Module, __: object, out: object) -> None:
            if isinstance(out, Tensor):
                calls.setdefault(name, []).append(out.detach().clone().numpy())

        return hook

    for name, part in module.named_modules():
        if name:
            part.register_forward_hook(keep(name))
    torch.manual_seed(11)
    value = loss(module(x))
    value.backward()
    assert x.grad is not None
    gradients = {"x": x.grad.numpy()} | {n: p.grad.numpy() for n, p in module.named_parameters() if p.grad is not None}
    return float(value.detach()), gradients, calls


def traced(name: str, *, training: bool) -> tuple[Trace, nn.Module, Tensor]:
    module, x = made(name, training=training)
    torch.manual_seed(11)
    return trace(module, x, loss=loss), module, x


CASES = pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
EVERY = pytest.mark.parametrize("name", NETWORKS)


@EVERY
@CASES
def test_gradients_are_autograds(name: str, training: bool) -> None:
    found, module, x = traced(name, training=training)
    value, gradients, _ = plainly(module, x)
    assert found.result.value.scalar == pytest.approx(value, rel=1e-12)
    for leaf, gradient in gradients.items():
        node = found[leaf]
        assert node.gradient is not None, leaf
        np.testing.assert_allclose(node.gradient.values, gradient, rtol=1e-10, atol=1e-13, err_msg=leaf)
    assert found.difference < 1e-10


@EVERY
@CASES
def test_values_are_those_of_a_plain_pass(name: str, training: bool) -> None:
    found, module, x = traced(name, training=training)
    _, _, calls = plainly(module, x)
    shown = [node.value.values for node in found if node.value.values is not None]
    for module_name, outputs in calls.items():
        for output in outputs:
            equal = [v for v in shown if v.shape == output.shape and np.allclose(v, output, rtol=1e-12, atol=1e-14)]
            assert equal, module_name


@EVERY
def test_upstream_is_the_sum_of_products(name: str) -> None:
    found, _, _ = traced(name, training=True)
    for node in found.nodes[:-1]:
        products = [edge.product.values for edge in found.out_of(node) if edge.product is not None]
        if node.gradient is None:
            assert not products
            continue
        np.testing.assert_allclose(node.gradient.values, np.sum(products, axis=0), rtol=1e-12, atol=1e-15)


@EVERY
def test_product_is_local_times_upstream(name: str) -> None:
    found, _, _ = traced(name, training=True)
    checked = 0
    for edge in found.edges:
        upstream = found.node(edge.target).gradient
        if edge.local is not None and edge.product is not None and upstream is not None:
            expected = edge.local.values * upstream.values
            np.testing.assert_allclose(
                edge.product.values, expected.reshape(edge.product.shape), rtol=1e-10, atol=1e-14
            )
            checked += 1
    assert checked >= 2


@EVERY
def test_the_module_itself_stays_as_it_was(name: str) -> None:
    module, x = made(name, training=True)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    trace(module, x, loss=loss)
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())


def test_what_cannot_be_seen_is_named() -> None:
    found, _, _ = traced("custom backward", training=True)
    assert any("Doubled cannot be seen from inside" in note for note in found.notes)
    assert [edge.source for edge in found.edges if edge.target == found["Doubled"].id] == [found["inner"].id]


def test_a_scripted_module_is_one_node() -> None:
    class Scripted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(3, 3)
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                self.script = torch.jit.script(nn.Sequential(nn.Linear(3, 2), nn.Tanh()))

        def forward(self, x: Tensor) -> Tensor:
            return self.script(self.inner(x))

    module, x = Scripted(), torch.randn(4, 3)
    found = trace(module, x, loss=loss)
    assert any("cannot be seen from inside" in note for note in found.notes)
    assert found["script.0.weight"].gradient is not None
    assert found.difference < 1e-5
    assert found.result.value.scalar == pytest.approx(float(loss(module(x)).detach()), rel=1e-6)


def test_frozen_parameters_still_show_their_gradient() -> None:
    module = nn.Linear(2, 1).requires_grad_(False)
    found = trace(module, torch.tensor([[3.0, 4.0]]))
    assert found["weight"].gradient is not None
    assert found["weight"].gradient.values.tolist() == [[3.0, 4.0]]


def test_several_inputs_and_a_seed() -> None:
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    found = trace(lambda x, y: x * y, x, y, names=("x", "y"), seed=torch.tensor([1.0, 10.0]))
    assert found["x"].gradient.values.tolist() == [3.0, 40.0]
    assert found["y"].gradient.values.tolist() == [1.0, 20.0]


def test_whole_numbers_have_values_and_no_gradient() -> None:
    table = nn.Embedding(5, 3)
    found = trace(table, torch.tensor([0, 3, 3]))
    assert found["x"].gradient is None
    assert found["weight"].gradient.values.sum(axis=1).tolist() == [3.0, 0, 0, 6.0, 0]


def test_multiply_adds_and_memory() -> None:
    found = trace(
        nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Flatten(), nn.Linear(8 * 16, 5)), torch.randn(2, 3, 4, 4)
    )
    assert found["0"].multiply_adds == 2 * 8 * 16 * 27
    assert found["2"].multiply_adds == 2 * 128 * 5
    assert found["0"].memory == 4 * 2 * 8 * 16
    lstm = trace(nn.LSTM(3, 4), torch.randn(7, 2, 3), loss=lambda raw: raw.sum())
    assert sum(node.multiply_adds for node in lstm) == 7 * 2 * 4 * (3 + 4) * 4


def test_an_error_says_how_far_it_came() -> None:
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(5, 2))
    with pytest.raises(
        MachineError, match=r"traced 2 operations, the last of them relu, then stopped inside 2 "
    ) as refused:
        trace(module, torch.randn(1, 3))
    assert "mat1 and mat2 shapes cannot be multiplied" in str(refused.value)


@pytest.mark.parametrize("error", [ValueError(), AssertionError(), KeyError("weight"), ZeroDivisionError("by zero")])
def test_an_error_of_any_kind_says_so_with_or_without_words(error: Exception) -> None:
    class Stops(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            x.exp()
            raise error

    with pytest.raises(MachineError, match=rf"traced 1 operations.*stops with {type(error).__name__}") as refused:
        trace(Stops(), torch.randn(2))
    assert str(error) in str(refused.value)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: 3, "traced 0 operations: the function gives no tensor"),
        (lambda x: torch.zeros(3).exp(), "depends on no input"),
        (lambda x: torch.from_numpy(x.exp().detach().numpy()), r"traced \d operations.*Instead: .*numpy"),
        (lambda x: x.exp().sum().item(), r"traced \d operations.*no tensor. Given: float. Instead: .*\.item\(\)"),
    ],
)
def test_nothing_to_trace(function: Callable[[Tensor], object], message: str) -> None:
    with pytest.raises(MachineError, match=message):
        trace(function, torch.randn(2))


def test_no_way_back_is_said() -> None:
    found = trace(lambda x: (x > 0).sum(), torch.randn(4))
    assert found.result.gradient is None
    assert found.notes == ("nothing flows back: the result has no derivative",)
