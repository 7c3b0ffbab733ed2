"""Kinks of the penalties: the subgradient 0 keeps a zero weight where it is."""

from __future__ import annotations

import torch

from isinglass.objective.penalties import PENALTIES

W = torch.tensor([[0.0, 3.0, -4.0], [0.0, 0.0, 0.0]])


def test_l1_leaves_zero_weights() -> None:
    assert PENALTIES["l1"].gradient(W, 0.5).tolist() == [[0, 0.5, -0.5], [0, 0, 0]]


def test_length_pulls_with_constant_force() -> None:
    gradient = PENALTIES["l2_length"].gradient(torch.cat((W, W / 1000)), 2.0)
    assert gradient.norm(dim=1).tolist() == [2, 0, 2, 0]


def test_elastic_net_is_both() -> None:
    both = PENALTIES["elastic_net"].gradient(W, 0.5, 3.0)
    parts = PENALTIES["l2"].gradient(W, 1.5) + PENALTIES["l1"].gradient(W, 0.5)
    torch.testing.assert_close(both, parts)
