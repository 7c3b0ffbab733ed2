"""What a part of the report is: what it says, what it draws, and from what it is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.splits import Splits
from isinglass.evaluation.baselines import BaselineRun
from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.report import Insights, Report
from isinglass.figures.drawing.svg import Drawing
from isinglass.inference.ensemble import Ensemble
from isinglass.learning.train import Training
from isinglass.recipe import Recipe


class Scored(Protocol):
    """What was measured on the unseen rows: `workbench.judging.scoring.Scores`."""

    @property
    def rows(self) -> np.ndarray:
        """Places of these rows in the data set."""
        ...

    @property
    def unseen(self) -> Outcome:
        """The model's answers beside what was observed."""
        ...

    @property
    def alone(self) -> Outcome:
        """The networks' own answers."""
        ...

    @property
    def novelty(self) -> np.ndarray:
        """`[sample]`, each against the training rows of its fold."""
        ...

    @property
    def beyond(self) -> np.ndarray:
        """`[feature]`, shares of the rows beyond the training range."""
        ...

    @property
    def baselines(self) -> tuple[BaselineRun, ...]:
        """The conventional methods that did not fail."""
        ...


class Judged(Protocol):
    """A fold and its calibrated networks: `workbench.judging.calibration.Fold`."""

    @property
    def ensemble(self) -> Ensemble:
        """Its own networks."""
        ...

    @property
    def tested(self) -> np.ndarray:
        """Places of its test rows."""
        ...


@dataclass(frozen=True)
class Found:
    """A finished study, from which the parts of its report are built.

    Attributes:
        recipe, dataset, splits: what was asked, of which rows, and their parts.
        training: the run: every tick, restarts, best epochs.
        ensemble: its members that could be trained.
        role: int8 `[member, sample]`, what each row was to each of them.
        kept: `[member]`, their places in the training.
        folds: each fold's calibrated networks.
        scores: what was measured on the unseen rows.
        looks: importance and effects of columns, or pictures.
    """

    recipe: Recipe
    dataset: Dataset
    splits: Splits
    training: Training
    ensemble: Ensemble
    role: np.ndarray
    kept: np.ndarray
    folds: Sequence[Judged]
    scores: Scored
    looks: Insights


def nothing(report: Report) -> list[Drawing]:
    """No figure."""
    del report
    return []


def always(report: Report) -> bool:
    """A section made of tables and text: there whether or not it has figures."""
    del report
    return True


def with_figures(report: Report) -> bool:
    """A section that vanishes without figures."""
    del report
    return False


@dataclass(frozen=True)
class Section:
    """A numbered part of the page.

    Attributes:
        title: its heading, or a function of the report that gives it.
        figures: from the report to its drawings; none where there is nothing to draw.
        body: a Jinja template of the words and tables above the figures; it sees `report`, `section`, and what
            `export.html` gives to the page.
        build: from a finished study to the section's numbers: dataclasses, dicts and lists of numbers, words and
            arrays, or None where it has none. They go with the model file.
        field: where in the report these numbers stand: a field of `Report`; empty: `report.sections[key]`, as plain
            dicts after reading.
        shown: whether the section is there without figures as well.
    """

    title: str | Callable[[Report], str]
    figures: Callable[[Report], list[Drawing]] = nothing
    body: str = ""
    build: Callable[[Found], Any] | None = None
    field: str = ""
    shown: Callable[[Report], bool] = with_figures

    def heading(self, report: Report) -> str:
        """The title in this report."""
        return self.title if isinstance(self.title, str) else self.title(report)


@dataclass(frozen=True)
class Shown:
    """A section as it stands on a page. `absent` says why there is nothing in it; empty where there is something."""

    key: str
    title: str
    body: str
    figures: tuple[Drawing, ...] = ()
    absent: str = ""


def built(sections: Mapping[str, Section], found: Found) -> dict[str, Any]:
    """The numbers of all sections as fields of a `Report`; those without a field of their own under `sections`."""
    fields: dict[str, Any] = {}
    more: dict[str, Any] = {}
    for key, section in sections.items():
        value = None if section.build is None else section.build(found)
        if value is not None:
            (fields if section.field else more)[section.field or key] = value
    return fields | ({"sections": more} if more else {})
