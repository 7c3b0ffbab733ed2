"""How long a user waits before anything happens: `import isinglass`, `--help` of every verb, and predictions.

Wall time of a whole process from its start to its end, interpreter included; for the import, an empty
interpreter's time is taken off. Predictions are made in a warm process by 16 default networks, of one row and of
100,000 rows with eight columns. Run it on a quiet machine: python benchmarks/start.py [--repeats 15]
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl

import isinglass as ig
from isinglass.cli.commands import COMMANDS

PROGRAM = str(Path(sys.executable).with_name("isinglass"))
IMPORT_GOAL, HELP_GOAL, ROW_GOAL, ROWS_GOAL = 0.2, 0.3, 0.001, 0.5  # seconds
COLUMNS = 8


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    print(f"{'what':<28} {'median':>8} {'least':>8} {'most':>8} {'goal':>6}   seconds, n = {repeats}")
    bare = seconds([sys.executable, "-c", ""], repeats)
    imported = seconds([sys.executable, "-c", "import isinglass"], repeats)
    line("import isinglass", [each - statistics.median(bare) for each in imported], IMPORT_GOAL)
    for words in [[], *verbs()]:
        line(" ".join(["isinglass", *words, "--help"]), seconds([PROGRAM, *words, "--help"], repeats), HELP_GOAL)
    model, rows = predictor()
    line("predict 1 row, n = 300", calls(lambda: model.predict(rows[:1]), 300), ROW_GOAL, places=5)
    line(f"predict {len(rows):,} rows", calls(lambda: model.predict(rows), repeats), ROWS_GOAL)
    print(f"python {platform.python_version()}, typer {version('typer')}, {os.cpu_count()} cores,", end=" ")
    print(f"load {os.getloadavg()[0]:.1f}, {platform.platform()}")


def verbs() -> list[list[str]]:
    """The words of every verb."""
    inner = [[name, verb] for name, found in COMMANDS.items() if isinstance(found, dict) for verb in found]
    return [[name] for name in COMMANDS] + inner


def seconds(command: list[str], repeats: int) -> list[float]:
    """Wall time of each run, the first (which fills caches of the disk) left out."""
    found = []
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        found.append(time.perf_counter() - begin)
    return found[1:]


def predictor() -> tuple[ig.Model, pl.DataFrame]:
    """16 default networks, trained for a moment (it does not matter here what they know), and rows to predict."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100_000, COLUMNS))
    rows = pl.DataFrame({f"x{i}": x[:, i] for i in range(COLUMNS)})
    known = rows[:2000].with_columns(y=pl.Series(x[:2000].sum(1) + rng.normal(size=2000)))
    settings = {"learning.members": 16, "learning.epochs": 2, "evaluation.baselines": ["mean"]}
    return ig.fit(known, target="y", settings=settings), rows


def calls(call: Callable[[], object], repeats: int) -> list[float]:
    """Wall time of each call, the first, which warms up, left out."""
    found = []
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        call()
        found.append(time.perf_counter() - begin)
    return found[1:]


def line(what: str, found: list[float], goal: float, *, places: int = 3) -> None:
    """One row; a median above the goal is marked."""
    median = statistics.median(found)
    mark = "" if median <= goal else "  missed"
    print(f"{what:<28} {median:8.{places}f} {min(found):8.{places}f} {max(found):8.{places}f} {goal:6.3g}{mark}")


if __name__ == "__main__":
    main()
