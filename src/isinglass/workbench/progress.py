"""What a watcher is told of a run."""

from __future__ import annotations

import math

import numpy as np

from isinglass.learning.run import Tick
from isinglass.workbench.events import Progress


def done_of(tick: Tick) -> float:
    """How much of a run is done, 0 to 1."""
    return min(1.0, tick.epoch / tick.epochs) if tick.active.any() else 1.0


def progress_of(tick: Tick) -> Progress:
    """What a watcher is told of one look at a run."""
    done = done_of(tick)
    return Progress(
        done=done,
        epoch=round(tick.epoch),
        epochs=tick.epochs,
        train_loss=_mean(tick.train_loss),
        stop_loss=_mean(tick.stop_loss),
        active=int(tick.active.sum()),
        members=len(tick.active),
        seconds=tick.seconds,
        seconds_left=tick.seconds * (1 - done) / done if done else math.inf,
    )


def _mean(values: np.ndarray) -> float:
    """The mean of what is finite; NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan
