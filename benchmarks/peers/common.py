"""What every peer is given, and what it must say. A peer runs in an environment of its own, without isinglass.

    python PEER.py FOLDER SCALE THREADS

FOLDER holds `rows.npz` (inputs, targets, fold) and `nets.json` (one object a network: fold, seed, rate, decay).
SCALE: the part of the networks that is trained, the first ones of the list. The last line of the output is a JSON
object: `seconds` for the networks trained, `nets` their number, `rmse` each one's on its test fold, `versions`.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

HIDDEN, BATCH, EPOCHS = (64, 64), 64, 20

Net = dict[str, Any]
Fit = Callable[[np.ndarray, np.ndarray, Net], Callable[[np.ndarray], np.ndarray]]
"""`fit(inputs, targets, net) -> predict`, inputs and targets standardised on the training rows."""


def arguments() -> tuple[Path, float, int]:
    """FOLDER, SCALE, THREADS."""
    return Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])


class Task:
    """The rows, and the networks to be trained."""

    def __init__(self, folder: Path, scale: float) -> None:
        rows = np.load(folder / "rows.npz")
        self.inputs, self.targets, self.fold = rows["inputs"], rows["targets"], rows["fold"]
        nets = json.loads((folder / "nets.json").read_text())
        self.nets: list[Net] = nets[: max(1, math.ceil(scale * len(nets)))]

    def training(self, net: Net) -> tuple[np.ndarray, np.ndarray]:
        """Standardised inputs and targets of all folds but the network's own."""
        rows = self.fold != net["fold"]
        (center, scale), (mean, spread) = self.standards(net)
        return (self.inputs[rows] - center) / scale, (self.targets[rows] - mean) / spread

    def standards(self, net: Net) -> tuple[tuple[np.ndarray, np.ndarray], tuple[float, float]]:
        """Mean and spread of the training rows' inputs and targets."""
        rows = self.fold != net["fold"]
        inputs, targets = self.inputs[rows], self.targets[rows]
        return (inputs.mean(0), inputs.std(0)), (float(targets.mean()), float(targets.std()))

    def rmse(self, net: Net, predict: Callable[[np.ndarray], np.ndarray]) -> float:
        """On the rows of the network's own fold."""
        rows = self.fold == net["fold"]
        (center, scale), (mean, spread) = self.standards(net)
        predicted = np.asarray(predict((self.inputs[rows] - center) / scale)).reshape(-1) * spread + mean
        return float(np.sqrt(np.mean((predicted - self.targets[rows]) ** 2)))


def run(fit: Fit, packages: list[str]) -> None:
    """Train the networks one after the other; time counts training alone."""
    folder, scale, _ = arguments()
    task = Task(folder, scale)
    seconds, errors = 0.0, []
    for net in task.nets:
        inputs, targets = task.training(net)
        start = time.perf_counter()
        predict = fit(inputs, targets, net)
        seconds += time.perf_counter() - start
        errors.append(task.rmse(net, predict))
    say(seconds, errors, packages)


def say(seconds: float, errors: list[float], packages: list[str], note: str = "") -> None:
    """The last line."""
    versions = {name: version(name) for name in packages}
    answer = {"seconds": seconds, "nets": len(errors), "rmse": errors, "versions": versions, "note": note}
    print(json.dumps(answer))
