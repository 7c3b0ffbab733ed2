"""A solver that a network starts: Kepler's equation, where it saves steps; systems; what does not converge."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from isinglass.errors import MachineError
from isinglass.machine.newton import newton


def kepler(unknown: Tensor, given: Tensor) -> Tensor:
    """E - e sin E = M."""
    return unknown - given[1] * unknown.sin() - given[0]


def orbits(count: int, seed: int) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    drawn = torch.rand(count, 2, generator=rng, dtype=torch.float64)
    return torch.stack((drawn[:, 0] * torch.pi, 0.6 + 0.39 * drawn[:, 1]), 1)


@pytest.mark.slow
def test_a_networks_guess_saves_steps_and_the_root_is_the_same() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1)).double()
    x = orbits(500, 0)
    anomaly = newton(kepler, torch.full((500, 1), 3.0), x).roots
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(400):
        optimizer.zero_grad()
        (network(x) - anomaly).square().mean().backward()
        optimizer.step()
    unseen = orbits(1000, 1)
    with torch.no_grad():
        guessed = newton(kepler, network(unseen), unseen)
    usual = newton(kepler, unseen[:, :1] + 0.85 * unseen[:, 1:], unseen)  # Danby's starting value
    assert bool(guessed.converged.all())
    assert bool(usual.converged.all())
    torch.testing.assert_close(guessed.roots, usual.roots, atol=1e-8, rtol=0)
    assert float(guessed.steps.double().mean()) < float(usual.steps.double().mean()) - 0.5


def test_a_linear_system_takes_one_step() -> None:
    A = torch.tensor([[2.0, 1.0], [1.0, 3.0]], dtype=torch.float64)
    b = torch.randn(6, 2, dtype=torch.float64)
    found = newton(lambda y, x: A @ y - x, torch.zeros(6, 2), b)
    np.testing.assert_allclose(found.roots.numpy(), np.linalg.solve(A.numpy(), b.numpy().T).T, atol=1e-12)
    assert found.steps.tolist() == [1] * 6


def test_a_root_takes_no_step_and_what_has_none_says_so() -> None:
    square = torch.tensor([[4.0], [-1.0], [0.0]], dtype=torch.float64)
    found = newton(lambda y, x: y**2 - x, torch.tensor([[2.0], [1.0], [0.0]]), square, most=20)
    assert found.steps.tolist() == [0, 20, 0]
    assert found.converged.tolist() == [True, False, True]


def test_as_many_equations_as_unknowns() -> None:
    with pytest.raises(MachineError, match="one equation for each unknown"):
        newton(lambda y, x: torch.cat((y, y)), torch.zeros(2, 1), torch.zeros(2, 1))
