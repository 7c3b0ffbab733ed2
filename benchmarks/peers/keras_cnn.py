"""Keras 3; the backend is in KERAS_BACKEND."""

from __future__ import annotations

import os

from cnn_common import RATE, arguments, images, run

FOLDER, BATCH, THREADS = arguments()
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(THREADS))  # read when TensorFlow is imported

import keras  # noqa: E402
from keras import layers  # noqa: E402


def main() -> None:
    """Train and tell."""
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        torch.set_num_threads(THREADS)
    keras.utils.set_random_seed(0)
    data = images()
    x, x_test = (data[name].transpose(0, 2, 3, 1) for name in ("x", "x_test"))
    model = keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, padding="same", activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, padding="same", activation="relu"), layers.MaxPooling2D(2),
        layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10),
    ])  # fmt: skip
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(RATE), loss)
    count = len(x) // BATCH * BATCH

    def epoch() -> None:
        model.fit(x[:count], data["y"][:count], BATCH, 1, verbose=0)

    def accuracy() -> float:
        return float((model.predict(x_test, batch_size=500, verbose=0).argmax(1) == data["y_test"]).mean())

    run(epoch, count, accuracy, ["keras", backend])


if __name__ == "__main__":
    main()
