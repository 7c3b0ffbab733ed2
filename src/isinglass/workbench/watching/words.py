"""Events in words, for a terminal's line and for a page."""

from __future__ import annotations

import math

import numpy as np

from isinglass.workbench.events import Comparing, Ticked


def losses(event: Ticked, *, room: int = 1000) -> str:
    """`12 s left, epoch 80/200, loss 0.31, stopping rows 0.35, 16 of 16 networks`, or as much as `room` holds."""
    tick, stop_loss = event.tick, mean(event.tick.stop_loss)
    parts = [
        f"{duration(event.seconds_left)} left",
        f"epoch {round(tick.epoch)}/{tick.epochs}",
        f"loss {mean(tick.train_loss):.3g}",
        f"stopping rows {stop_loss:.3g}" if stop_loss == stop_loss else "",
        f"{int(tick.active.sum())} of {len(tick.active)} networks",
    ]
    text = ""
    for part in filter(None, parts):
        longer = f"{text}, {part}" if text else part
        if len(longer) > room:
            break
        text = longer
    return text


def mean(values: np.ndarray) -> float:
    """The mean over the members that show a finite number; NaN where none does."""
    known = values[abs(values) < math.inf]
    return float(known.mean()) if len(known) else math.nan


def method(event: Comparing, *, room: int = 1000) -> str:
    """`conventional methods: a random forest, 2 of 6, 7 s left`, or as much as `room` holds."""
    place = f"{event.title}, {event.number} of {event.count}"
    whole = f"conventional methods: {place}, {duration(event.seconds_left)} left"
    shorter = [whole, whole.removeprefix("conventional methods: "), place, event.title]
    return next((text for text in shorter if len(text) <= room), "")


def duration(seconds: float) -> str:
    """`7 s`, `3:05 min`, `1:20 h`."""
    if seconds != seconds or seconds < 0:
        return "?"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes < 100 else f"{minutes // 60}:{minutes % 60:02d} h"
