"""Keras 3, one network after the other; the backend is in KERAS_BACKEND."""

from __future__ import annotations

import keras
from common import BATCH, EPOCHS, HIDDEN, run


def fit(inputs, targets, net):
    """One network; the penalty decay / 2 |W|^2 has the gradient of a weight decay."""
    keras.utils.set_random_seed(net["seed"])
    penalty = {"kernel_regularizer": keras.regularizers.L2(net["decay"] / 2)} if net["decay"] else {}
    hidden = [keras.layers.Dense(units, activation="relu", **penalty) for units in HIDDEN]
    model = keras.Sequential([keras.Input((inputs.shape[1],)), *hidden, keras.layers.Dense(1, **penalty)])
    model.compile(keras.optimizers.Adam(net["rate"]), "mse")
    model.fit(inputs.astype("float32"), targets.astype("float32"), BATCH, EPOCHS, verbose=0)
    return lambda rows: model.predict(rows.astype("float32"), batch_size=4096, verbose=0)


if __name__ == "__main__":
    if keras.backend.backend() == "torch":
        import torch

        torch.set_num_threads(1)
    run(fit, ["keras", keras.backend.backend()])
