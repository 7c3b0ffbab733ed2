"""What every peer of `mnist.py` is given, and what it must say; run without isinglass.

    python PEER.py FOLDER THREADS LIMIT SEED

FOLDER holds `images.npz`: x, x_test uint8 [n, 28, 28], y, y_test. The last line of the output is a JSON object: the
`seconds` of training to the end of the first epoch after which the test accuracy is 99.0 % (epochs alone: tests do not
count), the number of `epochs`, the `accuracy` then, and a `note`. A peer gives up after LIMIT seconds of training.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np

GOAL = 0.99


def arguments() -> tuple[Path, int, float, int]:
    """FOLDER, THREADS, LIMIT, SEED."""
    return Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])


def images() -> dict[str, np.ndarray]:
    """Bytes and classes."""
    return dict(np.load(arguments()[0] / "images.npz"))


def run(epoch: Callable[[], None], accuracy: Callable[[], float], most: int, packages: list[str]) -> None:
    """Epoch after epoch, at most so many."""
    limit, seconds, count, reached = arguments()[2], 0.0, 0, 0.0
    while reached < GOAL and seconds < limit and count < most:
        start = time.perf_counter()
        epoch()
        seconds, count = seconds + time.perf_counter() - start, count + 1
        reached = accuracy()
    note = ", ".join(f"{name} {version(name)}" for name in packages)
    print(json.dumps({"seconds": seconds, "epochs": count, "accuracy": reached, "note": note}))
