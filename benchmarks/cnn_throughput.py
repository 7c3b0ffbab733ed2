"""Images a second in training: the engine and its rivals, side by side in one run.

The lectures' network for 28x28 pixels: convolution 1 to 32 of 3x3, ReLU, pooling by 2, convolution 32 to 64, ReLU,
pooling by 2, dense 3136 to 128 to 10 (421,642 weights); Adam, cross entropy, MNIST's training images. Each trains one
epoch that does not count (compilation, warm-up, the engine's choice of a plan) and then one that does, data loading
included. Every framework shows its best batch size. The accuracy on 2,000 test images says that all did the same.

All take turns, so that whatever else the machine does slows all of them. Each rival is installed by this script into
an environment of its own, under the cache folder, and runs in a process of its own.

    python benchmarks/cnn_throughput.py --peers torch --repeat 3
    python benchmarks/cnn_throughput.py --peers all --repeat 5 --batches 64,128,256
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from peers.asking import TORCH, Peer, ask

from isinglass.data.images.files.idx import read_idx
from isinglass.learning.members import product
from isinglass.learning.problem import Problem
from isinglass.learning.rows import Rows
from isinglass.learning.train import train
from isinglass.learning.training import Training
from isinglass.learning.view import View
from isinglass.machine import build
from isinglass.objective.losses import LOSSES
from isinglass.objective.objective import Objective
from isinglass.recipe import LearningRecipe, MachineRecipe, OptimizerRecipe, ScheduleRecipe
from isinglass.spec import Role, Shape, Task, image_spec

HERE = Path(__file__).resolve().parent
RATE, TESTED = 1e-3, 2000
OURS = "isinglass"

PEERS = {
    "torch": Peer("torch_cnn.py", (TORCH, "numpy"), home="torch-cnn"),
    "torch-bf16": Peer("torch_cnn.py", (TORCH, "numpy"), (("PRECISION", "bfloat16"),), home="torch-cnn"),
    "lightning": Peer("lightning_cnn.py", (TORCH, "lightning", "numpy"), home="lightning-cnn"),
    "keras-torch": Peer("keras_cnn.py", (TORCH, "keras"), (("KERAS_BACKEND", "torch"),), home="keras-torch-cnn"),
    "keras-jax": Peer("keras_cnn.py", ("keras", "jax"), (("KERAS_BACKEND", "jax"),), home="keras-jax-cnn"),
    "keras-tensorflow": Peer(
        "keras_cnn.py", ("keras", "tensorflow"), (("KERAS_BACKEND", "tensorflow"),), home="keras-tensorflow-cnn"
    ),
}


@dataclass
class Line:
    """What one framework did with one batch size."""

    rates: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    note: str = ""

    def add(self, answer: dict) -> None:
        """One turn: `seconds`, `images`, `accuracy`, `note`."""
        self.rates.append(answer["images"] / answer["seconds"])
        self.accuracies.append(answer["accuracy"])
        self.note = answer["note"]


def main() -> None:
    """Print the table."""
    args = arguments()
    images = mnist(Path(args.data), args.images)
    names = [OURS, *(PEERS if args.peers == "all" else filter(None, args.peers.split(",")))]
    batches = [int(batch) for batch in args.batches.split(",")]
    lines = {(name, batch): Line() for name in names for batch in batches}
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "images.npz", **images)
        for _ in range(args.repeat):
            for (name, batch), line in lines.items():
                turn(name, batch, line, images if name == OURS else Path(folder), args)
    table(lines, names, args)


def arguments() -> argparse.Namespace:
    """The command line."""
    shared = Path(os.environ.get("ISINGLASS_SHARED", HERE.parent.parent / "shared")) / "data" / "mnist"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default="torch", help=f"all, none (''), or some of {','.join(PEERS)}")
    parser.add_argument("--batches", default="64,128,256")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--images", type=int, default=20_000, help="of MNIST's 60,000")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--precision", default="auto", choices=("auto", "float32", "bfloat16"), help="of the engine")
    parser.add_argument("--data", default=str(shared), help="folder of the four IDX files, gzipped")
    return parser.parse_args()


def mnist(folder: Path, count: int) -> dict[str, np.ndarray]:
    """`x, y` of so many training images and `x_test, y_test` of the first test images; pixels uint8."""
    if not folder.exists():
        raise SystemExit(f"no MNIST in {folder}: give the folder of the four IDX files with --data")
    x, y = (read_idx(folder / f"train-{name}-ubyte.gz")[:count].copy() for name in ("images-idx3", "labels-idx1"))
    xt, yt = (read_idx(folder / f"t10k-{name}-ubyte.gz")[:TESTED].copy() for name in ("images-idx3", "labels-idx1"))
    return {"x": x[:, None], "y": y.astype(np.int64), "x_test": xt[:, None], "y_test": yt.astype(np.int64)}


def turn(name: str, batch: int, line: Line, given: dict | Path, args: argparse.Namespace) -> None:
    """One framework trains once."""
    try:
        ours = isinstance(given, dict)
        line.add(engine(given, batch, args) if ours else ask(PEERS[name], given, batch, args.threads))
    except (RuntimeError, subprocess.CalledProcessError) as error:
        line.note = f"failed: {error}"
    else:
        print(f"{name}, batch {batch}: {line.rates[-1]:.0f} images/s", flush=True)


def engine(images: dict[str, np.ndarray], batch: int, args: argparse.Namespace) -> dict:
    """The product's engine: one network, batches of uint8 images, no rows for early stopping."""
    run = training(images, batch, args)
    ticks = iter(run)
    next(ticks)
    start = time.perf_counter()
    next(ticks)
    seconds = time.perf_counter() - start
    raw = run.report.plan.forward(run.final_state(), torch.from_numpy(images["x_test"]))[0]
    accuracy = float((raw.argmax(1).numpy() == images["y_test"]).mean())
    tuning = run.report.tuning
    note = f"{tuning.precision} {tuning.layout}, {tuning.threads} threads"
    return {"seconds": seconds, "images": run.pace.per_epoch * batch, "accuracy": accuracy, "note": note}


def training(images: dict[str, np.ndarray], batch: int, args: argparse.Namespace) -> Training:
    """Two epochs of one network, ready to start."""
    count, pixels = len(images["x"]), images["x"]
    problem = Problem(
        rows=Rows(
            inputs=torch.from_numpy(pixels),
            targets=torch.from_numpy(images["y"][:, None].astype(np.float64)),
            weights=torch.ones(count, dtype=torch.float64),
            role=torch.full((1, count), int(Role.TRAIN), dtype=torch.int8),
            nominal=count,
        ),
        view=View(
            center=torch.full((1, 1), float(pixels.mean())),
            scale=torch.full((1, 1), 1 / float(pixels.std())),
            clip=torch.zeros(1, dtype=torch.bool),
            target_center=torch.zeros(1, 1),
            spec=image_spec(1, 28, 28),
            target_scale=torch.ones(1, 1),
        ),
        objective=Objective(LOSSES["cross_entropy"]),
    )
    recipe = LearningRecipe(
        epochs=2, batch=batch, patience="never", optimizer=OptimizerRecipe(kind="adam", rate=RATE),
        schedule=ScheduleRecipe(kind="constant"), threads=args.threads, precision=args.precision,
    )  # fmt: skip
    machine = MachineRecipe(kind="cnn", filters=(32, 64), hidden=(128,), activation="relu", dropout=0.0)
    shape = Shape(784, 10, spec=image_spec(1, 28, 28))
    members = product(folds=1, members=1, seed=0)
    return train(problem, lambda seed: build(machine, shape, seed=seed, task=Task.CLASSIFICATION), members, recipe)


def table(lines: dict[tuple[str, int], Line], names: list[str], args: argparse.Namespace) -> None:
    """Each framework with its best batch size; ours first."""
    print(f"\nimages a second in training, {args.images} images of MNIST, second epoch, n = {args.repeat}")
    print(f"{'':<18} {'batch':>5} {'median':>8} {'least':>8} {'most':>8} {'ours is x':>9} {'accuracy':>8}   notes")
    ours = max(
        (statistics.median(lines[OURS, b].rates) for n, b in lines if n == OURS and lines[n, b].rates), default=0
    )
    for name in names:
        tried = {batch: line for (who, batch), line in lines.items() if who == name}
        done = {batch: line for batch, line in tried.items() if line.rates}
        if not done:
            print(f"{name:<18} {next(iter(tried.values())).note}")
            continue
        batch = max(done, key=lambda b: statistics.median(done[b].rates))
        line, median = done[batch], statistics.median(done[batch].rates)
        spread = f"{min(line.rates):8.0f} {max(line.rates):8.0f}"
        accuracy = statistics.median(line.accuracies)
        print(f"{name:<18} {batch:>5} {median:8.0f} {spread} {ours / median:9.2f} {accuracy:8.4f}   {line.note}")
    where(args)


def where(args: argparse.Namespace) -> None:
    """Machine, threads, versions."""
    cpu = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), ": ?")
    print(f"\n{args.threads} threads, {cpu.split(':')[1].strip()}, load {os.getloadavg()[0]:.1f}, ", end="")
    print(f"python {platform.python_version()}, torch {torch.__version__}")


if __name__ == "__main__":
    main()
