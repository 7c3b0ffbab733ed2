"""Which known samples does the network find most alike? Distances in its last hidden layer.

A unit of the layer counts by its spread over the pool: d^2 = mean over units of ((h - h') / std(h))^2. Of feature maps
the mean over the map is a unit. Reference: Papernot and McDaniel (2018), Deep k-nearest neighbors, arXiv:1803.04765.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from isinglass.errors import UsageError
from isinglass.explanation.instance_level.network import Network

TOGETHER = 64


def distances(network: Network, *, seed: int = 0, pool: np.ndarray | None = None) -> Tensor:
    """`[pool]` distances of the sample from each of the pool's, `[pool, ...]` unscaled."""
    if pool is None or not len(pool):
        raise UsageError("there are no samples to compare with", instead="give data with samples: --data FILE")
    others = torch.cat([hidden(network, _tensor(part, network)) for part in _parts(pool)])
    own = hidden(network, network.sample)
    spread = others.std(dim=0, correction=0)
    used = spread > 0
    if not bool(used.any()):
        return torch.zeros(len(others), dtype=others.dtype)
    return (((others - own)[:, used] / spread[used]) ** 2).mean(dim=1).sqrt()


def hidden(network: Network, x: Tensor) -> Tensor:
    """What the last layer with weights reads, `[batch, unit]`."""
    read: list[Tensor] = []
    hook = _head(network.machine).register_forward_pre_hook(lambda _module, inputs: read.append(inputs[0].detach()))
    with torch.no_grad():
        network(x)
    hook.remove()
    found = read[-1]
    return found.flatten(2).mean(dim=2) if found.dim() > 2 else found


def _head(machine: nn.Module) -> nn.Module:
    """The layer that the machine names its head, or the last one with weights of its own."""
    named = getattr(machine, "head", "")
    if isinstance(named, str) and named:
        return machine.get_submodule(named)
    layers = [layer for layer in machine.modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]
    if not layers:
        raise UsageError("the network has no layer whose input could be compared")
    return layers[-1]


def _parts(pool: np.ndarray) -> list[np.ndarray]:
    return [pool[start : start + TOGETHER] for start in range(0, len(pool), TOGETHER)]


def _tensor(part: np.ndarray, network: Network) -> Tensor:
    return torch.from_numpy(np.asarray(part, dtype=np.float64)).to(network.sample.dtype)
