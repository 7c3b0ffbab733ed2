"""scikit-learn's MLPRegressor, networks in parallel processes."""

from __future__ import annotations

import time
import warnings

from common import BATCH, EPOCHS, HIDDEN, Task, arguments, say
from joblib import Parallel, delayed
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor


def fit(inputs, targets, net):
    """One network. alpha / batch is the weight decay of its gradient."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    model = MLPRegressor(
        hidden_layer_sizes=HIDDEN, batch_size=BATCH, max_iter=EPOCHS, learning_rate_init=net["rate"],
        alpha=net["decay"] * BATCH, random_state=net["seed"], n_iter_no_change=EPOCHS, tol=0.0,
    )  # fmt: skip
    return model.fit(inputs, targets)


def main() -> None:
    """All networks."""
    folder, scale, threads = arguments()
    task = Task(folder, scale)
    jobs = [(*task.training(net), net) for net in task.nets]
    with Parallel(n_jobs=threads) as parallel:
        parallel(
            delayed(fit)(x[:200], y[:200], net) for x, y, net in jobs[:1] * threads
        )  # the processes are there before time counts
        start = time.perf_counter()
        models = parallel(delayed(fit)(*job) for job in jobs)
        seconds = time.perf_counter() - start
    errors = [task.rmse(net, model.predict) for net, model in zip(task.nets, models, strict=True)]
    say(seconds, errors, ["scikit-learn"], f"n_jobs={threads}")


if __name__ == "__main__":
    main()
