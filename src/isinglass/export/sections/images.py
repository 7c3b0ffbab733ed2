"""Images and the answers, classes, and what the layers look for."""

from __future__ import annotations

from isinglass.evaluation.report.pictures import Pictures
from isinglass.export.sections.section import Found, Section
from isinglass.figures.pictures import classes, filters, maps, mistakes, samples


def build(found: Found) -> Pictures | None:
    """The pictures, which the other sections of images draw from too."""
    return found.looks.pictures


SAMPLES = Section("Some images and the answers", samples, build=build, field="pictures")
CLASSES = Section("Class by class", classes)
MISTAKES = Section("The surest mistakes", mistakes)
FILTERS = Section("What the first layer looks for", filters)
MAPS = Section("What the layers make of an image", maps)
