"""pytabkit's RealMLP: all folds and ensemble members of a setting as one vectorised network."""

from __future__ import annotations

import time

import numpy as np
from common import BATCH, EPOCHS, HIDDEN, Task, arguments, say
from pytabkit import RealMLP_TD_Regressor


def main() -> None:
    """One fit for each setting, its folds and members together."""
    folder, scale, threads = arguments()
    task = Task(folder, scale)
    seconds, errors = 0.0, []
    for rate, decay in dict.fromkeys((net["rate"], net["decay"]) for net in task.nets):
        nets = [net for net in task.nets if (net["rate"], net["decay"]) == (rate, decay)]
        folds = sorted({net["fold"] for net in nets})
        outside = [np.flatnonzero(task.fold == fold) for fold in folds]
        size = min(map(len, outside))  # all folds must be of one size
        model = RealMLP_TD_Regressor(
            n_cv=len(folds), n_refit=0, n_repeats=1, n_ens=max(1, len(nets) // len(folds)), n_threads=threads,
            hidden_sizes=list(HIDDEN), n_epochs=EPOCHS, batch_size=BATCH, lr=rate * REALMLP_RATE, random_state=0,
            device="cpu", verbosity=0,
        )  # fmt: skip
        start = time.perf_counter()
        model.fit(task.inputs, task.targets, val_idxs=np.stack([rows[:size] for rows in outside]))
        seconds += time.perf_counter() - start
        predicted = model.predict_ensemble(task.inputs)
        for k, rows in enumerate(outside):
            errors += [float(np.sqrt(np.mean((np.ravel(predicted[k])[rows] - task.targets[rows]) ** 2)))] * max(
                1, len(nets) // len(folds)
            )
    say(seconds, errors, ["pytabkit", "torch"], "its own architecture around 64-64, its own rate schedule")


REALMLP_RATE = 40.0
"""Its default rate (0.04) over Adam's (0.001): its parametrisation wants larger rates."""


if __name__ == "__main__":
    main()
