"""A study as it runs: a bar with the time left on a terminal, plain lines elsewhere; both on standard error.

Both consume the events of `workbench.study`; neither has any influence on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from rich.progress import Progress as RichProgress

    from isinglass.cli.output import Output
    from isinglass.workbench.events import Comparing, Event, Ticked

T = TypeVar("T")

Show = Any
"""A function that shows one event."""

STAGE_WIDTH = 10
"""The longest name of a stage: the bar beside it stays where it is."""

BAR_WIDTH = 16


def follow(events: Generator[Event, None, T], output: Output) -> T:
    """Show each event as it comes; returns what the study returns. With `--quiet` nothing is shown."""
    from isinglass.workbench.events import Watched

    watched = Watched(events)
    with _screen(output) as show, closing(events):
        for event in watched:
            show(event)
    return watched.result


def _screen(output: Output) -> AbstractContextManager[Show]:
    if output.quiet:
        return _silent()
    return _bar(output) if output.err.is_terminal else _lines(output)


@contextmanager
def _silent() -> Iterator[Show]:
    yield lambda event: None


@contextmanager
def _lines(output: Output) -> Iterator[Show]:
    from isinglass.workbench.events import Comparing, Note, Stage, Ticked

    shown = {"tenths": 0}

    def progress(event: Ticked) -> None:
        tenths = int(10 * event.done + 1e-9)
        if tenths > shown["tenths"]:
            shown["tenths"] = tenths
            _print(output, f"{percent(event.done)}  {losses(event)}")

    def stage(event: Stage) -> None:
        shown["tenths"] = 0
        _print(output, ": ".join(filter(None, [event.name, event.detail])))

    def comparing(event: Comparing) -> None:
        _print(output, method(event))

    shows = {Ticked: progress, Stage: stage, Comparing: comparing, Note: lambda event: output.note(event.text)}
    yield _by_type(shows)


@contextmanager
def _bar(output: Output) -> Iterator[Show]:
    from isinglass.workbench.events import Comparing, Note, Stage, Ticked

    # Cut to the room that there is, least important words first: rich would shrink the bar with every number.
    room = max(0, output.err.width - STAGE_WIDTH - BAR_WIDTH - len(" 100 %  ") - 1)
    with _progress(output) as bar:
        task = bar.add_task("starting", total=1.0, detail="")

        def progress(event: Ticked) -> None:
            bar.update(task, completed=event.done, detail=losses(event, room=room))

        def stage(event: Stage) -> None:
            bar.update(task, description=event.name, detail=event.detail[:room])

        def note(event: Note) -> None:
            bar.console.print(f"note: {event.text}", style="yellow", soft_wrap=True)

        def comparing(event: Comparing) -> None:
            bar.update(task, completed=(event.number - 1) / event.count, detail=method(event, room=room))

        yield _by_type({Ticked: progress, Stage: stage, Comparing: comparing, Note: note})


def _progress(output: Output) -> RichProgress:
    from rich.progress import BarColumn, Progress, TextColumn

    return Progress(
        TextColumn(f"{{task.description:<{STAGE_WIDTH}}}", markup=False),
        BarColumn(bar_width=BAR_WIDTH),
        TextColumn("{task.percentage:3.0f} %", markup=False),
        TextColumn("{task.fields[detail]}", markup=False),
        console=output.err,
        transient=True,
    )


def _by_type(shows: dict[type[Any], Callable[[Any], None]]) -> Show:
    return lambda event: shows[type(event)](event)


def _print(output: Output, text: str) -> None:
    output.err.print(text, soft_wrap=True)


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


def percent(part: float) -> str:
    """` 40 %`, of fixed width."""
    return f"{100 * min(max(part, 0.0), 1.0):3.0f} %"


def duration(seconds: float) -> str:
    """`7 s`, `3:05 min`, `1:20 h`."""
    if seconds != seconds or seconds < 0:
        return "?"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes < 100 else f"{minutes // 60}:{minutes % 60:02d} h"
