"""Conventional methods in a process of their own, while the network learns: the processor that waits for nobody.

The other process is this file's `main`. It is given the rows by its standard input and answers by its standard output,
method by method in the registry's order. Its numbers are those of `run_all`, for it calls nothing else. It ends with
the study, however that ends: of its standard input nothing more comes than the end.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Queue
from types import SimpleNamespace
from typing import Any, BinaryIO

from isinglass.data.splits.splits import Splits
from isinglass.evaluation.baselines import BASELINES, run_all
from isinglass.evaluation.baselines.running import BaselineRun, FailedRun

START = "import sys; sys.path[:] = {path!r}; from isinglass.evaluation.baselines.aside import main; main()"


@dataclass(frozen=True)
class Request:
    """What the other process is given.

    Attributes:
        names: keys of `BASELINES`.
        dataset: its inputs, targets, weights and schema.
        splits: its division.
        options: of `run_all`: coverage, seed, threads.
        kept: whether the fitted methods are handed back as well; a forest of many rows is large.
    """

    names: tuple[str, ...]
    dataset: Any
    splits: Splits
    options: dict[str, Any]
    kept: bool


class Aside:
    """Methods that are fitted elsewhere: `begin`, then `take` in the order of the registry, and `close` always.

    Args:
        names: keys of `BASELINES`.
        dataset: a table: a Dataset (`inputs`, `targets`, `weights`, `schema`).
        splits: its division.
        kept: whether the fitted methods are handed back as well.
        options: of `run_all`: `coverage`, `seed`, `threads`.
    """

    def __init__(
        self, names: tuple[str, ...], dataset: Any, splits: Splits, *, kept: bool = True, **options: Any
    ) -> None:
        rows = {name: getattr(dataset, name) for name in ("inputs", "targets", "weights", "schema")}
        self._request = Request(names, SimpleNamespace(**rows), splits, options, kept)
        self._process: subprocess.Popen[bytes] | None = None
        self._arrived: set[str] = set()
        self._answers: Queue[BaselineRun | FailedRun | None] = Queue()

    def begin(self) -> None:
        """Start the other process, once; nothing where this Python cannot be started again."""
        if self._process is not None or not sys.executable or getattr(sys, "frozen", False):
            return
        words = [sys.executable, "-c", START.format(path=sys.path)]
        with suppress(OSError):
            self._process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            self._talking = threading.Thread(target=self._talk, args=(self._process,), daemon=True)
            self._talking.start()

    @property
    def arrived(self) -> frozenset[str]:
        """The methods that are done."""
        return frozenset(self._arrived)

    def take(self) -> BaselineRun | FailedRun | None:
        """The next method, as soon as it is done; None where the other process has ended without an answer, or was
        never begun."""
        if self._process is None:
            return None
        answer = self._answers.get()
        if answer is None:
            self._answers.put(None)  # nor will there be another
        return answer

    def close(self) -> None:
        """End the other process, if it has not ended by itself."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._talking.join()

    def _talk(self, process: subprocess.Popen[bytes]) -> None:
        """In a thread: say what is to be done, then listen. Whatever fails here is done again by who asks."""
        asked, told = process.stdin, process.stdout
        assert asked is not None
        assert told is not None
        with suppress(Exception):
            pickle.dump(self._request, asked, protocol=pickle.HIGHEST_PROTOCOL)
            asked.flush()
            for _ in self._request.names:
                answer = pickle.load(told)
                self._arrived.add(answer.name)
                self._answers.put(answer)
        self._answers.put(None)
        for stream in (told, asked):
            with suppress(OSError):  # what it was not told any more
                stream.close()


def main() -> None:
    """The other process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the study's, which ends this one
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    request = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_leave_with_the_study, daemon=True).start()
    answer(request, told)
    os._exit(0)


def answer(request: Request, told: BinaryIO) -> None:
    """Run the methods, and write what each achieves."""
    for run in run_all(BASELINES, request.names, request.dataset, request.splits, **request.options):
        if isinstance(run, BaselineRun) and not request.kept:
            run = replace(run, fitted=())
        pickle.dump(run, told, protocol=pickle.HIGHEST_PROTOCOL)
        told.flush()


def _leave_with_the_study() -> None:
    os.read(0, 1)
    os._exit(1)
