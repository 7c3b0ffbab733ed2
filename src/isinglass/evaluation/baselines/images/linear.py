"""Linear models of pixels: softmax, and support vector machines; ridge regression of numbers.

Images of more than 3,072 values (1,024 for ridge) are averaged over blocks of pixels first.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from isinglass.evaluation.baselines.baseline import Baseline, Predictor, Table
from isinglass.evaluation.baselines.images import heads
from isinglass.evaluation.baselines.images.pixels import rows, shrunk
from isinglass.spec import Task

PIXELS, RIDGE_PIXELS = 3072, 1024


def fit(table: Table, seed: int, threads: int, *, head: heads.Head) -> Predictor:
    """A linear model of the values of all pixels."""
    most = RIDGE_PIXELS if table.task is Task.REGRESSION else PIXELS
    predict = head(rows(shrunk(table.inputs, most)), table, seed)

    def answer(images: np.ndarray) -> np.ndarray:
        return predict(rows(shrunk(images, most)))

    return answer


_OPTIONS = {"settings": heads.SETTINGS, "rounds": 1, "limit": 60_000, "prepare": partial(shrunk, most=PIXELS)}

SOFTMAX = Baseline("linear", "a linear model of pixels", partial(fit, head=heads.softmax), simplicity=1, **_OPTIONS)
SVM = Baseline(
    "svm",
    "a linear SVM of pixels",
    partial(fit, head=heads.margins),
    simplicity=4,
    tasks=(Task.CLASSIFICATION, Task.MULTILABEL),
    **_OPTIONS,
)
