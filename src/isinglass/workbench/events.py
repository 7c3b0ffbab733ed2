"""What a running study tells whoever watches it: a progress bar, a log, a page. There are no callbacks.

A study is a generator: it yields events and returns its result. Who wants both iterates over `Watched(study(...))` and
takes its `result` afterwards; who wants the result alone calls `result_of`; another generator says `yield from`. Every
event has a `to_json`: a dict of numbers, words and lists, whose `type` names it; numbers that are not finite are None.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar

import numpy as np

from isinglass.errors import UsageError
from isinglass.evaluation.report import Report
from isinglass.inference.ensemble import Ensemble
from isinglass.learning.members import Member
from isinglass.learning.run import Tick
from isinglass.learning.search.search import Trial
from isinglass.model import Model
from isinglass.remarks import topic_of

T = TypeVar("T")


class Population(Protocol):
    """A population that is learning."""

    def ensemble(self) -> Ensemble:
        """Its members as they are now, not calibrated."""
        ...


@dataclass(frozen=True)
class Stage:
    """A part of the study begins. `name` is one of reading, splitting, training, scoring, explaining, writing."""

    name: str
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {"type": "stage", "name": self.name, "detail": self.detail}


@dataclass(frozen=True)
class Ticked:
    """One look at the networks that are learning, each of them apart.

    Attributes:
        tick: losses on training and validation rows, rates, and who goes on: arrays `[member]`.
        members: whose they are: fold, number, seed and setting of each.
        done: how much of this training, or of the whole search, is done: 0 to 1.
        seconds_left: for the whole study: the conventional methods and the explanations that follow are counted in it.
        population: who can be asked now; None in a search, which has many.
    """

    tick: Tick
    members: tuple[Member, ...]
    done: float
    seconds_left: float
    population: Population | None = field(default=None, repr=False, compare=False)

    def ensemble(self) -> Ensemble:
        """The networks as they are when this is called, between two ticks as this tick shows them; those that have
        stopped have their best weights. Nothing is computed before it is asked for, and nothing of it is calibrated.

        Raises:
            UsageError: in a search. TrainingError: every network has been given up.
        """
        if self.population is None:
            raise UsageError("a search has many populations and no single ensemble", instead="its trials, afterwards")
        return self.population.ensemble()

    def to_json(self) -> dict[str, Any]:
        """As a document; lists have an entry for each member."""
        tick = self.tick
        return {
            "type": "tick",
            "done": self.done,
            "epoch": tick.epoch,
            "epochs": tick.epochs,
            "step": tick.step,
            "round": tick.round,
            "seconds": tick.seconds,
            "seconds_left": _finite(self.seconds_left),
            "fold": [member.fold for member in self.members],
            "setting": [member.setting for member in self.members],
            "train_loss": _listed(tick.train_loss),
            "validation_loss": _listed(tick.stop_loss),
            "rate": _listed(tick.rate),
            "active": tick.active.tolist(),
            "restarted": list(tick.restarted),
        }


@dataclass(frozen=True)
class Comparing:
    """A conventional method begins: number `number` of `count`. `seconds_left` is for it and all that follow it, as
    expected beforehand and corrected by what the earlier ones took."""

    title: str
    number: int
    count: int
    seconds_left: float

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        left = _finite(self.seconds_left)
        return {
            "type": "comparing",
            "title": self.title,
            "number": self.number,
            "count": self.count,
            "seconds_left": left,
        }


Origin = Literal["data", "division", "training", "scoring"]


@dataclass(frozen=True)
class Note:
    """Something the user should know: a warning that is not an error.

    Attributes:
        text: a sentence; a `Remark` knows what it asks to be decided.
        origin: which part of the study says it: the rows as they were read, their division and what it lets leak, the
            training, or the scores.
    """

    text: str
    origin: Origin = "training"

    @property
    def topic(self) -> str:
        """What the reader is asked to decide, one of `remarks.TOPICS`; empty where it is nothing."""
        return topic_of(self.text)

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {"type": "note", "text": str(self.text), "topic": self.topic, "origin": self.origin}


def noted(texts: Iterable[str], origin: Origin) -> tuple[Note, ...]:
    """Notes of one origin."""
    return tuple(Note(text, origin) for text in texts)


Event = Stage | Ticked | Comparing | Note


@dataclass(frozen=True)
class Study:
    """A finished study. `paths` has `model`, `report`, `card`, `metrics`, `recipe` where written; `trials` are
    the settings that a search tried, best first."""

    model: Model
    report: Report
    paths: dict[str, Path]
    seconds: float
    trials: tuple[Trial, ...] = ()


class Watched(Generic[T]):
    """Events to iterate over once, whose generator's result is `result` afterwards; it is closed in any case.

    Args:
        events: a running study, search or selection.
    """

    result: T

    def __init__(self, events: Generator[Event, None, T]) -> None:
        self._events = events

    def __iter__(self) -> Iterator[Event]:
        with closing(self._events):
            self.result = yield from self._events


def result_of(events: Generator[Event, None, T]) -> T:
    """What a study returns, for those who do not watch."""
    watched = Watched(events)
    for _ in watched:
        pass
    return watched.result


def done_of(tick: Tick) -> float:
    """How much of a run is done, 0 to 1."""
    return min(1.0, tick.epoch / tick.epochs) if tick.active.any() else 1.0


def ticked(tick: Tick, members: tuple[Member, ...], population: Population | None = None) -> Ticked:
    """A look at a run as an event; the time that is left is that of the run."""
    done = done_of(tick)
    left = tick.seconds * (1 - done) / done if done else math.inf
    return Ticked(tick, members, done, left, population)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _listed(values: np.ndarray) -> list[float | None]:
    return [_finite(value) for value in values.tolist()]
