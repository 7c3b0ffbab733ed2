"""From a sum of terms to an answer: as it is, or as probabilities. An infinite logit is a certain answer."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import expit, softmax

Link = Literal["identity", "softmax", "sigmoid"]


def linked(raw: np.ndarray, link: Link) -> np.ndarray:
    """[sample, width] -> [sample, width]: numbers; probabilities of classes; of labels, each by itself."""
    if link == "identity":
        return raw
    return softmax(raw, axis=1) if link == "softmax" else expit(raw)
