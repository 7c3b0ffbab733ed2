"""skorch's NeuralNetRegressor, one network after the other."""

from __future__ import annotations

import torch
from common import BATCH, EPOCHS, run
from skorch import NeuralNetRegressor
from torch_loop import network


def fit(inputs, targets, net):
    """One network."""
    torch.manual_seed(net["seed"])
    model = NeuralNetRegressor(
        network(inputs.shape[1]), lr=net["rate"], optimizer=torch.optim.Adam, optimizer__weight_decay=net["decay"],
        max_epochs=EPOCHS, batch_size=BATCH, train_split=None, iterator_train__shuffle=True, verbose=0,
    )  # fmt: skip
    model.fit(inputs.astype("float32"), targets.astype("float32")[:, None])
    return lambda rows: model.predict(rows.astype("float32"))


if __name__ == "__main__":
    torch.set_num_threads(1)
    run(fit, ["skorch", "torch"])
