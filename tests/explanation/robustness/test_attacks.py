"""Attacks: the closed form on a linear machine, and an independent implementation on a network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from isinglass.explanation.robustness import ATTACKS, Space

WEIGHT = np.array([[1.0, -2.0, 0.5], [-1.0, 1.0, 0.25]])
BIAS = np.array([0.3, -0.2])


def linear(x: torch.Tensor) -> torch.Tensor:
    return (x @ torch.tensor(WEIGHT).T + torch.tensor(BIAS)).softmax(dim=1)


@pytest.fixture
def inputs() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).uniform(-2, 2, size=(40, 3)))


def edge(x: np.ndarray) -> np.ndarray:
    """The smallest change of every value that flips a linear machine of two classes: |w x + b| / |w|_1."""
    w, b = WEIGHT[0] - WEIGHT[1], BIAS[0] - BIAS[1]
    return np.abs(x @ w + b) / np.abs(w).sum()


def test_the_smallest_flip_of_a_linear_machine_is_the_distance_to_its_plane(inputs):
    space = Space(linear, -np.inf, np.inf)
    found = ATTACKS["smallest"](space, inputs, space.labels(inputs), size=5.0)
    assert found.flipped.all()
    expected = edge(inputs.numpy())
    assert (found.size.numpy() >= expected - 1e-12).all()
    np.testing.assert_allclose(found.size.numpy(), expected, atol=5.0 / 2**9)


def test_one_step_on_a_linear_machine(inputs):
    space = Space(linear, -np.inf, np.inf)
    label = space.labels(inputs)
    found = ATTACKS["fgsm"](space, inputs, label, size=0.4)
    side = np.where(label.numpy() == 0, -1.0, 1.0)[:, None]
    np.testing.assert_allclose(found.changed, inputs.numpy() + 0.4 * side * np.sign(WEIGHT[0] - WEIGHT[1]), rtol=1e-12)
    np.testing.assert_array_equal(found.flipped.numpy(), edge(inputs.numpy()) < 0.4)


def test_where_no_flip_is_within_reach_none_is_told(inputs):
    space = Space(linear, -np.inf, np.inf)
    size = float(edge(inputs.numpy()).min()) * 0.99
    for attack in ATTACKS.values():
        found = attack(space, inputs, space.labels(inputs), size=size)
        assert not found.flipped.any()
        assert (found.size <= size + 1e-12).all()


def test_values_that_are_fixed_or_at_their_end_stay(inputs):
    x = inputs.clamp(0, 1)
    space = Space(linear, 0.0, 1.0, free=torch.tensor([1.0, 0.0, 1.0]))
    for attack in ATTACKS.values():
        changed = attack(space, x, space.labels(x), size=0.5, seed=3).changed
        assert torch.equal(changed[:, 1], x[:, 1])
        assert changed.min() >= 0
        assert changed.max() <= 1


@pytest.fixture
def ensemble() -> list[nn.Module]:
    torch.manual_seed(0)
    shape = (nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 36, 4))
    return [nn.Sequential(nn.Conv2d(1, 6, 3), *shape[1:3], nn.Linear(6 * 36, 4)).double() for _ in range(3)]


def by_hand(networks: list[nn.Module], x: np.ndarray, label: np.ndarray, size: float, start: np.ndarray, steps: int):
    """Madry's attack in numpy, the gradient of one sample at a time, of the loss by torch's own cross entropy terms."""
    at = start.copy()
    for _ in range(steps):
        for i in range(len(x)):
            leaf = torch.tensor(at[i : i + 1], requires_grad=True)
            p = sum(torch.exp(torch.log_softmax(net(leaf), 1)) for net in networks)[0, int(label[i])] / len(networks)
            (-torch.log(p)).backward()
            step = at[i] + 2.5 * size / steps * np.sign(leaf.grad.numpy()[0])
            at[i] = np.clip(np.clip(step, x[i] - size, x[i] + size), 0, 1)
    return at


def test_a_network_is_attacked_as_an_independent_implementation_does(ensemble):
    x = np.random.default_rng(1).uniform(size=(5, 1, 8, 8))
    space = Space(lambda z: torch.stack([net(z).softmax(1) for net in ensemble]).mean(0))
    tensor = torch.from_numpy(x)
    label = space.labels(tensor)
    noise = torch.rand(tensor.shape, generator=torch.Generator().manual_seed(7), dtype=torch.float64).numpy()
    start = np.clip(x + (2 * noise - 1) * 0.05, 0, 1)
    np.testing.assert_allclose(
        ATTACKS["pgd"](space, tensor, label, size=0.05, seed=7, steps=6).changed,
        by_hand(ensemble, x, label.numpy(), 0.05, start, 6),
        atol=1e-12,
    )
    one = by_hand(ensemble, x, label.numpy(), 0.05, x, 1)  # 2.5 times the size, projected back: one step of the size
    np.testing.assert_allclose(ATTACKS["fgsm"](space, tensor, label, size=0.05).changed, one, atol=1e-12)


def test_many_steps_raise_the_loss_more_than_one(ensemble):
    x = torch.from_numpy(np.random.default_rng(2).uniform(size=(30, 1, 8, 8)))
    space = Space(lambda z: torch.stack([net(z).softmax(1) for net in ensemble]).mean(0))
    label = space.labels(x)

    def loss(name: str) -> float:
        changed = ATTACKS[name](space, x, label, size=0.05).changed
        return float(-space.answer(changed).detach().gather(1, label[:, None]).log().mean())

    assert loss("pgd") >= loss("fgsm") > float(-space.answer(x).detach().gather(1, label[:, None]).log().mean())
