"""How much memory do `fit` and `predict` need on a million rows, in this checkout beside another one?

    python benchmarks/memory.py --checkouts /path/to/old .     # 1,000,000 x 20, both in turn, one process at a time
    python benchmarks/memory.py --format csv --baselines default

Each run is the command line in a process of its own, with the source of one checkout. Prints one line a run: peak
resident memory of the process, processor seconds (user and system) and seconds; with several checkouts, the part of the
first one's memory that each of the others needs. The networks are few and learn one pass: the table, not the
learning, is measured. Of methods that are fitted in a process of their own the larger process counts, not the sum.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from large import write

FEW = ("--members", "4", "--epochs", "1")
BASELINES = {"none": ("--set", "evaluation.baselines=[]"), "default": ()}


@dataclass(frozen=True)
class Cost:
    """Of one process: peak resident memory (MB), processor seconds, seconds."""

    peak: float
    processor: float
    seconds: float


def measure(line: Sequence[str], checkout: Path) -> Cost:
    """Run the command line with the source of a checkout. Raises SystemExit with its own words where it fails."""
    started = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src")}
    with tempfile.TemporaryFile("w+") as said:
        command = [sys.executable, "-m", "isinglass", *line, "--quiet"]
        process = subprocess.Popen(command, stdout=said, stderr=said, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(said.read())
    return Cost(used.ru_maxrss / 1024, used.ru_utime + used.ru_stime, time.perf_counter() - started)


def lines(table: Path, study: Path, baselines: str) -> dict[str, list[str]]:
    """The two commands by name."""
    fit = ["fit", str(table), "--target", "y", "--out", str(study), "--overwrite", *FEW, *BASELINES[baselines]]
    out = study.parent / f"predicted{table.suffix}"
    return {
        "fit": fit,
        "predict": ["predict", str(study / f"{table.stem}.isinglass"), str(table), "-o", str(out), "--overwrite"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkouts", nargs="+", type=Path, default=[Path(__file__).resolve().parents[1]])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=20, help="Columns without the target.")
    parser.add_argument("--format", choices=("csv", "parquet"), default="parquet")
    parser.add_argument("--baselines", choices=tuple(BASELINES), default="none")
    given = parser.parse_args()
    print(f"{'checkout':<28} {'command':<8} {'peak MB':>8} {'of first':>8} {'processor s':>11} {'seconds':>8}")
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / f"table.{given.format}"
        write(table, given.rows, given.columns + 1)
        first: dict[str, float] = {}
        for checkout in given.checkouts:
            for name, line in lines(table, Path(folder) / "study", given.baselines).items():
                cost = measure(line, checkout.resolve())
                part = cost.peak / first.setdefault(name, cost.peak)
                where = str(checkout.resolve())[-28:]
                times = f"{cost.processor:>11.1f} {cost.seconds:>8.1f}"
                print(f"{where:<28} {name:<8} {cost.peak:>8.0f} {part:>8.2f} {times}", flush=True)


if __name__ == "__main__":
    main()
