"""The lecture decks' examples 1, 2, 4, 5, 6, 8, 9 and 10, against the public functions."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from isinglass.machine import build
from isinglass.machine.activations import ACTIVATIONS, activation
from isinglass.objective.losses import LOSSES
from isinglass.objective.penalties import PENALTIES
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape


def fill(machine: nn.Module, *layers: tuple[list[list[float]], list[float]]) -> nn.Module:
    """Give the dense layers these weights and biases."""
    dense = [layer for layer in machine.modules() if isinstance(layer, nn.Linear)]
    with torch.no_grad():
        for layer, (weight, bias) in zip(dense, layers, strict=True):
            layer.weight.copy_(torch.tensor(weight))
            layer.bias.copy_(torch.tensor(bias))
    return machine


def test_1_perceptron_is_and() -> None:
    machine = fill(build(MachineRecipe(kind="perceptron"), Shape(2, 1), seed=0), ([[0.5, 0.5]], [-0.5]))
    bits = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    assert machine(bits).flatten().tolist() == [0, 0, 0, 1]


def test_2_dense_forward_pass() -> None:
    recipe = MachineRecipe(hidden=(3, 2), activation="relu", dropout=0.0, numeric_embedding="none")
    machine = fill(
        build(recipe, Shape(4, 1), seed=0),
        ([[1, 0, 1, 0], [1, 2, 1, 2], [1, 1, 1, 1]], [0, 0, 0]),
        ([[-2, 1, -2], [1, -1, 0]], [0, 0]),
        ([[-3, 2]], [-1]),
    )
    values = [torch.tensor([[0.0, 1.0, 2.0, 3.0]])]
    for layer in machine.children():
        values.append(layer(values[-1]).detach())
    assert values[2].tolist() == [[2, 10, 6]]
    assert values[3].tolist() == [[-6, -8]]
    assert values[4].tolist() == [[0, 0]]
    assert float(activation("sigmoid")(values[5])) == pytest.approx(0.2689, abs=5e-5)


def test_4_softmax_and_cross_entropy() -> None:
    scores, true_class = torch.tensor([[3.2, 5.1, -1.7]]), torch.tensor([[0.0]])
    assert scores.exp()[0].tolist() == pytest.approx([24.5, 164.0, 0.18], abs=0.05)
    loss = LOSSES["cross_entropy"]
    said = loss.predict(scores).probabilities
    assert said is not None
    assert said[0].tolist() == pytest.approx([0.13, 0.87, 0.00], abs=5e-3)
    assert float(loss.function(scores, true_class)) == pytest.approx(2.04, abs=5e-3)


def test_5_multiclass_svm() -> None:
    scores = torch.tensor([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
    losses = LOSSES["weston_watkins"].function(scores, torch.tensor([[0.0], [1.0], [2.0]]))
    assert losses.tolist() == pytest.approx([2.9, 0, 12.9], abs=1e-5)
    assert float(losses.mean()) == pytest.approx(5.27, abs=5e-3)


# Example 6. The page gives nine points by their scores; they are recovered from these with W and b.
W = torch.tensor([[1.0, 2.0], [2.0, -4.0], [3.0, -1.0]], dtype=torch.float64)
B = torch.tensor([0.0, 0.5, -0.5], dtype=torch.float64)
SCORES = torch.tensor(
    [
        [[1.3, -0.1, 0.6], [1.4, 0.9, 1.6], [1.9, -2.1, -0.4]],
        [[0.2, -1.5, -2.0], [1.1, -2.9, -2.1], [-0.3, -1.7, -2.8]],
        [[-0.1, 3.5, 2.0], [-0.7, 3.9, 1.6], [-1.4, 1.7, -1.2]],
    ],
    dtype=torch.float64,
).flatten(0, 1)
X = torch.linalg.lstsq(W, (SCORES - B).T).solution.T
CLASSES = torch.arange(9, dtype=torch.float64)[:, None] // 3
FORMULATIONS = {
    "weston_watkins": (
        [0.3, 1.7, 0, 3.2, 6.8, 2.4, 2.5, 3.3, 4.7],
        2.766667,
        6.266667,
        [[-0.433, -0.033], [0.411, -0.378], [0.022, 0.411]],
        [[-0.233, 0.367], [0.811, -1.178], [0.622, 0.211]],
        [0.111, -0.111, 0],
    ),
    "one_vs_all": (
        [2.5, 4.5, 0.6, 3.7, 6.0, 3.4, 5.4, 5.2, 4.9],
        4.022222,
        7.522222,
        [[-0.022, 0.022], [0.389, -0.222], [0.222, 0.222]],
        [[0.178, 0.422], [0.789, -1.022], [0.822, 0.022]],
        [0.556, 0.222, 0.222],
    ),
    "structured": (
        [0.3, 1.2, 0, 2.7, 5.0, 2.4, 2.5, 3.3, 3.9],
        2.366667,
        5.866667,
        [[-0.300, 0.056], [0.244, -0.300], [0.056, 0.244]],
        [[-0.100, 0.456], [0.644, -1.100], [0.656, 0.044]],
        [0.111, 0, -0.111],
    ),
    "cross_entropy": (
        [0.5557, 1.0395, 0.1121, 1.9573, 4.0574, 1.6842, 1.7235, 2.4046, 2.9954],
        1.836640,
        5.336640,
        [[-0.209, 0.062], [0.234, -0.254], [-0.025, 0.192]],
        [[-0.009, 0.462], [0.634, -1.054], [0.575, -0.008]],
        [0.151, 0.036, -0.188],
    ),
}


def test_6_points_give_the_scores() -> None:
    torch.testing.assert_close(X @ W.T + B, SCORES)
    assert ((SCORES.argmax(1) == CLASSES[:, 0]).nonzero()[:, 0] + 1).tolist() == [1, 3]


@pytest.mark.parametrize("name", FORMULATIONS)
def test_6_linear_classification(name: str) -> None:
    each, data, total, data_gradient, full_gradient, bias_gradient = FORMULATIONS[name]
    machine = build(MachineRecipe(kind="linear"), Shape(2, 3), seed=0).double()
    fill(machine, (W.tolist(), B.tolist()))
    losses = LOSSES[name].function(machine(X), CLASSES)
    assert losses.tolist() == pytest.approx(each, abs=1e-4)
    losses.mean().backward()
    penalty, weights = PENALTIES["l2"], W.flatten()
    regularisation = float(penalty.value(weights, 0.1))
    assert regularisation == pytest.approx(3.50)
    assert float(losses.detach().mean()) == pytest.approx(data, abs=1e-6)
    assert float(losses.detach().mean()) + regularisation == pytest.approx(total, abs=1e-6)
    of_weights, of_bias = (parameter.grad for parameter in machine.parameters())
    assert of_weights is not None
    assert of_bias is not None
    close(of_weights, data_gradient)
    close(of_bias, bias_gradient)
    close(of_weights + penalty.gradient(weights, 0.1).view(3, 2), full_gradient)


def test_6_exact_gradient_of_weston_watkins() -> None:
    w = W.clone().requires_grad_()
    LOSSES["weston_watkins"].function(X @ w.T + B, CLASSES).mean().backward()
    assert w.grad is not None
    torch.testing.assert_close(
        w.grad, torch.tensor([[-39.0, -3.0], [37.0, -34.0], [2.0, 37.0]], dtype=torch.float64) / 90
    )


def close(found: Tensor, expected: list) -> None:
    """Equal to the three digits that are printed."""
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64), atol=5.1e-4, rtol=0)


def test_8_activations() -> None:
    z = [-3.0, -0.5, 0.0, 0.5, 3.0]
    by_hand = {
        "identity": lambda x: x,
        "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
        "tanh": lambda x: (math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x)),
        "relu": lambda x: max(0.0, x),
        "leaky_relu": lambda x: max(0.01 * x, x),
        "leaky_relu(0.1)": lambda x: max(0.1 * x, x),
        "swish": lambda x: x / (1 + math.exp(-x)),
        "elu": lambda x: x if x > 0 else math.exp(x) - 1,
        "elu(0.5)": lambda x: x if x > 0 else 0.5 * (math.exp(x) - 1),
    }
    for name, formula in by_hand.items():
        found = activation(name)(torch.tensor(z, dtype=torch.float64)).tolist()
        assert found == pytest.approx([formula(x) for x in z]), name
    assert {name.split("(")[0] for name in by_hand} | {"maxout", "softmax"} <= set(ACTIVATIONS)


def test_8_tanh_is_not_the_printed_half_argument() -> None:
    assert float(activation("tanh")(torch.tensor(1.0))) == pytest.approx(0.76159, abs=1e-5)
    assert (1 - math.exp(-1)) / (1 + math.exp(-1)) == pytest.approx(math.tanh(0.5))


def test_8_maxout_and_softmax() -> None:
    recipe = MachineRecipe(hidden=(1,), activation="maxout", dropout=0.0, numeric_embedding="none")
    machine = fill(build(recipe, Shape(2, 1), seed=0), ([[1, -1], [0.5, 2]], [0.25, -1]), ([[1]], [0]))
    for x in ([1.0, 0.0], [0.0, 1.0], [-2.0, 0.5]):
        expected = max(x[0] - x[1] + 0.25, 0.5 * x[0] + 2 * x[1] - 1)
        assert float(machine(torch.tensor([x])).detach()) == pytest.approx(expected)
    e = [math.exp(x) for x in (3.2, 5.1, -1.7)]
    found = activation("softmax")(torch.tensor([3.2, 5.1, -1.7])).tolist()
    assert found == pytest.approx([x / sum(e) for x in e])


def test_9_gaussian_regression() -> None:
    loss = LOSSES["gaussian"]
    rng = torch.Generator().manual_seed(0)
    raw, y = torch.randn(20, 2, generator=rng).double(), torch.randn(20, 1, generator=rng).double()
    said = loss.predict(raw)
    assert said.mean is not None
    assert said.variance is not None
    expected = (2 * math.pi * said.variance).log() / 2 + (y - said.mean).square() / (2 * said.variance)
    torch.testing.assert_close(loss.function(raw, y), expected[:, 0])


def test_9_constant_sigma_is_the_squared_error() -> None:
    mean = torch.randn(20, 1, generator=torch.Generator().manual_seed(1)).double()
    y, s = torch.zeros(20, 1).double(), torch.full((20, 1), 0.3).double()
    raw = torch.cat((mean, s), dim=1).requires_grad_()
    loss = LOSSES["gaussian"]
    variance = loss.predict(raw.detach()).variance
    assert variance is not None
    (by_gauss,) = torch.autograd.grad(loss.function(raw, y).sum(), raw)
    plain = mean.clone().requires_grad_()
    (by_square,) = torch.autograd.grad(LOSSES["squared"].function(plain, y).sum(), plain)
    torch.testing.assert_close(by_gauss[:, :1] * 2 * variance, by_square)


def test_9_sigma_of_a_constant_target_is_its_spread() -> None:
    """At the optimum, mu is the mean and sigma the standard deviation."""
    y = torch.randn(400, 1, generator=torch.Generator().manual_seed(2)).double() * 0.5 + 2
    raw = torch.zeros(1, 2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([raw], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = LOSSES["gaussian"].function(raw.expand(400, 2), y).mean()
        value.backward()
        return value

    optimizer.step(closure)
    said = LOSSES["gaussian"].predict(raw.detach())
    assert said.mean is not None
    assert said.variance is not None
    assert float(said.mean) == pytest.approx(float(y.mean()), abs=1e-4)
    assert float(said.variance) == pytest.approx(float(y.var(correction=0)), rel=1e-3)


def test_10_regularisers() -> None:
    w = W.flatten()  # 1, 2, 2, -4, 3, -1
    assert float(PENALTIES["l1"].value(w, 1.0)) == 13
    assert float(PENALTIES["l2"].value(w, 1.0)) == 35
    assert float(PENALTIES["elastic_net"].value(w, 1.0, 0.5)) == 0.5 * 35 + 13
    assert float(PENALTIES["l2_length"].value(w, 2.0)) == pytest.approx(2 * math.sqrt(35))
