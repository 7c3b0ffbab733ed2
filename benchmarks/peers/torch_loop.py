"""A plain PyTorch loop, one network after the other."""

from __future__ import annotations

from itertools import pairwise

import torch
from common import BATCH, EPOCHS, HIDDEN, arguments, run
from torch import nn


def fit(inputs, targets, net):
    """One network."""
    torch.manual_seed(net["seed"])
    x, y = torch.from_numpy(inputs).float(), torch.from_numpy(targets).float()[:, None]
    machine = network(x.shape[1])
    optimizer = torch.optim.Adam(machine.parameters(), lr=net["rate"], weight_decay=net["decay"])
    for _ in range(EPOCHS):
        order = torch.randperm(len(x))
        for rows in order[: len(x) // BATCH * BATCH].view(-1, BATCH):
            optimizer.zero_grad()
            nn.functional.mse_loss(machine(x[rows]), y[rows]).backward()
            optimizer.step()
    machine.eval()
    return lambda rows: machine(torch.from_numpy(rows).float()).detach().numpy()


def network(features: int) -> nn.Sequential:
    """The network of all torch peers."""
    widths = (features, *HIDDEN)
    pairs = pairwise(widths)
    layers = [layer for a, b in pairs for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 1))


if __name__ == "__main__":
    torch.set_num_threads(min(arguments()[2], 1))  # one thread is faster than several on products this small
    run(fit, ["torch"])
