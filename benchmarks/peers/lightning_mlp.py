"""Lightning's Trainer, one network after the other, everything switched off that can be."""

from __future__ import annotations

import logging
import warnings

import lightning
import torch
from common import BATCH, EPOCHS, run
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch_loop import network


class Module(lightning.LightningModule):
    """The network with its loss and optimizer."""

    def __init__(self, features, net):
        super().__init__()
        self.machine, self.net = network(features), net

    def training_step(self, batch):
        """The loss of a batch."""
        return nn.functional.mse_loss(self.machine(batch[0]), batch[1])

    def configure_optimizers(self):
        """Adam."""
        return torch.optim.Adam(self.parameters(), lr=self.net["rate"], weight_decay=self.net["decay"])


def fit(inputs, targets, net):
    """One network."""
    torch.manual_seed(net["seed"])
    rows = TensorDataset(torch.from_numpy(inputs).float(), torch.from_numpy(targets).float()[:, None])
    module = Module(inputs.shape[1], net)
    trainer = lightning.Trainer(
        max_epochs=EPOCHS, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(module, DataLoader(rows, BATCH, shuffle=True, drop_last=True))
    return lambda x: module.machine(torch.from_numpy(x).float()).detach().numpy()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    run(fit, ["lightning", "torch"])
