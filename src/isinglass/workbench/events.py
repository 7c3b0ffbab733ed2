"""What a running study tells whoever watches it: a progress bar, a log, a page. There are no callbacks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from isinglass.evaluation.report import Report
from isinglass.explanation import Explanation
from isinglass.learning.search.search import Trial
from isinglass.model import Model


@dataclass(frozen=True)
class Stage:
    """A part of the study begins. `name` is one of reading, splitting, training, scoring, explaining, writing."""

    name: str
    detail: str = ""


@dataclass(frozen=True)
class Progress:
    """Where training is. `done` runs from 0 to 1; losses are means over the members still learning. `seconds_left` is
    for the whole study: the conventional methods and the explanations that follow are counted in it."""

    done: float
    epoch: int
    epochs: int
    train_loss: float
    stop_loss: float
    active: int
    members: int
    seconds: float
    seconds_left: float


@dataclass(frozen=True)
class Comparing:
    """A conventional method begins: number `number` of `count`. `seconds_left` is for it and all that follow it, as
    expected beforehand and corrected by what the earlier ones took."""

    title: str
    number: int
    count: int
    seconds_left: float


@dataclass(frozen=True)
class Note:
    """Something the user should know: a warning that is not an error."""

    text: str


@dataclass(frozen=True)
class Study:
    """A finished study. `paths` has `model`, `report`, `card`, `metrics`, `recipe` where written; `trials` are
    the settings that a search tried, best first."""

    model: Model
    report: Report
    paths: dict[str, Path]
    seconds: float
    trials: tuple[Trial, ...] = ()


@dataclass(frozen=True)
class Finished:
    """The last event."""

    study: Study


@dataclass(frozen=True)
class Selected:
    """The last event of a selection of columns: its path and its choice."""

    found: Explanation


Event = Stage | Progress | Comparing | Note | Finished | Selected
