"""Batch normalization against torch's own."""

from __future__ import annotations

import torch
from torch import nn

from isinglass.machine.layers import BatchNorm


def test_equals_torch_through_training_and_evaluation() -> None:
    ours, theirs = BatchNorm(5), nn.BatchNorm1d(5)
    for step in range(4):
        x = torch.randn(8, 5, generator=torch.Generator().manual_seed(step)) * (step + 1) + step
        torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(ours.mean, theirs.running_mean)
    torch.testing.assert_close(ours.variance, theirs.running_var)
    x = torch.randn(3, 5)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))


def test_padded_rows_do_not_count() -> None:
    padded, exact = BatchNorm(4).double(), BatchNorm(4).double()
    x = torch.randn(10, 4, dtype=torch.float64)
    weights = torch.cat((torch.full((7,), 0.5), torch.zeros(3))).double()
    torch.testing.assert_close(padded(x, weights)[:7], exact(x[:7]))
    torch.testing.assert_close(padded.mean, exact.mean)
    torch.testing.assert_close(padded.variance, exact.variance)


def test_one_row_has_no_variance_and_stays_finite() -> None:
    layer = BatchNorm(3)
    assert layer(torch.ones(1, 3)).isfinite().all()
    assert layer.variance.isfinite().all()


def test_members_have_their_own_statistics() -> None:
    x = torch.randn(2, 6, 3) * torch.tensor([1.0, 9.0])[:, None, None]
    layer = BatchNorm(3)
    stacked = {"mean": torch.zeros(2, 3), "variance": torch.ones(2, 3)}
    torch.func.functional_call(layer, stacked, (x,))
    torch.testing.assert_close(stacked["mean"], 0.1 * x.mean(-2))
