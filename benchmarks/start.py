"""How long a user waits before anything happens: `import isinglass`, and `--help` of every verb.

Wall time of a whole process from its start to its end, interpreter included; for the import, an empty
interpreter's time is taken off. Run it on a quiet machine: python benchmarks/start.py [--repeats 15]
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from isinglass.cli.commands import COMMANDS

PROGRAM = str(Path(sys.executable).with_name("isinglass"))
IMPORT_GOAL, HELP_GOAL = 0.2, 0.3  # seconds


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


def line(what: str, found: list[float], goal: float) -> None:
    """One row; a median above the goal is marked."""
    median = statistics.median(found)
    mark = "" if median <= goal else "  missed"
    print(f"{what:<28} {median:8.3f} {min(found):8.3f} {max(found):8.3f} {goal:6.1f}{mark}")


if __name__ == "__main__":
    main()
