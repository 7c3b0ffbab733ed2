"""MNIST, official parts: the time until one network reaches 99.0 % on the 10,000 test images.

Ours runs through the product's own doors: the recipe below is prepared (reading the four files, looking for leaks:
`read`), then one network is trained, from the scaling of the pixels and the choice of a plan to the last step
(`seconds`). Its settings were chosen on 10,000 of the 60,000 training images; the test images are looked at once a
seed. A rival trains its own published recipe, an epoch at a time, and stops at the first epoch after which the test
accuracy is 99.0 %, or after `--limit` seconds; its reading, its start and its tests do not count.

All take turns. Each rival is installed by this script into an environment of its own, under the cache folder, and
runs in a process of its own. The last line is an ensemble, with `--ensemble`.

    python benchmarks/mnist.py --peers torch --seeds 5 --peer-seeds 1
    python benchmarks/mnist.py --peers torch,keras-torch,keras-tensorflow --seeds 5 --peer-seeds 5
    python benchmarks/mnist.py --peers "" --seeds 0 --ensemble
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import cnn_throughput
import numpy as np
import torch
from cnn_throughput import HERE, where
from peers.asking import ask

from isinglass.data.images.files.idx import read_idx
from isinglass.recipe import Recipe
from isinglass.spec import Role
from isinglass.workbench.events import result_of
from isinglass.workbench.population import train_population
from isinglass.workbench.prepare import prepare

GOAL, OURS = 0.99, "isinglass"
KERAS = ("keras-torch", "keras-jax", "keras-tensorflow")
PEERS = {
    "torch": replace(cnn_throughput.PEERS["torch"], script="mnist_torch.py"),
    **{name: replace(cnn_throughput.PEERS[name], script="mnist_keras.py") for name in KERAS},
}
"""They share the environments of `cnn_throughput.py`, and their names."""

ONE = {
    "splits.kind": "official", "splits.in_bag": 1.0, "splits.stop": 0.0,
    "machine.kind": "fast_grey", "machine.filters": [16, 32, 48],
    "augment.translation": 0, "objective.label_smoothing": 0.1,
    "learning.members": 1, "learning.epochs": 1, "learning.batch": 64, "learning.patience": "never",
    "learning.optimizer.kind": "muon", "learning.optimizer.rate": 0.06, "learning.optimizer.weight_decay": 0.02,
    "learning.schedule.kind": "triangular", "learning.schedule.peak": 0.2,
}  # fmt: skip
"""One network in the least time."""

ENSEMBLE = ONE | {
    "machine.filters": [24, 48, 72], "augment.translation": 2, "augment.rotation": 8.0, "augment.zoom": 0.08,
    "learning.members": 6, "learning.epochs": 8,
}  # fmt: skip
"""Several larger ones that saw each image a little moved, turned and zoomed."""


@dataclass
class Line:
    """What one system did, a turn after another."""

    seconds: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    note: str = ""

    def add(self, answer: dict) -> None:
        """One turn."""
        self.seconds.append(answer["seconds"])
        self.accuracies.append(answer["accuracy"])
        self.loads.append(os.getloadavg()[0])
        self.note = answer["note"]


def main() -> None:
    """Print the table."""
    args = arguments()
    torch.set_num_threads(args.threads)
    names = [OURS, *filter(None, args.peers.split(","))]
    lines = {name: Line() for name in names}
    with tempfile.TemporaryDirectory() as folder:
        write_images(Path(args.data), Path(folder))
        for seed in range(max(args.seeds, args.peer_seeds)):
            for name, line in lines.items():
                if seed < (args.seeds if name == OURS else args.peer_seeds):
                    turn(name, line, Path(folder), seed, args)
    print(f"\nMNIST, official parts: seconds to {100 * GOAL:.1f} % of the test images")
    print(
        f"{'':<18} {'median s':>8} {'least':>7} {'most':>7} {'x ours':>9} {'accuracy':>8} {'least':>7} {'load':>5}   n"
    )
    for name, line in lines.items():
        show(name, line, lines[OURS])
    if args.ensemble:
        answer = engine(ENSEMBLE, 0, args)
        print(f"ensemble: {100 * answer['accuracy']:.2f} % in {answer['seconds']:.0f} s, {answer['note']}")
    where(args)


def arguments() -> argparse.Namespace:
    """The command line."""
    shared = Path(os.environ.get("ISINGLASS_SHARED", HERE.parent.parent / "shared")) / "data" / "mnist"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default="torch", help=f"none (''), or some of {','.join(PEERS)}")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--peer-seeds", type=int, default=1)
    parser.add_argument("--limit", type=float, default=300.0, help="seconds after which a rival gives up")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--ensemble", action="store_true")
    parser.add_argument("--data", default=str(shared), help="folder of the four IDX files, gzipped")
    return parser.parse_args()


def write_images(source: Path, folder: Path) -> None:
    """What the rivals read: all images as bytes."""
    if not source.exists():
        raise SystemExit(f"no MNIST in {source}: give the folder of the four IDX files with --data")
    parts = {
        "x": "train-images-idx3",
        "y": "train-labels-idx1",
        "x_test": "t10k-images-idx3",
        "y_test": "t10k-labels-idx1",
    }
    found = {name: read_idx(source / f"{file}-ubyte.gz") for name, file in parts.items()}
    np.savez(folder / "images.npz", **{n: v.astype(np.int64) if v.ndim == 1 else v for n, v in found.items()})


def turn(name: str, line: Line, folder: Path, seed: int, args: argparse.Namespace) -> None:
    """One system trains once."""
    try:
        answer = engine(ONE, seed, args) if name == OURS else rival(name, folder, seed, args)
        line.add(answer)
        print(f"{name}, seed {seed}: {answer['seconds']:.1f} s, {100 * answer['accuracy']:.2f} %", flush=True)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        line.note = f"failed: {error}"


def engine(settings: dict[str, object], seed: int, args: argparse.Namespace) -> dict:
    """The product: a recipe, its rows, its networks."""
    recipe = Recipe.from_dict({"data": {"source": args.data}})
    recipe = recipe.replace(settings | {"learning.seed": seed, "learning.threads": args.threads})
    start = time.perf_counter()
    found = prepare(recipe)
    begun, used = time.perf_counter(), time.process_time()
    trained = result_of(train_population(found.dataset, found.splits, found.recipe))
    seconds, used = time.perf_counter() - begun, time.process_time() - used
    test = np.flatnonzero((found.splits.role == int(Role.TEST)).any(axis=0))
    predicted = trained.ensemble.predict(found.dataset.inputs[test]).probabilities.argmax(axis=1)
    accuracy = float((predicted == found.dataset.targets[test, 0]).mean())
    tuning = trained.training.report.tuning
    note = f"read {begun - start:.1f} s, {used:.1f} processor seconds, {tuning.precision}, {tuning.threads} threads"
    return {"seconds": seconds, "accuracy": accuracy, "note": note}


def rival(name: str, folder: Path, seed: int, args: argparse.Namespace) -> dict:
    """A peer, and by how much it missed."""
    answer = ask(PEERS[name], folder, args.threads, args.limit, seed)
    missed = "" if answer["accuracy"] >= GOAL else f"99.0 % not reached in {args.limit:.0f} s, "
    return answer | {"note": f"{missed}{answer['epochs']} epochs, {answer['note']}"}


def show(name: str, line: Line, ours: Line) -> None:
    """One row."""
    if not line.seconds:
        print(f"{name:<18} {line.note or 'did not run'}")
        return
    median = statistics.median(line.seconds)
    ratio = median / statistics.median(ours.seconds) if ours.seconds else float("nan")
    spread = f"{min(line.seconds):7.1f} {max(line.seconds):7.1f}"
    right = f"{statistics.median(line.accuracies):8.4f} {min(line.accuracies):7.4f}"
    load = statistics.mean(line.loads)
    print(f"{name:<18} {median:8.1f} {spread} {ratio:9.1f} {right} {load:5.1f}   {len(line.seconds)}, {line.note}")


if __name__ == "__main__":
    main()
