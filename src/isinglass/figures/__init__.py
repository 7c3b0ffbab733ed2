"""Every figure of the report: a function from the report to drawings, none where there is nothing to draw."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib

from isinglass.evaluation.report import Report
from isinglass.figures.calibration import calibration
from isinglass.figures.classification import confusion
from isinglass.figures.comparison import comparison
from isinglass.figures.constraints import constraints
from isinglass.figures.drawing.style import STYLE
from isinglass.figures.drawing.svg import Drawing as Drawing
from isinglass.figures.effects import effects
from isinglass.figures.importance import importances
from isinglass.figures.learning import learning_curves
from isinglass.figures.novelty import novelty
from isinglass.figures.parts import course, parts, places
from isinglass.figures.pictures import classes, filters, maps, mistakes, samples
from isinglass.figures.ranking import ranking
from isinglass.figures.regression import predicted_observed, residuals
from isinglass.figures.segmentation import mask_confusion, masks, overlap
from isinglass.figures.splits import splits

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
