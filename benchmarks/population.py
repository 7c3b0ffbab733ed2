"""A population against its rivals, side by side in one run: cross-validation, and random search of settings.

A table of 20,000 rows and 8 features; networks 8-64-64-1 (ReLU), Adam, batch 64, 20 epochs (5,000 steps a network):
(a) 5 folds x 4 networks; (b) 16 settings of rate and weight decay x 5 folds. No early stopping, so that all do the
same work. Time counts training alone, with everything that belongs to it (drawing batches, choosing a plan). Beside
it the median over networks of the root mean squared error on their test fold; for (b), of the best setting.
(c) is the speed of 100 networks 8-32-32-1 in microseconds a step and network.

Each rival is installed by this script into an environment of its own, under the cache folder, and runs in a process of
its own. `--scale 0.1` trains only a tenth of a rival's networks and multiplies its time: the table says so.

    python benchmarks/population.py --engine-only
    python benchmarks/population.py --peers all --repeat 3
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from peers.asking import TORCH, Peer, ask
from torch import nn

from isinglass.learning.members import Member, member_seed
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

SAMPLES, FEATURES, FOLDS, HIDDEN, BATCH, EPOCHS = 20_000, 8, 5, (64, 64), 64, 20
SETTINGS, MEMBERS = 16, 4

PEERS = {
    "sklearn": Peer("sklearn_mlp.py", ("scikit-learn", "numpy"), home="sklearn"),
    "torch": Peer("torch_loop.py", (TORCH, "numpy"), home="torch"),
    "skorch": Peer("skorch_mlp.py", (TORCH, "skorch"), home="skorch"),
    "lightning": Peer("lightning_mlp.py", (TORCH, "lightning", "numpy"), home="lightning"),
    "keras-jax": Peer("keras_mlp.py", ("keras", "jax"), (("KERAS_BACKEND", "jax"),), home="keras-jax"),
    "keras-torch": Peer("keras_mlp.py", (TORCH, "keras"), (("KERAS_BACKEND", "torch"),), home="keras-torch"),
    "realmlp": Peer("realmlp.py", (TORCH, "pytabkit[models]"), home="realmlp"),
}


@dataclass(frozen=True)
class Line:
    """One row of the table: the time of each repetition, the error, and what must be said beside it."""

    who: str
    seconds: list[float]
    rmse: float
    note: str = ""


def main() -> None:
    """Print one table a task."""
    args = arguments()
    torch.set_num_threads(args.threads)
    rate = matmul_rate()
    if not is_warm() and args.plan in ("auto", "compiled"):
        print("compiling the kernel, once ...", file=sys.stderr)
        warm()
    names = [] if args.engine_only else list(PEERS) if args.peers == "all" else args.peers.split(",")
    for task in args.tasks.split(","):
        nets = networks(task)
        title(task, nets)
        ours = engine(nets, args, task)
        print_line(ours, ours)
        for name in names:
            try:
                print_line(rival(name, nets, args, task), ours)
            except (RuntimeError, subprocess.CalledProcessError) as error:
                print(f"{name:<24} failed: {error}")
        flops(ours, nets, rate)
    small(args, rate)
    where(args)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default="sklearn,torch", help=f"all, or some of {','.join(PEERS)}")
    parser.add_argument("--engine-only", action="store_true", help="no rivals")
    parser.add_argument("--tasks", default="a,b", choices=("a", "b", "a,b"))
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="part of the networks that a rival trains")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--plan", default="auto", help="of the engine: auto, compiled, stacked, looped")
    return parser.parse_args()


def table() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs, targets (Friedman's first function of five features, three are idle, noise 1) and folds."""
    rng = np.random.default_rng(0)
    x = rng.random((SAMPLES, FEATURES)).astype(np.float32)
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    return x, y + rng.normal(size=SAMPLES), rng.permutation(SAMPLES) % FOLDS


def networks(task: str) -> list[dict]:
    """(a) folds x members of one setting; (b) settings x folds. Folds of a setting come first, whole settings next."""
    if task == "a":
        return [
            {"fold": f, "seed": m * FOLDS + f, "rate": 1e-3, "decay": 0.0, "setting": 0}
            for m in range(MEMBERS)
            for f in range(FOLDS)
        ]
    rng = np.random.default_rng(1)
    rates, decays = 10 ** rng.uniform(-3.5, -2, SETTINGS), 10 ** rng.uniform(-6, -3, SETTINGS)
    return [
        {"fold": f, "seed": f, "rate": float(rates[s]), "decay": float(decays[s]), "setting": s}
        for s in range(SETTINGS)
        for f in range(FOLDS)
    ]


def training(nets: list[dict], args: argparse.Namespace, hidden: tuple[int, ...], epochs: int) -> Training:
    """The engine, ready to train these networks."""
    x, y, fold = table()
    members = tuple(
        Member(i, net["fold"], member_seed(net["seed"], i), hyper={"rate": net["rate"], "weight_decay": net["decay"]})
        for i, net in enumerate(nets)
    )
    inside = np.stack([fold != net["fold"] for net in nets])
    problem = Problem(
        rows=Rows(
            inputs=torch.from_numpy(x),
            targets=torch.from_numpy(y[:, None]),
            weights=torch.ones(SAMPLES, dtype=torch.float64),
            role=torch.from_numpy(np.where(inside, int(Role.TRAIN), int(Role.TEST)).astype(np.int8)),
            nominal=SAMPLES * (FOLDS - 1) // FOLDS,
        ),
        view=View(
            center=torch.from_numpy(np.stack([x[rows].mean(0) for rows in inside])),
            scale=torch.from_numpy(np.stack([1 / x[rows].std(0) for rows in inside])),
            clip=torch.zeros(FEATURES, dtype=torch.bool),
            target_center=torch.from_numpy(np.array([[y[rows].mean()] for rows in inside])),
            target_scale=torch.from_numpy(np.array([[y[rows].std()] for rows in inside])),
        ),
        objective=Objective(LOSSES["squared"]),
    )
    recipe = LearningRecipe(
        members=len(nets), epochs=epochs, batch=BATCH, patience="never", plan=args.plan, threads=args.threads,
        precision="float32", optimizer=OptimizerRecipe(kind="adam", rate=1e-3, weight_decay=0.0),
        schedule=ScheduleRecipe(kind="constant"),
    )  # fmt: skip
    return train(problem, lambda seed: network(seed, hidden), members, recipe)


def network(seed: int, hidden: tuple[int, ...]) -> nn.Sequential:
    """With torch's own initial weights, as the torch peers have them: the comparison is about learning."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pairs = pairwise((FEATURES, *hidden))
        layers = [layer for a, b in pairs for layer in (nn.Linear(a, b), nn.ReLU())]
        return nn.Sequential(*layers, nn.Linear(hidden[-1], 1))


def engine(nets: list[dict], args: argparse.Namespace, task: str) -> Line:
    """Ours."""
    seconds: list[float] = []
    for _ in range(args.repeat):
        start = time.perf_counter()
        run = training(nets, args, HIDDEN, EPOCHS)
        for _ in run:
            pass
        seconds.append(time.perf_counter() - start)
    problem, state = run.work, run.final_state()
    raw = run.report.plan.forward(state, problem.rows.inputs).double()
    error = raw * problem.view.target_scale[:, None] + problem.view.target_center[:, None] - problem.rows.targets
    test = (problem.rows.role == int(Role.TEST)).double()
    errors = ((error.squeeze(2) ** 2 * test).sum(1) / test.sum(1)).sqrt().tolist()
    return Line(f"isinglass ({run.report.name})", seconds, summary(errors, nets, task))


def summary(errors: list[float], nets: list[dict], task: str) -> float:
    """(a) the median over networks; (b) the least mean over the folds of a setting, of settings with all folds."""
    if task == "a":
        return statistics.median(errors)
    by_setting: dict[int, list[float]] = {}
    for net, error in zip(nets, errors, strict=False):
        by_setting.setdefault(net["setting"], []).append(error)
    return min(statistics.mean(found) for found in by_setting.values())


def rival(name: str, nets: list[dict], args: argparse.Namespace, task: str) -> Line:
    """A peer, in its own environment and process."""
    with tempfile.TemporaryDirectory() as folder:
        x, y, fold = table()
        np.savez(Path(folder) / "rows.npz", inputs=x, targets=y, fold=fold)
        (Path(folder) / "nets.json").write_text(json.dumps(nets))
        answers = [ask(PEERS[name], Path(folder), args.scale, args.threads) for _ in range(args.repeat)]
    trained = answers[0]["nets"]
    factor = len(nets) / trained
    notes = [f"{trained} of {len(nets)} nets x {factor:.3g}"] if trained < len(nets) else []
    notes += [f"{k} {v}" for k, v in answers[0]["versions"].items()] + [answers[0]["note"]]
    seconds = [answer["seconds"] * factor for answer in answers]
    return Line(name, seconds, summary(answers[0]["rmse"], nets, task), ", ".join(filter(None, notes)))


def title(task: str, nets: list[dict]) -> None:
    """What follows."""
    what = {"a": f"{FOLDS} folds x {MEMBERS} networks", "b": f"{SETTINGS} settings x {FOLDS} folds"}[task]
    print(f"\n({task}) {what}: {len(nets)} networks {shape_of(HIDDEN)}, {steps(EPOCHS)} steps of {BATCH} rows each")
    print(f"{'':<24} {'median s':>9} {'least':>8} {'most':>8} {'x ours':>7} {'test RMSE':>10}   n, notes")


def print_line(line: Line, ours: Line) -> None:
    """One row."""
    median, ratio = statistics.median(line.seconds), statistics.median(line.seconds) / statistics.median(ours.seconds)
    spread = f"{min(line.seconds):8.2f} {max(line.seconds):8.2f}"
    print(f"{line.who:<24} {median:9.2f} {spread} {ratio:7.1f} {line.rmse:10.4f}   {len(line.seconds)}, {line.note}")


def flops(line: Line, nets: list[dict], rate: float) -> None:
    """How much of the machine's rate of small products is used, if nothing but products is counted."""
    total = steps(EPOCHS) * len(nets) * step_flops(HIDDEN)
    reached = total / statistics.median(line.seconds) / 1e9
    print(f"products alone: {reached:.0f} GFLOP/s, {reached / rate:.0%} of {rate:.0f} (batches of 64x64x64, float32)")


def small(args: argparse.Namespace, rate: float) -> None:
    """(c) 100 networks 8-32-32-1."""
    nets = [{"fold": i % FOLDS, "seed": i, "rate": 1e-3, "decay": 0.0} for i in range(100)]
    epochs, found = 4, []
    for _ in range(args.repeat):
        run = training(nets, args, (32, 32), epochs)
        _ = run.report
        start = time.perf_counter()
        for _ in run:
            pass
        found.append((time.perf_counter() - start) / (steps(epochs) * len(nets)) * 1e6)
    median = statistics.median(found)
    reached = step_flops((32, 32)) / median / 1e3
    print(f"\n(c) 100 networks {shape_of((32, 32))}, batch {BATCH}: {median:.1f} us a step and network, "
          f"n = {len(found)}, {reached:.0f} GFLOP/s, {reached / rate:.0%}")  # fmt: skip


def steps(epochs: int) -> int:
    """Optimizer steps of a network."""
    return epochs * math.ceil(SAMPLES * (FOLDS - 1) // FOLDS / BATCH)


def step_flops(hidden: tuple[int, ...]) -> int:
    """Forward, weight gradient, and input gradient of all layers but the first."""
    pairs = list(zip((FEATURES, *hidden), (*hidden, 1), strict=True))
    sizes = [a * b for a, b in pairs]
    return 2 * BATCH * (3 * sum(sizes) - sizes[0])


def shape_of(hidden: tuple[int, ...]) -> str:
    """8-64-64-1."""
    return "-".join(map(str, (FEATURES, *hidden, 1)))


def matmul_rate() -> float:
    """GFLOP/s of batched 64x64x64 products in float32 on all threads: the best of many."""
    a, b = torch.randn(2, 64, 64, 64).unbind()
    out, best = torch.empty_like(a), math.inf
    for _ in range(200):
        start = time.perf_counter()
        torch.bmm(a, b, out=out)
        best = min(best, time.perf_counter() - start)
    return 64 * 2 * 64**3 / best / 1e9


def where(args: argparse.Namespace) -> None:
    """Machine, threads, versions."""
    found = ", ".join(f"{name} {installed}" for name, installed in versions())
    print(f"\n{args.threads} threads, {processor()}, load {os.getloadavg()[0]:.1f}, python", end=" ")
    print(f"{platform.python_version()}, {found}")


def versions() -> Iterator[tuple[str, str]]:
    """Of the packages that ours runs on."""
    for name in ("isinglass", "torch", "numpy", "numba"):
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "not installed"


def processor() -> str:
    """The processor's name, where it is known."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")


if __name__ == "__main__":
    main()
