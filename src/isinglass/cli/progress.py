"""A study as it runs: a bar with the time left on a terminal, plain lines elsewhere; both on standard error.

Both consume the events of `workbench.study`; neither has any influence on it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
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
    from isinglass.workbench.watching.words import losses, method

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
    from isinglass.workbench.watching.words import losses, method

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


def percent(part: float) -> str:
    """` 40 %`, of fixed width."""
    return f"{100 * min(max(part, 0.0), 1.0):3.0f} %"
