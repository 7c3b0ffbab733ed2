"""Commands in a process of their own, what they leave, and quick studies of small tables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from isinglass.workbench.run_folder import EVERY

QUICK = (
    "--members=2",
    "--epochs=3",
    '--set=evaluation.baselines=["mean","linear"]',
    "--set=evaluation.bootstrap=50",
    "--set=machine.hidden=[8]",
    "--set=machine.numeric_embedding=none",
    "--set=learning.plan=stacked",
)
"""A recipe that is fitted in a moment; no choice of a plan by measurement, and nothing compiled."""

PROGRAM = [sys.executable, "-m", "isinglass"]


@dataclass(frozen=True)
class Ran:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON object that it must be."""
        return json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))

    @property
    def error(self) -> str:
        """The message of a command that failed; nothing of Python shows through."""
        assert self.code in (1, 2), (self.code, self.out, self.err)
        assert "Traceback" not in self.err
        return self.err.split("error: ", 1)[1].split("\n")[0]


Cli = Callable[..., Ran]
"""The fixture `cli`: `isinglass ARGUMENTS` in the test's own process."""


def process(*arguments: object, **environment: str) -> Ran:
    """Run `isinglass ARGUMENTS` in a process of its own."""
    command = [*PROGRAM, *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def running(*arguments: object) -> subprocess.Popen[str]:
    """`isinglass ARGUMENTS` in a process of its own, not waited for, that saves its state at each tick."""
    command = [*PROGRAM, *map(str, arguments)]
    environment = os.environ | {EVERY: "0"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def wait_for(there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Until something has happened; fails where the process ends before."""
    for _ in range(6000):
        if there():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    pytest.fail("it did not happen within a minute")


def table(rows: int = 80, *, seed: int = 0) -> pl.DataFrame:
    """Two inputs and their sum, with two decimals."""
    a, b = np.random.default_rng(seed).normal(size=(2, rows)).round(2)
    return pl.DataFrame({"a": a, "b": b, "y": (a + b).round(2)})


def fitted(folder: Path, data: object, *arguments: str) -> Path:
    """The model file of a quick study, made once for many tests."""
    from isinglass.cli.flags import Study
    from isinglass.cli.recipes import recipe_from
    from isinglass.workbench import study
    from isinglass.workbench.events import result_of

    settings = [item.removeprefix("--set=") for item in QUICK if item.startswith("--set=")]
    flags = Study(members=2, epochs=3, settings=[*settings, *arguments])
    return result_of(study(recipe_from(str(data), flags), out=folder, report=False)).paths["model"]
