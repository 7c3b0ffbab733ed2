"""PyTorch's own MNIST example: its network and recipe, with images in memory instead of a data loader.

Convolutions of 32 and 64 3x3 filters, pooling, dropout 0.25, dense 9216-128-10 with dropout 0.5; Adadelta with rate 1,
times 0.7 after each epoch; batches of 64; at most 14 epochs (github.com/pytorch/examples, mnist/main.py).
"""

from __future__ import annotations

import torch
from mnist_common import arguments, images, run
from torch import nn

BATCH, EPOCHS, CENTER, SCALE = 64, 14, 0.1307, 0.3081


def network() -> nn.Sequential:
    """As published."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10),
    )  # fmt: skip


def main() -> None:
    """Train and tell."""
    _, threads, _, seed = arguments()
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    data = {name: torch.from_numpy(values) for name, values in images().items()}
    x, x_test = ((data[name][:, None] / 255 - CENTER) / SCALE for name in ("x", "x_test"))
    machine = network()
    optimizer = torch.optim.Adadelta(machine.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.7)

    def epoch() -> None:
        machine.train()
        for rows in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            nn.functional.cross_entropy(machine(x[rows]), data["y"][rows]).backward()
            optimizer.step()
        schedule.step()

    @torch.no_grad()
    def accuracy() -> float:
        machine.eval()
        found = torch.cat([machine(part).argmax(1) for part in x_test.split(1000)])
        return float((found == data["y_test"]).float().mean())

    run(epoch, accuracy, EPOCHS, ["torch"])


if __name__ == "__main__":
    main()
