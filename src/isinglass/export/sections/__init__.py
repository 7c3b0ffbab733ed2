"""The parts of the report in the order of its page: `SECTIONS`. A new part is one file and one entry."""

from __future__ import annotations

import matplotlib

from isinglass.evaluation.report import Report
from isinglass.export.sections.calibration import CALIBRATION
from isinglass.export.sections.classification import CONFUSION, RANKING
from isinglass.export.sections.columns import EFFECTS, IMPORTANCE
from isinglass.export.sections.comparison import COMPARISON
from isinglass.export.sections.constraints import CONSTRAINTS
from isinglass.export.sections.data import DATA, SPLITS
from isinglass.export.sections.images import CLASSES, FILTERS, MAPS, MISTAKES, SAMPLES
from isinglass.export.sections.learning import LEARNING
from isinglass.export.sections.masks import MASK_CONFUSION, MASKS, OVERLAP
from isinglass.export.sections.novelty import NOVELTY
from isinglass.export.sections.origin import CITE, LEDGER, PROVENANCE, RECIPE
from isinglass.export.sections.parts import COURSE, PARTS, PLACES
from isinglass.export.sections.regression import PREDICTED, RESIDUALS
from isinglass.export.sections.section import Found as Found
from isinglass.export.sections.section import Section as Section
from isinglass.export.sections.section import Shown as Shown
from isinglass.export.sections.section import built as built
from isinglass.export.sections.section import nothing
from isinglass.figures.drawing.style import STYLE
from isinglass.figures.drawing.svg import Drawing

SECTIONS: dict[str, Section] = {
    "comparison": COMPARISON,
    "data": DATA,
    "splits": SPLITS,
    "learning": LEARNING,
    "samples": SAMPLES,
    "masks": MASKS,
    "overlap": OVERLAP,
    "mask_confusion": MASK_CONFUSION,
    "predicted": PREDICTED,
    "confusion": CONFUSION,
    "classes": CLASSES,
    "mistakes": MISTAKES,
    "ranking": RANKING,
    "residuals": RESIDUALS,
    "course": COURSE,
    "places": PLACES,
    "parts": PARTS,
    "calibration": CALIBRATION,
    "importance": IMPORTANCE,
    "effects": EFFECTS,
    "filters": FILTERS,
    "maps": MAPS,
    "novelty": NOVELTY,
    "constraints": CONSTRAINTS,
    "ledger": LEDGER,
    "recipe": RECIPE,
    "provenance": PROVENANCE,
    "cite": CITE,
}


def draw(report: Report) -> dict[str, list[Drawing]]:
    """All figures, by the key of those `SECTIONS` that can have some, in one style; matplotlib's own settings stay as they were."""
    with matplotlib.rc_context(STYLE):  # pyright: ignore[reportArgumentType]
        return {key: part.figures(report) for key, part in SECTIONS.items() if part.figures is not nothing}


def shown(report: Report) -> tuple[Shown, ...]:
    """Sections with figures or text, and those for whose absence the report gives a reason; others vanish."""
    found, figures = [], draw(report)
    for key, section in SECTIONS.items():
        drawings, reason = tuple(figures.get(key, ())), report.absent.get(key, "")
        if drawings or reason or section.shown(report):
            absent = "" if drawings or section.shown(report) else reason
            found.append(Shown(key, section.heading(report), section.body, drawings, absent))
    return tuple(found)
