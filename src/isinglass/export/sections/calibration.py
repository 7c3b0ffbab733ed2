"""Whether the spread, or the probabilities, mean what they say."""

from __future__ import annotations

from isinglass.evaluation.report import Report
from isinglass.export.sections.section import Section
from isinglass.figures.calibration import calibration
from isinglass.spec import Task


def _title(report: Report) -> str:
    numbers = report.task is Task.REGRESSION
    return "Is it as sure as it should be?" if numbers else "Do probabilities mean what they say?"


CALIBRATION = Section(_title, calibration)
