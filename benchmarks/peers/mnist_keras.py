"""Keras' own simple convolutional network for MNIST; the backend is in KERAS_BACKEND.

Convolutions of 32 and 64 3x3 filters, each with pooling, dropout 0.5, dense 1600-10; Adam, batches of 128, at most 15
epochs on the first 54,000 images (keras.io/examples/vision/mnist_convnet). Its validation on the others is left out.
"""

from __future__ import annotations

import os

from mnist_common import arguments, images, run

_, THREADS, _, SEED = arguments()
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(THREADS))  # read when TensorFlow is imported

import keras  # noqa: E402
from keras import layers  # noqa: E402

BATCH, EPOCHS, TRAINED = 128, 15, 54_000


def main() -> None:
    """Train and tell."""
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        torch.set_num_threads(THREADS)
    keras.utils.set_random_seed(SEED)
    data = images()
    x, x_test = (data[name][..., None].astype("float32") / 255 for name in ("x", "x_test"))
    model = keras.Sequential([
        keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2), layers.Flatten(), layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip
    model.compile(keras.optimizers.Adam(), "sparse_categorical_crossentropy")

    def epoch() -> None:
        model.fit(x[:TRAINED], data["y"][:TRAINED], BATCH, 1, verbose=0)

    def accuracy() -> float:
        return float((model.predict(x_test, batch_size=500, verbose=0).argmax(1) == data["y_test"]).mean())

    run(epoch, accuracy, EPOCHS, ["keras", backend])


if __name__ == "__main__":
    main()
