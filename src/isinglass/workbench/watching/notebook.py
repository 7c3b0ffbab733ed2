"""A study as it runs, in a notebook: its stages, a line of words and the loss of every member, updated in place.

Outside a notebook nothing is shown and nothing is loaded. The display consumes the events of a study and has no
influence on it; it takes no more than a twentieth of the time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from html import escape
from typing import Any, TypeVar

import numpy as np

from isinglass.workbench.events import Comparing, Event, Stage, Ticked, Watched
from isinglass.workbench.watching.words import duration, losses, method

T = TypeVar("T")

SHARE = 0.05
"""Of the time, so much is spent on showing at most."""
PAUSE = 0.25
"""Seconds between two updates at least: an eye follows no quicker."""


def shown(events: Generator[Event, None, T]) -> Generator[Event, None, T]:
    """The same events, shown on their way where this is a notebook."""
    return _shown(events) if in_notebook() else events


def in_notebook() -> bool:
    """Whether this is the kernel of a notebook, which can update what it has shown; IPython is not loaded for it."""
    loaded = sys.modules.get("IPython")
    shell = None if loaded is None else loaded.get_ipython()
    return getattr(shell, "kernel", None) is not None


def _shown(events: Generator[Event, None, T]) -> Generator[Event, None, T]:
    page, watched = Page(), Watched(events)
    ended = "broken off"
    try:
        for event in watched:
            page.show(event)
            yield event
        ended = "done"
    finally:
        page.end(ended)
    return watched.result


class Curves:
    """The losses of a population so far; those of another population begin anew."""

    def __init__(self) -> None:
        self.epochs: list[float] = []
        self.train: list[np.ndarray] = []
        self.validation: list[np.ndarray] = []
        self._members: object = None

    def add(self, event: Ticked) -> None:
        """One look more; a round of restarts, whose epochs begin again, is parted from the one before by a gap."""
        tick = event.tick
        if event.members != self._members:
            self.epochs, self.train, self.validation, self._members = [], [], [], event.members
        if self.epochs and tick.epoch < self.epochs[-1]:
            self._append(tick.epoch, np.full_like(tick.train_loss, np.nan), np.full_like(tick.stop_loss, np.nan))
        self._append(tick.epoch, tick.train_loss, tick.stop_loss)

    def _append(self, epoch: float, train: np.ndarray, validation: np.ndarray) -> None:
        self.epochs.append(epoch)
        self.train.append(train)
        self.validation.append(validation)

    def drawn(self, key: str) -> str:
        """As a figure; empty while there is nothing to see."""
        if len(self.epochs) < 2 or not np.isfinite(self.train).any():
            return ""
        from isinglass.figures.live import learning_now

        return learning_now(np.array(self.epochs), np.array(self.train), np.array(self.validation), key=key)


class Page:
    """One place in a notebook's output, written anew while a study runs."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self.words = ""
        self.curves = Curves()
        self._figure = ""
        self._drawn = 0
        self._next = 0.0
        self._begun = time.perf_counter()
        self._place: Any = None

    def show(self, event: Event) -> None:
        """Take in an event, and show it where it is time."""
        if isinstance(event, Stage):
            self.stages.append(event)
            self.words = ""
            self._update()
        elif isinstance(event, Ticked):
            self.curves.add(event)
            self.words = losses(event)
        elif isinstance(event, Comparing):
            self.words = method(event)
        if time.perf_counter() >= self._next:
            self._update()

    def end(self, word: str) -> None:
        """The last that is seen."""
        self.words = f"{word} after {duration(time.perf_counter() - self._begun)}"
        self._update()

    def _update(self) -> None:
        start = time.perf_counter()
        if len(self.curves.epochs) != self._drawn:
            self._figure = self.curves.drawn(f"live-{id(self):x}")
            self._drawn = len(self.curves.epochs)
        self._put(self._html())
        now = time.perf_counter()
        self._next = now + max(PAUSE, (now - start) / SHARE)

    def _html(self) -> str:
        from isinglass.figures.notebook import framed

        *before, last = [escape(": ".join(filter(None, [stage.name, stage.detail]))) for stage in self.stages] or [""]
        done = "".join(f'<div style="color: var(--muted)">{stage}</div>' for stage in before)
        return framed(f"{done}<div><b>{last}</b></div><div>{escape(self.words)}</div>{self._figure}", width="narrow")

    def _put(self, text: str) -> None:
        from IPython.display import HTML, display  # pyright: ignore[reportMissingImports]  # a notebook has it

        if self._place is None:
            self._place = display(HTML(text), display_id=True)
        else:
            self._place.update(HTML(text))
