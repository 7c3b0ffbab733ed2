"""Where words and results go.

With `--json` standard output carries one JSON object and nothing else; progress, notes and errors always go to
standard error. With `--quiet` only the result and errors remain.
"""

from __future__ import annotations

import json as _json
import math
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

PIPE_WIDTH, MOST_WIDTH = 120, 160
"""Columns of a table that goes to a file or a pipe, and of one that must not break its cells: five moments of a column
of times stand side by side."""


@dataclass(frozen=True)
class Output:
    """What `--json` and `--quiet` make of everything that a verb says; a verb gets it by `takes(output=Output)`."""

    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")] = False
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the result and errors.")] = False

    @cached_property
    def out(self) -> Console:
        """Standard output, for people."""
        return _console(sys.stdout)

    @cached_property
    def err(self) -> Console:
        """Standard error."""
        return _console(sys.stderr)

    def show(self, *lines: object) -> None:
        """The result, for people: strings and rich renderables on standard output. Nothing with `--json`."""
        if not self.json:
            for line in lines:
                _write(self.out, line)

    def say(self, *lines: object) -> None:
        """Words around the result. Nothing with `--quiet` or `--json`."""
        if not self.quiet:
            self.show(*lines)

    def say_whole(self, table: Table) -> None:
        """As `say`, a table whose cells are not broken where it goes to a file or a pipe."""
        if not (self.json or self.quiet):
            _write(_console(sys.stdout, wide=MOST_WIDTH), table)

    def note(self, text: str) -> None:
        """A warning on standard error. Nothing with `--quiet`."""
        if not self.quiet:
            _write(self.err, f"note: {text}", style="yellow")

    def result(self, document: Mapping[str, Any]) -> None:
        """The result as one JSON object on standard output, with `--json` only. NaN and infinities become null."""
        if self.json:
            emit(_json.dumps(plain(document), ensure_ascii=False, allow_nan=False) + "\n")


def plain(value: Any) -> Any:
    """`value` as JSON knows it: numpy scalars and arrays, tuples, paths, enumerations, numbers that are not finite."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return str(value) if isinstance(value, str) else value
    return str(value) if isinstance(value, Path) or not hasattr(value, "value") else value.value


def emit(text: str) -> None:
    """Write to standard output at once. A reader who has closed the pipe (`| head`) has what it wanted: exit 0."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        close_pipe()


def close_pipe() -> None:
    """Leave quietly after the reader of standard output has gone."""
    # What is still buffered would raise once more when Python shuts down: send it nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(0)


def _console(file: TextIO, *, wide: int = PIPE_WIDTH) -> Console:
    from rich.console import Console

    return Console(file=file, highlight=False, markup=False, emoji=False, width=None if file.isatty() else wide)


def _write(console: Console, line: object, *, style: str | None = None) -> None:
    # Rendered first and written by hand: rich has an exit code of its own for closed pipes.
    with console.capture() as capture:
        console.print(line, style=style, soft_wrap=isinstance(line, str))
    if console.file is sys.stdout:
        emit(capture.get())
    else:
        console.file.write(capture.get())
        console.file.flush()
