"""The gradient check finds wrong gradients, and is not deceived by kinks."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from isinglass.errors import MachineError
from isinglass.explanation.gradient_check import Cause, gradient_check


class Wrong(torch.autograd.Function):
    """tanh, whose slope is a hundredth too large where the input is positive."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.tanh()

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return gradient * (1 - x.tanh() ** 2) * torch.where(x > 0, 1.01, 1.0)


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.before, self.after = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.after(Wrong.apply(self.before(x)))


@pytest.fixture
def x() -> Tensor:
    return torch.randn(5, 3, generator=torch.Generator().manual_seed(1))


def test_a_right_gradient(x: Tensor) -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.BatchNorm1d(6), nn.Dropout(0.4), nn.Linear(6, 2))
    check = gradient_check(net, x, loss=lambda raw: raw.square().mean(), entries=None)
    assert check.passed
    assert [tensor.name for tensor in check.tensors][-1] == "input 1"
    assert all(tensor.relative_error < 1e-7 and not tensor.worst for tensor in check.tensors)
    assert sum(tensor.looked_at for tensor in check.tensors) == sum(p.numel() for p in net.parameters()) + 15


def test_the_network_itself_stays_as_it_was(x: Tensor) -> None:
    net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    state = torch.random.get_rng_state()
    gradient_check(net, x)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert torch.equal(state, torch.random.get_rng_state())


def test_a_wrong_gradient_is_found_where_it_is(x: Tensor) -> None:
    torch.manual_seed(0)
    check = gradient_check(Layer(), x, entries=None)
    wrong = {tensor.name for tensor in check.tensors if not tensor.passed}
    assert wrong == {"before.weight", "before.bias", "input 1"}
    assert not check.passed
    (bias,) = (tensor for tensor in check.tensors if tensor.name == "before.bias")
    worst = bias.worst[0]
    assert worst.cause is Cause.WRONG
    assert worst.analytic / worst.numerical == pytest.approx(1.0, abs=0.011)
    assert bias.relative_error == pytest.approx(0.005, abs=0.005)


def test_relu_at_zero_is_a_kink() -> None:
    check = gradient_check(lambda x: torch.relu(x), torch.tensor([0.0, 1.0, -1.0]))
    (tensor,) = check.tensors
    (offender,) = tensor.worst
    assert (offender.index, offender.analytic, offender.cause) == ((0,), 0.0, Cause.KINK)
    assert (offender.left, offender.right) == (pytest.approx(0.0), pytest.approx(1.0))
    assert check.passed
    assert check.kinks == 1
    assert "at a kink" in str(offender)


def test_a_tie_in_max_pooling_is_a_kink() -> None:
    image = torch.tensor([[[[1.0, 1.0], [0.0, 0.5]]]])
    check = gradient_check(lambda x: nn.functional.max_pool2d(x, 2), image)
    assert {offender.cause for offender in check.tensors[0].worst} == {Cause.KINK}
    assert check.passed


def test_a_kink_within_the_step() -> None:
    check = gradient_check(lambda x: torch.relu(x), torch.tensor([3e-7]))
    assert check.tensors[0].worst[0].cause is Cause.CROSSED
    assert check.passed


def test_no_gradient_where_the_function_is_flat_or_ignores_an_input() -> None:
    check = gradient_check(lambda x, y: (x > 0).double() + 0 * y, torch.tensor([2.0]), torch.tensor([1.0]))
    assert [tensor.relative_error for tensor in check.tensors] == [0.0, 0.0]


def test_only_some_elements_of_large_tensors(x: Tensor) -> None:
    check = gradient_check(nn.Linear(3, 200), x, entries=20)
    looked_at = {tensor.name: tensor.looked_at for tensor in check.tensors}
    assert 19 <= looked_at["weight"] <= 20
    assert looked_at["input 1"] == 15


def test_other_layouts_of_memory() -> None:
    image = torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    net = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
    assert gradient_check(net, image, loss=lambda raw: raw.sin().sum(), entries=None).passed


@pytest.mark.parametrize(
    ("function", "message"), [(lambda x: x.log().sum(), "not finite"), (lambda x: 3, "gives no tensor")]
)
def test_no_number(function, message: str) -> None:
    with pytest.raises(MachineError, match=message):
        gradient_check(function, torch.tensor([-1.0]))


def summed(raw: Tensor) -> Tensor:
    return raw.sum()


def squared(raw: Tensor) -> Tensor:
    return raw.square().mean()


NORMALIZED = {
    "batch norm": (lambda: nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5)), (16, 6)),
    "batch norm, then more": (lambda: nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.GELU()), (16, 6)),
    "layer norm": (lambda: nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5)), (16, 6)),
    "group norm": (lambda: nn.Sequential(nn.Conv2d(4, 8, 3), nn.GroupNorm(2, 8), nn.ReLU()), (4, 4, 6, 6)),
    "instance norm": (lambda: nn.Sequential(nn.Conv2d(4, 8, 3), nn.InstanceNorm2d(8)), (4, 4, 6, 6)),
    "softmax": (lambda: nn.Sequential(nn.Linear(6, 5), nn.Softmax(-1)), (16, 6)),
    "transformer": (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (3, 5, 8)),
    "transformer, asked only": (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval(), (3, 5, 8)),
}  # fmt: skip
"""Their sums cancel: gradients of exactly or nearly 0, beneath results that are rounded as what they are made of."""


@pytest.mark.parametrize("loss", [summed, squared])
@pytest.mark.parametrize("name", NORMALIZED)
def test_what_cancels_is_rounded_as_its_parts_are(name: str, loss) -> None:
    make, shape = NORMALIZED[name]
    torch.manual_seed(0)
    check = gradient_check(make(), torch.randn(shape), loss=loss, entries=12)
    assert check.passed, [(t.name, t.relative_error, *map(str, t.worst)) for t in check.tensors if not t.passed]


@pytest.mark.parametrize("scale", [1.0, 50.0, 2000.0])
def test_a_saturated_softmax(scale: float) -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 5), nn.LogSoftmax(-1))
    assert gradient_check(net, scale * torch.randn(16, 6), loss=lambda raw: -raw[:, 0].mean()).passed


def test_columns_far_from_zero_before_a_batch_norm() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1))
    assert gradient_check(net, torch.randn(20, 4) + 1e4, entries=None).passed


class Slightly(torch.autograd.Function):
    """The same numbers; their gradient is a thousandth too large."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return 1.001 * gradient


@pytest.mark.parametrize(
    "norm", [lambda: nn.BatchNorm1d(8), lambda: nn.LayerNorm(8), lambda: nn.GroupNorm(2, 8)], ids="blg"
)  # fmt: skip
def test_a_gradient_that_is_wrong_by_a_thousandth_behind_a_norm(norm) -> None:
    class Behind(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.norm, self.last = nn.Linear(3, 8), norm(), nn.Linear(8, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(self.norm(Slightly.apply(self.first(x))).tanh())

    torch.manual_seed(0)
    check = gradient_check(Behind(), torch.randn(12, 3), entries=None)
    wrong = {tensor.name for tensor in check.tensors if not tensor.passed}
    assert {"first.weight", "input 1"} <= wrong <= {"first.weight", "first.bias", "input 1"}
    worst = next(tensor for tensor in check.tensors if tensor.name == "first.weight").worst[0]
    assert worst.cause is Cause.WRONG
    assert worst.analytic / worst.numerical == pytest.approx(1.001, abs=1e-6)


def test_a_wrong_gradient_of_an_attention() -> None:
    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
            self.before = nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Tensor:
            return self.encoder(Slightly.apply(self.before(x)))

    torch.manual_seed(0)
    check = gradient_check(Attention(), torch.randn(3, 5, 8), loss=lambda raw: raw.sin().sum(), entries=6)
    wrong = {tensor.name for tensor in check.tensors if not tensor.passed}
    assert wrong == {"before.weight", "before.bias", "input 1"}
