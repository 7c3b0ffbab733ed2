"""What every peer of `cnn_throughput.py` is given, and what it must say; run without isinglass.

    python PEER.py FOLDER BATCH THREADS

FOLDER holds `images.npz`: x, x_test uint8 [n, 1, 28, 28], y, y_test. The last line of the output is a JSON object:
`seconds` for the second epoch, its `images`, the `accuracy` after it, and a `note`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np

RATE = 1e-3


def arguments() -> tuple[Path, int, int]:
    """FOLDER, BATCH, THREADS."""
    return Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])


def images() -> dict[str, np.ndarray]:
    """Standardised float32 pixels, and classes."""
    found = dict(np.load(arguments()[0] / "images.npz"))
    center, scale = found["x"].mean(), found["x"].std()
    return found | {name: ((found[name] - center) / scale).astype(np.float32) for name in ("x", "x_test")}


def run(epoch: Callable[[], None], count: int, accuracy: Callable[[], float], packages: list[str]) -> None:
    """One epoch that does not count, one that does."""
    epoch()
    start = time.perf_counter()
    epoch()
    say(time.perf_counter() - start, count, accuracy(), packages)


def say(seconds: float, count: int, accuracy: float, packages: list[str]) -> None:
    """The last line."""
    note = ", ".join(f"{name} {version(name)}" for name in packages)
    print(json.dumps({"seconds": seconds, "images": count, "accuracy": accuracy, "note": note}))
