"""Conventional methods for images: pixels, colours, gradients and words, each with a simple model behind it.

Reference: the worked examples of the lectures, 7 and 23. Methods for segmentation are of another kind: they
predict a class for each pixel, and what is kept of that are counts.
"""

from __future__ import annotations

from isinglass.evaluation.baselines import constant
from isinglass.evaluation.baselines.baseline import Baseline
from isinglass.evaluation.baselines.images import colours, gradients, linear, masks, neighbours, visual_words
from isinglass.evaluation.baselines.images.masks import MaskBaseline

IMAGE_BASELINES: dict[str, Baseline] = {
    baseline.name: baseline
    for baseline in (
        constant.BASELINE,
        linear.SOFTMAX,
        neighbours.L1,
        neighbours.L2,
        linear.SVM,
        colours.BASELINE,
        gradients.BASELINE,
        visual_words.BASELINE,
    )
}

SEGMENTATION_BASELINES: dict[str, MaskBaseline] = {
    baseline.name: baseline for baseline in (masks.MAJORITY, masks.PIXELWISE)
}
"""The same for masks; as with tables "mean" knows nothing of the image, and "linear" is the first that does."""
