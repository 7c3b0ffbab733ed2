"""The order of the report's sections, and which of them have something to say."""

from __future__ import annotations

from dataclasses import dataclass

from isinglass.evaluation.report import Report
from isinglass.figures.drawing.svg import Drawing
from isinglass.spec import Task

Figures = dict[str, list[Drawing]]


@dataclass(frozen=True)
class Section:
    """A numbered part of the page. `absent` says why there is nothing in it; empty where there is something."""

    key: str
    title: str
    figures: tuple[Drawing, ...] = ()
    absent: str = ""


ALWAYS = ("comparison", "data", "splits", "ledger", "recipe", "provenance", "cite")
"""Sections made of tables and text: there whether or not they have figures."""


def titles(task: Task) -> dict[str, str]:
    """Key -> title, in the order of the page."""
    numbers = task is Task.REGRESSION
    return {
        "comparison": "Against conventional methods",
        "data": "Data",
        "splits": "Who saw what",
        "learning": "Learning",
        "samples": "Some images and the answers",
        "masks": "Some images and their masks",
        "overlap": "Class by class: the overlap",
        "mask_confusion": "Which class of pixels is taken for which",
        "predicted": "Predicted against observed",
        "confusion": "Which class is taken for which",
        "classes": "Class by class",
        "mistakes": "The surest mistakes",
        "ranking": "Are the right rows put first?",
        "residuals": "Residuals",
        "course": "Along time",
        "places": "On the map",
        "parts": "Part by part",
        "calibration": "Is it as sure as it should be?" if numbers else "Do probabilities mean what they say?",
        "importance": "What matters",
        "effects": "What each column does",
        "filters": "What the first layer looks for",
        "maps": "What the layers make of an image",
        "novelty": "Beyond the training data",
        "constraints": "Physical laws",
        "ledger": "Openings of the test part",
        "recipe": "Recipe",
        "provenance": "Provenance",
        "cite": "How to cite",
    }


def sections(report: Report, figures: Figures) -> tuple[Section, ...]:
    """Sections with figures or text, and those for whose absence the report gives a reason; others vanish."""
    found = []
    for key, title in titles(report.task).items():
        drawings = tuple(figures.get(key, ()))
        reason = report.absent.get(key, "")
        if drawings or reason or key in ALWAYS or (key == "learning" and report.history):
            found.append(Section(key, title, drawings, "" if drawings or key in ALWAYS else reason))
    return tuple(found)
