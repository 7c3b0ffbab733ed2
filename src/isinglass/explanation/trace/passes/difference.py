"""How far the sums of products along all paths are from autograd's own gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from isinglass.explanation.trace.passes.recording import Record


def difference_to_autograd(
    records: Sequence[Record], places: Sequence[int], upstream: Mapping[int, Tensor], seed: Tensor
) -> float:
    """Leaves' gradients: largest |ours - autograd's| over all leaves, as a part of the largest |autograd's|."""
    leaves = [p for p in places if records[p].kind in ("input", "parameter") and records[p].edge is not None]
    start, edges = records[places[-1]].edge, [records[place].edge for place in leaves]
    if start is None or not leaves:
        return float("nan")
    whole = torch.autograd.grad([start], edges, [seed], retain_graph=True, allow_unused=True)  # type: ignore[arg-type]
    pairs = [(upstream.get(place), one) for place, one in zip(leaves, whole, strict=True)]
    apart = _worst([_largest(ours, theirs) for ours, theirs in pairs])
    size = _worst([_largest(theirs, None) for _, theirs in pairs])
    return apart / size if size else apart


def _worst(values: Sequence[float]) -> float:
    """The largest; NaN where there is one, wherever it stands."""
    return float(torch.tensor(values, dtype=torch.float64).max())


def _largest(one: Tensor | None, other: Tensor | None) -> float:
    """The largest |one - other|; None is zero."""
    known = [tensor for tensor in (one, other) if tensor is not None and tensor.numel()]
    if not known:
        return 0.0
    return float((known[0] - known[1] if len(known) == 2 else known[0]).abs().max())
