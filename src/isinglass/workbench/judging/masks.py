"""Studies of masks: counts of pixels in place of predictions, and pictures of a few of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.images.thumbnails import thinning, visible
from isinglass.data.schema import DataSchema
from isinglass.data.splits import Splits
from isinglass.evaluation.calibration import fit_calibration
from isinglass.evaluation.counting import count_masks
from isinglass.evaluation.intervals import evaluate
from isinglass.evaluation.metrics import class_iou
from isinglass.evaluation.outcome import Outcome, maps
from isinglass.evaluation.pixels import VOID
from isinglass.evaluation.report.masks import MaskHead, MaskPictures, doubt_of
from isinglass.inference.calibration import Calibration
from isinglass.inference.ensemble import Ensemble
from isinglass.recipe import Recipe
from isinglass.spec import Task

Shown = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Observed and predicted classes and doubt of the shown images: [image, head, height, width] each."""

SHOWN = 6
LARGEST = 256
"""Pixels of a shown mask's longer side."""
ORDERED = ("SIC", "SOD", "FLOE")
"""Masks whose classes are steps of one quantity."""
CALIBRATING = 50
"""Out-of-bag images from whose pixels the temperature is found."""
PIXELS = 20_000


def count_pixels(dataset: Dataset, rows: np.ndarray, ensemble: Ensemble) -> dict[str, np.ndarray]:
    """What is kept of the masks of some rows, in the names of `scoring.ask_unseen`."""
    found = count_masks(ensemble, dataset.inputs[rows], dataset.targets[rows])
    return {**found, "novelty": np.full(len(rows), np.nan)}


def outcome_of(dataset: Dataset, splits: Splits, answers: Mapping[str, np.ndarray]) -> Outcome:
    """The counts of all unseen images."""
    rows = splits.tested
    return maps(
        answers["confusion"].astype(np.int64),
        heads=tuple(target.name for target in dataset.schema.targets),
        boundary=answers["boundary"].astype(np.int64),
        weights=dataset.weights[rows],
        groups=splits.units[rows],
    )


def calibration_of(dataset: Dataset, rows: np.ndarray, outside: np.ndarray, ensemble: Ensemble) -> Calibration:
    """The temperature of the first mask's probabilities, from pixels of images out of the members' bags.

    Args:
        dataset: the images.
        rows: places of images of which some members may speak.
        outside: bool [member, row] which.
        ensemble: uncalibrated.
    """
    step = max(1, len(rows) // CALIBRATING)
    told, seen, images = [], [], []  # pixels of one image are left out together
    for found in ensemble.segment(dataset.inputs[rows[::step]], outside[:, ::step]):
        truth = dataset.targets[rows[::step][found.rows], 0]
        probabilities = np.moveaxis(found.probabilities[0], 1, -1)[truth != VOID]
        every = max(1, probabilities.shape[0] * CALIBRATING // (PIXELS * max(1, len(truth))))
        told.append(probabilities[::every])
        seen.append(truth[truth != VOID][::every])
        images.append((found.rows.start + np.nonzero(truth != VOID)[0])[::every])
    if not told:
        return Calibration()
    observed = np.concatenate(seen).astype(np.float64)[:, None]
    probabilities, groups = np.concatenate(told), np.concatenate(images)
    outcome = Outcome(observed, Task.CLASSIFICATION, probabilities=probabilities, groups=groups)
    return fit_calibration(outcome, witnesses=0)


def mask_pictures(
    dataset: Dataset, rows: np.ndarray, ensemble: Ensemble, outcome: Outcome, recipe: Recipe
) -> MaskPictures:
    """A few unseen images, evenly spaced, with all masks; and what was counted of each class on all of them.

    Args:
        dataset: the images.
        rows: places of the unseen ones.
        ensemble: that never saw them.
        outcome: of all of them.
        recipe: for the bootstrap.
    """
    schema = dataset.schema
    shown = rows[np.unique(np.linspace(0, len(rows) - 1, SHOWN).astype(np.int64))]
    parts = list(ensemble.segment(dataset.inputs[shown]))
    said = np.concatenate([part.classes for part in parts])
    widths = [len(target.categories) for target in schema.targets]
    doubt = np.concatenate([doubt_of(np.concatenate(part.probabilities, axis=1), widths) for part in parts])
    arrays = (dataset.targets[shown], said, doubt)
    heads = tuple(_head(place, schema, arrays, outcome, recipe) for place in range(len(schema.targets)))
    files = dataset.files[shown] if len(dataset.files) else dataset.rows[shown].astype(str)
    return MaskPictures(visible(dataset.inputs[shown], largest=LARGEST), heads, files)


def _head(place: int, schema: DataSchema, shown: Shown, outcome: Outcome, recipe: Recipe) -> MaskHead:
    target, (observed, said, doubt) = schema.targets[place], (part[:, place] for part in shown)
    step, labels = thinning(observed, LARGEST), target.categories
    scores = {label: class_iou(target.name, index, label) for index, label in enumerate(labels)}
    found = evaluate(outcome, scores, bootstrap=recipe.evaluation.bootstrap, seed=recipe.learning.seed)
    assert outcome.confusion is not None
    return MaskHead(
        name=target.name,
        classes=labels,
        observed=observed[:, ::step, ::step],
        predicted=said[:, ::step, ::step],
        doubt=doubt[:, ::step, ::step],
        confusion=outcome.confusion[:, place, : len(labels), : len(labels)].sum(axis=0),
        overlap=tuple(found[label] for label in labels),
        ordered=target.name in ORDERED,
    )
