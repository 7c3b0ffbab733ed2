"""How long does a whole `isinglass fit` take, and of what? Beside another checkout, such as the version before.

Processor seconds (user and system, all threads) and wall seconds of whole processes, from the first line of Python to
the written report, medians of `--repeats`; checkouts take turns, so that a busy machine is as busy for both. The scores
of all methods stand below: less time at the price of worse competitors is no gain.

    python benchmarks/whole_fit.py --base ../before            # the version before, its `src` beside this one's
    python benchmarks/whole_fit.py --sets generated8 tao --repeats 5
    python benchmarks/whole_fit.py --start                     # python -c pass, import isinglass, --help

Sets: `generated`, 20,000 x 8 with y = sin(2 x0) + x1 x2 + 0.1 noise, all defaults; `generated8`, the same with 8
networks and 15 epochs; `tao`, that of `make demo`; any table as FILE:TARGET; a folder of images by its path. The
compiled plan is warmed in both checkouts first, as `make setup` does.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

HERE = Path(__file__).resolve().parent.parent
ROWS, COLUMNS, NOISE = 20_000, 8, 0.1
WARM = "import torch; from isinglass.learning.plans.compiled import warm; warm(torch.float32)"
STARTS = {
    "python -c pass": ["-c", "pass"],
    "import isinglass": ["-c", "import isinglass"],
    "isinglass --help": ["-m", "isinglass", "--help"],
    "isinglass fit --help": ["-m", "isinglass", "fit", "--help"],
}


@dataclass
class Runs:
    """What runs of one command in one checkout took, and the scores of the last."""

    processor: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    said: dict = field(default_factory=dict)

    def add(self, processor: float, wall: float) -> None:
        """One more run."""
        self.processor.append(processor)
        self.wall.append(wall)


def main() -> None:
    """Print one table of times, and one of scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, help="another checkout, whose src is measured beside this one's")
    parser.add_argument("--sets", nargs="*", default=["generated8", "generated", "tao"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--start", action="store_true", help="measure how long the program takes to start instead")
    given = parser.parse_args()
    trees = {"now": HERE} | ({"base": given.base.resolve()} if given.base else {})
    with tempfile.TemporaryDirectory() as folder:
        if given.start:
            commands = STARTS
        else:
            commands = {name: command(name, Path(folder)) for name in given.sets}
            for tree in trees.values():
                call(["-c", WARM], tree)
        found = measured(commands, trees, given.repeats)
    show(found, list(trees), given.repeats)
    if not given.start:
        scores(found)


def command(name: str, folder: Path) -> list[str]:
    """The words after `python` that fit a set."""
    out = ["--out", str(folder / "study"), "--overwrite", "--json"]
    if name == "tao":
        return ["-m", "isinglass", "fit", "tao", "--target", "Humidity", "--group", "location", *out]
    if name.startswith("generated"):
        fewer = ["--members", "8", "--epochs", "15"] if name == "generated8" else []
        return ["-m", "isinglass", "fit", str(generated(folder)), "--target", "y", *fewer, *out]
    table, _, target = name.partition(":")
    return ["-m", "isinglass", "fit", table, *(["--target", target] if target else []), *out]


def generated(folder: Path) -> Path:
    """The generated table, written once."""
    path = folder / "generated.csv"
    if not path.exists():
        rng = np.random.default_rng(0)
        x = rng.normal(size=(ROWS, COLUMNS))
        y = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + NOISE * rng.normal(size=ROWS)
        pl.DataFrame({f"x{i}": x[:, i] for i in range(COLUMNS)} | {"y": y}).write_csv(path)
    return path


def measured(commands: dict[str, list[str]], trees: dict[str, Path], repeats: int) -> dict[tuple[str, str], Runs]:
    """Every command in every checkout, in turns."""
    found = {(name, tree): Runs() for name in commands for tree in trees}
    for name, words in commands.items():
        for _ in range(repeats):
            for tree, path in trees.items():
                before, start = used(), time.perf_counter()
                said = call(words, path)
                found[name, tree].add(used() - before, time.perf_counter() - start)
                found[name, tree].said = json.loads(said) if "--json" in words else {}
    return found


def call(words: Sequence[str], tree: Path) -> str:
    """Standard output of `python WORDS` with a checkout's source."""
    env = {**os.environ, "PYTHONPATH": str(tree / "src")}
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, env=env, cwd=tempfile.gettempdir())
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def used() -> float:
    """Processor seconds of all processes that were waited for."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def show(found: dict[tuple[str, str], Runs], trees: list[str], repeats: int) -> None:
    """The table of times: medians with the least and the most."""
    print(f"{'what':<34} {'checkout':<9} {'processor s':>25} {'wall s':>25}   medians (least..most), n = {repeats}")
    for name in dict.fromkeys(name for name, _ in found):
        for tree in trees:
            runs = found[name, tree]
            print(f"{name[-34:]:<34} {tree:<9} {spread(runs.processor):>25} {spread(runs.wall):>25}")
        if len(trees) > 1:
            now, base = found[name, "now"], found[name, "base"]
            pairs = [(now.processor, base.processor), (now.wall, base.wall)]
            told = [f"{statistics.median(a) / statistics.median(b):.2f}" for a, b in pairs]
            print(f"{name[-34:]:<34} {'ratio':<9} {told[0]:>25} {told[1]:>25}")
    print(
        f"python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f},",
        platform.platform(),
    )


def spread(values: list[float]) -> str:
    """`12.3 (11.9..13.0)`."""
    return f"{statistics.median(values):.3g} ({min(values):.3g}..{max(values):.3g})"


def scores(found: dict[tuple[str, str], Runs]) -> None:
    """The deciding score of every method, checkout beside checkout."""
    print()
    for (name, tree), runs in found.items():
        methods = {"network": runs.said["test"], **runs.said["baselines"]}
        told = [
            f"{key} {values.get('rmse', values.get('accuracy')) or float('nan'):.4g}" for key, values in methods.items()
        ]
        print(f"{name[-34:]} {tree}: {', '.join(told)}")


if __name__ == "__main__":
    main()
