"""Images and their masks, and which pixels are taken for which."""

from __future__ import annotations

from isinglass.evaluation.report.masks import MaskPictures
from isinglass.export.sections.section import Found, Section
from isinglass.figures.segmentation import mask_confusion, masks, overlap


def build(found: Found) -> MaskPictures | None:
    """The pictures and counts of pixels, which all sections of masks draw from."""
    return found.looks.masks


MASKS = Section("Some images and their masks", masks, build=build, field="masks")
OVERLAP = Section("Class by class: the overlap", overlap)
MASK_CONFUSION = Section("Which class of pixels is taken for which", mask_confusion)
