"""Lightning's Trainer with a data loader, everything switched off that can be."""

from __future__ import annotations

import logging
import time
import warnings

import lightning
import torch
from cnn_common import RATE, arguments, images, say
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch_cnn import network


class Module(lightning.LightningModule):
    """The network with its loss and optimizer; it notes when epochs begin and end."""

    def __init__(self):
        super().__init__()
        self.machine, self.seconds = network(), 0.0

    def training_step(self, batch):
        """The loss of a batch."""
        return nn.functional.cross_entropy(self.machine(batch[0]), batch[1])

    def on_train_epoch_start(self):
        """The clock starts."""
        self.start = time.perf_counter()

    def on_train_epoch_end(self):
        """The clock stops: the last epoch's time stays."""
        self.seconds = time.perf_counter() - self.start

    def configure_optimizers(self):
        """Adam."""
        return torch.optim.Adam(self.parameters(), lr=RATE)


def main() -> None:
    """Train two epochs and tell of the second."""
    _, batch, threads = arguments()
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    data = {name: torch.from_numpy(values) for name, values in images().items()}
    module = Module()
    trainer = lightning.Trainer(
        max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    )  # fmt: skip
    rows = TensorDataset(data["x"], data["y"])
    trainer.fit(module, DataLoader(rows, batch, shuffle=True, drop_last=True))
    with torch.no_grad():
        accuracy = float((module.machine(data["x_test"]).argmax(1) == data["y_test"]).float().mean())
    say(module.seconds, len(rows) // batch * batch, accuracy, ["lightning", "torch"])


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    main()
