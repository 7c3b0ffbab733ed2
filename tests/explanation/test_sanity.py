"""The randomisation check: weights are drawn anew, and ranks are compared as scipy does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from predictors import linear_ensemble
from scipy.stats import spearmanr
from seeing import SCALE, bars
from torch import nn

from isinglass.explanation.sanity import _fresh, randomised, rank_correlation, verdict
from isinglass.inference.ensemble import Ensemble
from isinglass.machine import build
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape, image_spec


def test_every_weight_is_drawn_anew_and_nothing_else_changes():
    seeing = bars()
    fresh = randomised(seeing, 1)
    assert fresh.state.theta.shape == seeing.state.theta.shape
    assert (fresh.state.theta == seeing.state.theta).float().mean() == 0
    assert not torch.equal(fresh.state.theta[0], fresh.state.theta[1])
    assert torch.equal(randomised(seeing, 1).state.theta, fresh.state.theta)
    assert not torch.equal(randomised(seeing, 2).state.theta, fresh.state.theta)
    assert fresh.common is seeing.common
    assert float(seeing.common.view.scale[0, 0]) == pytest.approx(SCALE)


class Lonely(nn.Module):
    """A parameter that no layer can draw."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.linspace(2.0, 3.0, 50))
        self.rate = nn.Parameter(torch.ones(1), requires_grad=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x * self.gain).sum(dim=-1, keepdim=True) * self.rate


def test_parameters_outside_layers_keep_their_mean_and_spread():
    learnt = Lonely()
    fresh = _fresh(learnt, 3)
    assert isinstance(fresh, Lonely)
    assert not torch.equal(fresh.gain, learnt.gain)
    assert float(fresh.gain.detach().mean()) == pytest.approx(2.5, abs=0.2)
    assert torch.equal(fresh.rate, learnt.rate)


def test_running_statistics_are_forgotten():
    recipe = MachineRecipe(kind="cnn", filters=(4,), hidden=(), normalization="batch")
    machine = build(recipe, Shape(64, 2, spec=image_spec(1, 8, 8)), seed=0)
    machine(torch.randn(20, 1, 8, 8) * 5)
    name = next(name for name, _ in machine.named_buffers() if name.endswith("running_var"))
    assert not torch.allclose(machine.get_buffer(name), torch.ones(4))
    assert torch.equal(_fresh(machine, 0).get_buffer(name), torch.ones(4))


def test_ranks_are_spearmans():
    one, other = np.random.default_rng(0).integers(0, 6, size=(2, 80)).astype(float)
    assert rank_correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)
    one[3] = np.nan
    known = np.arange(80) != 3
    assert rank_correlation(one, other) == pytest.approx(spearmanr(one[known], other[known]).statistic)


def test_verdicts():
    same = np.arange(10.0)
    assert verdict(same, [same, same]) == {"rank_correlation": 1.0, "passed": 0.0}
    assert verdict(same, [same, -same])["passed"] == 1.0
    assert np.isnan(verdict(np.ones(4), [same[:4]])["passed"])
    assert np.isnan(verdict(np.ones(1), [np.ones(1)])["rank_correlation"])


def test_linear_machines_too():
    line: Ensemble = linear_ensemble(np.ones((3, 1, 2)), np.zeros((3, 1)))
    assert not torch.equal(randomised(line, 0).state.theta, line.state.theta)
