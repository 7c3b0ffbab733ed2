"""Tiny networks, as playgrounds in a browser train them: 2-4-2-1 (tanh), squared error, SGD, batches of 10.

Epochs of 500 points a second, one network on one thread: the engine (with everything that belongs to it), its plans
alone, JavaScript run by node where it is installed (own code, two styles: `peers/tiny.js`), and a plain PyTorch loop.

    python benchmarks/tiny.py [--repeat 5] [--seconds 1]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch import nn

from isinglass.learning.members import Member
from isinglass.learning.plans import PLANS, Tuning
from isinglass.learning.plans.compiled import is_warm, warm
from isinglass.learning.problem import Problem
from isinglass.learning.rows import Rows
from isinglass.learning.train import train
from isinglass.learning.training import Training
from isinglass.learning.view import View
from isinglass.objective.losses import LOSSES
from isinglass.objective.objective import Objective
from isinglass.recipe import LearningRecipe, OptimizerRecipe, ScheduleRecipe
from isinglass.spec import Role

POINTS, BATCH, RATE, GOAL = 500, 10, 0.03, 4260
STEPS = POINTS // BATCH


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    args = parser.parse_args()
    torch.set_num_threads(1)
    if not is_warm():
        warm()
    print(f"epochs of {POINTS} points a second, 2-4-2-1, batch {BATCH}, one thread")
    print(f"{'':<34} {'median':>8} {'least':>8} {'most':>8}")
    line("isinglass, whole engine", [engine(args.seconds) for _ in range(args.repeat)])
    for plan in ("compiled", "stacked", "looped"):
        line(f"isinglass, plan {plan} alone", [alone(plan, args.seconds) for _ in range(args.repeat)])
    line("plain PyTorch loop", [pytorch(args.seconds) for _ in range(args.repeat)])
    javascript(args)
    print(
        f"n = {args.repeat}, torch {torch.__version__}, numba {version('numba')}, python {platform.python_version()},"
    )
    print(f"load {os.getloadavg()[0]:.1f}, {platform.platform()}; goal: {GOAL:,}")


def points() -> tuple[np.ndarray, np.ndarray]:
    """A disc inside a ring, labelled 1 and -1."""
    rng = np.random.default_rng(0)
    inside = np.arange(POINTS) % 2 == 0
    radius = np.where(inside, rng.uniform(0, 2.5, POINTS), rng.uniform(3.5, 5, POINTS))
    angle = rng.uniform(0, 2 * np.pi, POINTS)
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], 1) / 5, np.where(inside, 1.0, -1.0)


def network(seed: int) -> nn.Sequential:
    """2-4-2-1, tanh at the output too."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = [layer for a, b in ((2, 4), (4, 2), (2, 1)) for layer in (nn.Linear(a, b), nn.Tanh())]
        return nn.Sequential(*layers)


def training(epochs: int, plan: str = "auto") -> Training:
    """The engine with one member."""
    x, y = points()
    one = torch.ones(1, 1, dtype=torch.float64)
    problem = Problem(
        rows=Rows(
            inputs=torch.from_numpy(x.astype(np.float32)),
            targets=torch.from_numpy(y[:, None]),
            weights=torch.ones(POINTS, dtype=torch.float64),
            role=torch.full((1, POINTS), int(Role.TRAIN), dtype=torch.int8),
            nominal=POINTS,
        ),
        view=View(
            center=torch.zeros(1, 2),
            scale=torch.ones(1, 2),
            clip=torch.zeros(2, dtype=torch.bool),
            target_center=0 * one,
            target_scale=one,
        ),
        objective=Objective(LOSSES["squared"]),
    )
    recipe = LearningRecipe(
        members=1, epochs=epochs, batch=BATCH, patience="never", plan=plan, threads=1, precision="float32",
        optimizer=OptimizerRecipe(kind="sgd", rate=RATE, weight_decay=0.0), schedule=ScheduleRecipe(kind="constant"),
    )  # fmt: skip
    return train(problem, network, (Member(0, 0, 1),), recipe)


def engine(seconds: float) -> float:
    """Whole runs, from the problem to the result, of so many epochs that they take `seconds` or more."""
    for _ in training(500):
        pass  # the plan is chosen, and remembered, before time counts
    epochs, spent = 500, 0.0
    while spent < seconds:
        epochs *= 2
        start = time.perf_counter()
        for _ in training(epochs):
            pass
        spent = time.perf_counter() - start
    return epochs / spent


def alone(plan: str, seconds: float) -> float:
    """`advance` alone, 20 epochs a call."""
    run = training(100, plan)
    machine, state = PLANS[plan](run.work, Tuning(threads=1)), run.initial.clone()
    index = run.batches.take(state.members, 0, 20 * STEPS)
    rates = torch.full((20 * STEPS, 1), RATE)
    return 20 * pace(lambda: machine.advance(state, index, rates), seconds)


def pytorch(seconds: float) -> float:
    """The usual loop."""
    x, y = (torch.from_numpy(part).float() for part in points())
    machine = network(1)
    optimizer = torch.optim.SGD(machine.parameters(), RATE)

    def epoch() -> None:
        for rows in torch.randperm(POINTS).view(-1, BATCH):
            optimizer.zero_grad()
            nn.functional.mse_loss(machine(x[rows])[:, 0], y[rows]).backward()
            optimizer.step()

    return pace(epoch, seconds)


def javascript(args: argparse.Namespace) -> None:
    """Two lines, where node is installed."""
    node = shutil.which("node")
    if node is None:
        print("JavaScript: node is not installed")
        return
    script, answers = Path(__file__).resolve().parent / "peers" / "tiny.js", []
    with tempfile.TemporaryDirectory() as folder:
        x, y = points()
        rows = Path(folder) / "rows.json"
        rows.write_text(json.dumps(np.column_stack([x, y]).tolist()))
        for _ in range(args.repeat):
            done = subprocess.run([node, script, rows, str(args.seconds)], capture_output=True, text=True, check=True)
            answers.append(json.loads(done.stdout))
    for style in ("objects", "flat"):
        line(f"JavaScript {answers[0]['version']}, {style}", [answer[style] for answer in answers])


def pace(call: Callable[[], object], seconds: float) -> float:
    """Calls a second, the first (which warms up) left out."""
    call()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        call()
        count += 1
    return count / (time.perf_counter() - start)


def line(what: str, found: list[float]) -> None:
    """One row."""
    print(f"{what:<34} {statistics.median(found):8.0f} {min(found):8.0f} {max(found):8.0f}")


if __name__ == "__main__":
    main()
