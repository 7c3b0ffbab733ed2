"""A study as it runs: a bar with the time left on a terminal, plain lines elsewhere; both on standard error.

Both consume the events of `workbench.study`; neither has any influence on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

    from isinglass.cli.output import Output
    from isinglass.workbench import Event, Progress

Show = Any
"""A function that shows one event."""

EVERY = 0.1
"""Plain lines: one for each tenth of the work."""


def follow(events: Iterable[Event], output: Output) -> Any:
    """Show each event as it comes; returns the `Study` of the last one. With `--quiet` nothing is shown."""
    from isinglass.workbench import Finished

    with _screen(output) as show:
        for event in events:
            if isinstance(event, Finished):
                return event.study
            show(event)
    raise RuntimeError("the study ended without a result")


def _screen(output: Output) -> AbstractContextManager[Show]:
    if output.quiet:
        return _silent()
    return _bar(output) if output.err.is_terminal else _lines(output)


@contextmanager
def _silent() -> Iterator[Show]:
    yield lambda event: None


@contextmanager
def _lines(output: Output) -> Iterator[Show]:
    from isinglass.workbench import Note, Progress, Stage

    shown = {"done": 0.0}

    def progress(event: Progress) -> None:
        if event.done >= shown["done"] + EVERY or event.done >= 1:
            shown["done"] = event.done
            _print(output, f"{percent(event.done)}  {losses(event)}")

    def stage(event: Stage) -> None:
        shown["done"] = 0.0
        _print(output, " ".join(filter(None, [f"{event.name}:", event.detail])))

    yield _by_type({Progress: progress, Stage: stage, Note: lambda event: output.note(event.text)})


@contextmanager
def _bar(output: Output) -> Iterator[Show]:
    from isinglass.workbench import Note, Progress, Stage

    with _progress(output) as bar:
        task = bar.add_task("starting", total=1.0, detail="")

        def progress(event: Progress) -> None:
            bar.update(task, completed=event.done, detail=losses(event))

        def stage(event: Stage) -> None:
            bar.update(task, description=event.name, detail=event.detail)

        def note(event: Note) -> None:
            bar.console.print(f"note: {event.text}", style="yellow", soft_wrap=True)

        yield _by_type({Progress: progress, Stage: stage, Note: note})


def _progress(output: Output) -> RichProgress:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.table import Column

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(markup=False),
        TextColumn("{task.fields[detail]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
        console=output.err,
        transient=True,
    )


def _by_type(shows: dict[type[Any], Callable[[Any], None]]) -> Show:
    return lambda event: shows[type(event)](event)


def _print(output: Output, text: str) -> None:
    output.err.print(text, soft_wrap=True)


def losses(event: Progress) -> str:
    """`epoch 80/200, loss 0.31, stopping rows 0.35, 16 of 16 networks, 12 s left`."""
    parts = [
        f"epoch {event.epoch}/{event.epochs}",
        f"loss {event.train_loss:.4g}",
        f"stopping rows {event.stop_loss:.4g}" if event.stop_loss == event.stop_loss else "",
        f"{event.active} of {event.members} networks",
        f"{duration(event.seconds_left)} left",
    ]
    return ", ".join(part for part in parts if part)


def percent(part: float) -> str:
    """` 40 %`, of fixed width."""
    return f"{100 * min(max(part, 0.0), 1.0):3.0f} %"


def duration(seconds: float) -> str:
    """`7 s`, `3:05 min`, `1:20 h`."""
    if seconds != seconds or seconds < 0:
        return "?"
    if seconds < 99.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes < 100 else f"{minutes // 60}:{minutes % 60:02d} h"
