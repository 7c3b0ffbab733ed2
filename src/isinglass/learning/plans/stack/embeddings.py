"""Embeddings of columns with a member axis, as formulas; see the layers of the same names in `machine.layers`."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from isinglass.learning.plans.stack.layer import Seen
from isinglass.machine.layers import CategoricalEmbedding


def categorical(seen: Seen, x: Tensor) -> Tensor:
    """`CategoricalEmbedding`: codes x `[member, batch, column]` -> `[member, batch, column * width]`."""
    assert isinstance(seen.layer, CategoricalEmbedding)
    table = seen.parameters["table"]
    rows = (x.long() + seen.layer.offsets).flatten(1)
    picked = table.gather(1, rows[..., None].expand(-1, -1, table.shape[2]))
    return picked.unflatten(1, x.shape[1:]).flatten(-2)


def periodic(seen: Seen, x: Tensor) -> Tensor:
    """`PeriodicEmbedding`: x `[member, batch, feature]` -> `[member, batch, feature * width]`."""
    own = seen.parameters
    angle = 2 * math.pi * own["frequency"][:, None] * x.unsqueeze(-1)
    mixed = _each_feature(torch.cos(angle + own["phase"][:, None]), own["weight"]) + own["bias"][:, None]
    return torch.cat((x.unsqueeze(-1), mixed), dim=-1).flatten(-2)


def periodic_relu(seen: Seen, x: Tensor) -> Tensor:
    """`PeriodicReluEmbedding`: x `[member, batch, feature]` -> `[member, batch, feature * width]`."""
    own = seen.parameters
    angle = 2 * math.pi * own["frequency"][:, None] * x.unsqueeze(-1)
    waves = torch.cat((angle.sin(), angle.cos()), dim=-1)
    return torch.relu(_each_feature(waves, own["weight"]) + own["bias"][:, None]).flatten(-2)


def piecewise(seen: Seen, x: Tensor) -> Tensor:
    """`PiecewiseEmbedding`: x `[member, batch, feature]` -> `[member, batch, feature * width]`."""
    own, knots = seen.parameters, seen.buffers["knots"][:, None]
    x = x.unsqueeze(-1)
    part = (x - knots[..., :-1]) / knots.diff(dim=-1)
    inner = part[..., 1:-1].clamp(0, 1)
    code = torch.cat((part[..., :1].clamp(max=1), inner, part[..., -1:].clamp(min=0)), dim=-1)
    mixed = _each_feature(code, own["weight"])
    return (own["slope"][:, None] * x + own["bias"][:, None] + mixed).flatten(-2)


def _each_feature(code: Tensor, weight: Tensor) -> Tensor:
    """code `[member, batch, feature, k]`, weight `[member, feature, k, width]` -> `[.., feature, width]`."""
    return torch.einsum("mbfk,mfkw->mbfw", code, weight)
