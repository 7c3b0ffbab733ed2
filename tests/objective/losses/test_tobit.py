"""The censored Gaussian likelihood against scipy, a closed form and its own limits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.stats import norm

from isinglass.objective.losses.gaussian import gaussian, split
from isinglass.objective.losses.tobit import log_phi, tobit


def case(*lead: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(2)
    raw = torch.randn(*lead, 4, generator=rng, dtype=torch.float64)
    value = torch.randn(*lead, 2, generator=rng, dtype=torch.float64)
    return raw, value, torch.randint(-1, 2, (*lead, 2), generator=rng).double()


def test_it_is_the_likelihood() -> None:
    raw, value, sign = case(50)
    mean, sigma = (part.numpy() for part in split(raw))
    y, c = value.numpy(), sign.numpy()
    law = norm(mean, sigma)
    expected = np.where(c == 0, law.logpdf(y), np.where(c < 0, law.logcdf(y), law.logsf(y)))
    np.testing.assert_allclose(tobit(raw, torch.cat([value, sign], -1)).numpy(), -expected.mean(-1), rtol=1e-12)


def test_without_limits_it_is_the_gaussian_loss() -> None:
    raw, value, sign = case(20)
    torch.testing.assert_close(tobit(raw, value), gaussian(raw, value))
    torch.testing.assert_close(tobit(raw, torch.cat([value, 0 * sign], -1)), gaussian(raw, value))


def test_gradients_and_members() -> None:
    raw, value, sign = case(3, 7)
    target = torch.cat([value, sign], -1)
    assert torch.autograd.gradcheck(lambda raw: tobit(raw, target), (raw.requires_grad_(),))
    each = torch.vmap(tobit)(raw.detach(), target)
    torch.testing.assert_close(each, tobit(raw.detach(), target))


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_the_far_tails_have_values_and_slopes(kind: torch.dtype) -> None:
    z = torch.tensor([-3000.0, -40.0, -5.0, 0.0, 5.0, 40.0, 3000.0], dtype=kind, requires_grad=True)
    value = log_phi(z)
    value.sum().backward()
    np.testing.assert_allclose(value.detach().numpy(), norm.logcdf(z.detach().numpy().astype(float)), rtol=1e-5)
    slope = np.exp(norm.logpdf(z.detach().numpy().astype(float)) - norm.logcdf(z.detach().numpy().astype(float)))
    assert z.grad is not None
    np.testing.assert_allclose(z.grad.numpy(), slope, rtol=1e-3, atol=1e-6)


def test_gradient_descent_finds_tobins_estimate() -> None:
    """A straight line, most of it below the limit: the maximum that scipy finds, not the line through the limits."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    y = 2 * x - 0.5 + rng.normal(size=400)
    sign = -(y < 0).astype(float)
    limited = np.maximum(y, 0)

    def negative(theta: np.ndarray) -> float:
        law = norm(theta[0] + theta[1] * x, np.exp(theta[2]))
        return -np.where(sign == 0, law.logpdf(limited), law.logcdf(limited)).sum()

    best = minimize(negative, np.zeros(3), method="Nelder-Mead", options={"maxiter": 4000}).x
    theta = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    rows = torch.tensor(x)
    target = torch.tensor(np.stack([limited, sign], axis=1))
    optimizer = torch.optim.LBFGS([theta], max_iter=200)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        raw = torch.stack([theta[0] + theta[1] * rows, theta[2].expand(400)], dim=1)
        loss = tobit(raw, target).mean()
        loss.backward()
        return loss

    optimizer.step(closure)
    np.testing.assert_allclose(theta[:2].detach().numpy(), best[:2], atol=2e-3)
    np.testing.assert_allclose(split(theta[None, 1:].detach())[1].item(), np.exp(best[2]), atol=2e-3)
    assert abs(theta[1].item() - 2) < 0.25
    assert np.polyfit(x, limited, 1)[0] < 1.4  # what least squares makes of the limits
