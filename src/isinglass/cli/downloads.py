"""A named data set that comes from the network, fetched with a bar before anything else begins."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isinglass.cli.output import Output
    from isinglass.data.catalogue.download import Progress

EVERY = 0.25
"""Plain lines: one for each quarter of the file."""


def ensure(source: str, output: Output) -> None:
    """Download the data set of this name where it is not in the cache yet. A path, or any other name, is left alone.

    Raises DataError where the download fails; the next call continues it.
    """
    from isinglass.data.catalogue import CATALOGUE, is_ready, prepare

    if source not in CATALOGUE or is_ready(source):
        return
    if output.quiet:
        deque(prepare(source), maxlen=0)
    elif output.err.is_terminal:
        _bar(source, prepare(source), output)
    else:
        _lines(source, prepare(source), output)


def _bar(name: str, steps: Iterator[Progress], output: Output) -> None:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=output.err, transient=True) as bar:
        task = bar.add_task(f"fetching {name}", total=None)
        for step in steps:
            bar.update(task, completed=step.received, total=step.total or None)


def _lines(name: str, steps: Iterator[Progress], output: Output) -> None:
    shown = 0.0
    for step in steps:
        part = step.received / step.total if step.total else 0.0
        if part >= shown + EVERY or shown < 1 <= part:
            shown = part
            output.err.print(f"fetching {name}: {100 * part:3.0f} % of {step.total / 1e6:.1f} MB", soft_wrap=True)
