"""Every figure of the report: a function from the report to drawings, none where there is nothing to draw."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib

from isinglass.evaluation.figures.calibration import calibration
from isinglass.evaluation.figures.classification import confusion
from isinglass.evaluation.figures.comparison import comparison
from isinglass.evaluation.figures.constraints import constraints
from isinglass.evaluation.figures.effects import effects
from isinglass.evaluation.figures.importance import importances
from isinglass.evaluation.figures.learning import learning_curves
from isinglass.evaluation.figures.novelty import novelty
from isinglass.evaluation.figures.parts import course, parts, places
from isinglass.evaluation.figures.pictures import classes, filters, maps, mistakes, samples
from isinglass.evaluation.figures.ranking import ranking
from isinglass.evaluation.figures.regression import predicted_observed, residuals
from isinglass.evaluation.figures.segmentation import mask_confusion, masks, overlap
from isinglass.evaluation.figures.splits import splits
from isinglass.evaluation.figures.style import STYLE
from isinglass.evaluation.figures.svg import Drawing as Drawing
from isinglass.evaluation.report import Report

FIGURES: dict[str, Callable[[Report], list[Drawing]]] = {
    "comparison": comparison,
    "splits": splits,
    "learning": learning_curves,
    "samples": samples,
    "masks": masks,
    "overlap": overlap,
    "mask_confusion": mask_confusion,
    "predicted": predicted_observed,
    "confusion": confusion,
    "classes": classes,
    "mistakes": mistakes,
    "ranking": ranking,
    "residuals": residuals,
    "course": course,
    "places": places,
    "parts": parts,
    "calibration": calibration,
    "importance": importances,
    "effects": effects,
    "filters": filters,
    "maps": maps,
    "novelty": novelty,
    "constraints": constraints,
}


def draw(report: Report) -> dict[str, list[Drawing]]:
    """All figures, by the key of `FIGURES`, in one style; matplotlib's own settings stay as they were."""
    with matplotlib.rc_context(STYLE):  # pyright: ignore[reportArgumentType]
        return {name: function(report) for name, function in FIGURES.items()}
