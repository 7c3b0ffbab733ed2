"""From predicted masks to counts, block by block: nothing of the size of all pixels times classes is kept."""

from __future__ import annotations

import numpy as np

from isinglass.evaluation.pixels import boundary_of, confusion_of
from isinglass.inference.ensemble import Ensemble


def count_masks(ensemble: Ensemble, inputs: np.ndarray, observed: np.ndarray) -> dict[str, np.ndarray]:
    """What is kept of the masks of some images.

    Args:
        ensemble: of a segmentation.
        inputs: [sample, channel, height, width].
        observed: uint8 [sample, head, height, width], 255 = void.

    Returns:
        "confusion" [sample, head, class, class] and "boundary" [sample, head, class, 4] (see `pixels`); "noise" and
        "ignorance" [sample, head], means over pixels in nats.
    """
    classes = tuple(len(target.categories) for target in ensemble.targets)
    parts: list[dict[str, np.ndarray]] = []
    for found in ensemble.segment(inputs):
        said, truth = found.classes, observed[found.rows]
        parts.append(
            {
                "confusion": confusion_of(truth, said, classes),
                "boundary": boundary_of(truth, said, classes),
                "noise": found.noise.mean(axis=(2, 3)),
                "ignorance": found.ignorance.mean(axis=(2, 3)),
            }
        )
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
