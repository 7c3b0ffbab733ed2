"""A plain PyTorch loop over tensors in memory; with PRECISION=bfloat16 in autocast and channels last."""

from __future__ import annotations

import os

import torch
from cnn_common import RATE, arguments, images, run
from torch import nn


def network() -> nn.Sequential:
    """The network of all torch peers."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip


def main() -> None:
    """Train and tell."""
    _, batch, threads = arguments()
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    half = os.environ.get("PRECISION") == "bfloat16"
    data = {name: torch.from_numpy(values) for name, values in images().items()}
    machine = network()
    if half:
        machine = machine.to(memory_format=torch.channels_last)
        data["x"] = data["x"].contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(machine.parameters(), lr=RATE)
    steps = len(data["x"]) // batch

    def epoch() -> None:
        order = torch.randperm(len(data["x"]))
        for rows in order[: steps * batch].view(-1, batch):
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                loss = nn.functional.cross_entropy(machine(data["x"][rows]), data["y"][rows])
            loss.backward()
            optimizer.step()

    @torch.no_grad()
    def accuracy() -> float:
        return float((machine(data["x_test"]).argmax(1) == data["y_test"]).float().mean())

    run(epoch, steps * batch, accuracy, ["torch"])


if __name__ == "__main__":
    main()
