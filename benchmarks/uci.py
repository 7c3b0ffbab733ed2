"""How good are the defaults? Four UCI sets on their 20 published splits, beside forests, boosting, RealMLP and TabM.

All splits of a set are trained as one population (20 splits x 16 members = 320 networks at once). Nothing is tuned: one
setting, the package's defaults, for all sets; sigma is calibrated on out-of-bag rows of each split's training part.
RMSE, Gaussian negative log-likelihood and the coverage of the 90 % interval are means over splits of the test
part's figures, with standard errors. The forest's and the booster's sigma is one number a split: the standard deviation
of their out-of-bag or cross-validated errors, and their interval is +- 1.645 of it. "combined" is what `machine.kind =
"combined"` hands back: the same networks with the package's own conventional methods, which stand below it.

The published splits are of single rows, and rows occur more than once: 27 % of wine's test rows, inputs and target,
stand in the training part too. A method that learns by heart is rewarded for it. "new rows" is the RMSE without them.
The package's bags and held-out parts are of single rows here too, as the splits are.

    python benchmarks/uci.py [--sets concrete energy] [--splits 20] [--peers RealMLP TabM] [--peer-splits 3]

`--peers` installs pytabkit into an environment of its own (`build/peers`, which borrows this one's torch) and runs
those named, with their own defaults; they know no sigma. On two cores these take minutes a split, so they run on
the first `--peer-splits` splits, and the package beside them on the same ones.

The data: Hernandez-Lobato and Adams (2015), arXiv:1502.05336; published figures: Lakshminarayanan et al. (2017),
arXiv:1612.01474, and the second column of Gal's repeated MC-dropout runs (2018).
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl
import torch
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.model_selection import KFold, cross_val_predict

from isinglass.data.hashing import hash_values
from isinglass.data.opening import from_frame
from isinglass.data.splits import Splits
from isinglass.evaluation.baselines import BASELINES, BaselineRun, run_all
from isinglass.evaluation.baselines.running import FailedRun
from isinglass.inference.ensemble import Ensemble
from isinglass.recipe import DataRecipe, LearningRecipe, Recipe
from isinglass.spec import Role
from isinglass.workbench.assembly import resolved
from isinglass.workbench.events import result_of
from isinglass.workbench.judging.calibration import calibrate_folds
from isinglass.workbench.judging.combination import Contenders, combine, joined
from isinglass.workbench.judging.scoring import ask_unseen
from isinglass.workbench.population import Trained, train_population

ROOT = Path(__file__).resolve().parent.parent
GOALS = {
    "concrete": (4.82, 2.93),
    "energy": (0.54, 1.21),
    "power-plant": (4.00, 2.79),
    "wine-quality-red": (0.62, 0.93),
}
"""RMSE and NLL: the best of the published figures."""
NORMAL_90 = 1.6448536
FIVE = KFold(5, shuffle=True, random_state=0)


@dataclass(frozen=True)
class Table:
    """One set: inputs [sample, feature], target [sample], role int8 [split, sample]."""

    name: str
    x: np.ndarray
    y: np.ndarray
    role: np.ndarray

    def part(self, split: int, role: Role) -> np.ndarray:
        """Rows of a part."""
        return np.flatnonzero(self.role[split] == role)

    def new(self, split: int) -> np.ndarray:
        """Which test rows equal no training row: bool [row of the part]."""
        rows = np.column_stack([self.x, self.y])
        known = set(map(tuple, rows[self.part(split, Role.TRAIN)].tolist()))
        return np.array([tuple(row) not in known for row in rows[self.part(split, Role.TEST)].tolist()])


@dataclass(frozen=True)
class Answer:
    """What a method says of a split's test rows; sigma, low and high are None where it knows none."""

    mean: np.ndarray
    sigma: np.ndarray | None = None
    low: np.ndarray | None = None
    high: np.ndarray | None = None


Method = Callable[[Table], dict[str, list[Answer]]]
"""What runs on all splits of a table: answers by name, '' for the method's own."""
PEERS = ("RealMLP", "TabM")


def main() -> None:
    """Print one table a set."""
    options = arguments()
    torch.set_num_threads(options.threads)
    head = f"{'set':<17}{'method':<20}{'RMSE':>16}{'of new rows':>16}{'NLL':>16}{'90 % covers':>14}"
    head += f"{'seconds':>9}   splits"
    print(head)
    for name in options.sets:
        if options.splits:
            compare(read(options.data / name, splits=options.splits), methods(options.threads))
        if options.peers:
            compare(read(options.data / name, splits=options.peer_splits), peers(options.peers, options.threads))
        print(f"{name:<17}{'best published':<20}{GOALS[name][0]:>10.2f}{GOALS[name][1]:>32.2f}")
    print(conditions(options.threads))


def compare(table: Table, methods: dict[str, Method]) -> None:
    """Run every method on every split and print a line each."""
    for label, method in methods.items():
        begin = time.perf_counter()
        for name, answers in method(table).items():
            show(table, name or label, answers, time.perf_counter() - begin)


def arguments() -> argparse.Namespace:
    """What the user wants."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=GOALS, default=list(GOALS))
    parser.add_argument("--splits", type=int, default=20, help="0: the peers alone")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=[], help="install and run these too (slow)")
    parser.add_argument("--peer-splits", type=int, default=3)
    shared = Path(os.environ.get("ISINGLASS_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--data", type=Path, default=shared / "data" / "uci")
    return parser.parse_args()


def methods(threads: int) -> dict[str, Method]:
    """What runs on all splits."""
    return {
        "isinglass": partial(ours, threads=threads, combined=True),
        "random forest": partial(forest, threads=threads),
        "gradient boosting": boosting,
    }


def peers(names: Sequence[str], threads: int) -> dict[str, Method]:
    """What runs on the first splits, and the package on the same ones."""
    python = peers_python()
    found: dict[str, Method] = {name: partial(peer, name=name, threads=threads, python=python) for name in names}
    return {"isinglass": partial(ours, threads=threads)} | found


def read(folder: Path, *, splits: int) -> Table:
    """A set in the layout of its publication."""
    data = np.loadtxt(folder / "data.txt")
    columns = [np.loadtxt(folder / f"index_{part}.txt", dtype=int, ndmin=1) for part in ("features", "target")]
    role = np.full((splits, len(data)), Role.UNUSED, np.int8)
    for k in range(splits):
        role[k, np.loadtxt(folder / f"index_train_{k}.txt", dtype=int)] = Role.TRAIN
        role[k, np.loadtxt(folder / f"index_test_{k}.txt", dtype=int)] = Role.TEST
    return Table(folder.name, data[:, columns[0]], data[:, columns[1][0]], role)


def ours(table: Table, *, threads: int, combined: bool = False) -> dict[str, list[Answer]]:
    """The package's defaults, all splits as folds of one population; combined: with its conventional methods."""
    names = {f"x{k}": column for k, column in enumerate(table.x.T)}
    columns = DataRecipe(source=table.name, target=("y",), task="regression")
    dataset = from_frame(pl.DataFrame(names | {"y": table.y}), columns, name=table.name)
    splits = Splits(table.role, kind="random", scheme="folds", units=hash_values(np.arange(len(dataset))))
    recipe = resolved(Recipe(data=columns, learning=LearningRecipe(threads=threads)), dataset)
    trained = result_of(train_population(dataset, splits, recipe))
    answers: dict[str, list[Answer]] = {}
    for number in range(splits.folds):
        one = replace(splits, role=splits.role[[number]])
        mine = only(trained, number)
        (fold,) = calibrate_folds(dataset, one, recipe, mine)
        found = {"": answered(fold.ensemble, dataset.inputs[fold.tested])}
        if combined:
            found |= with_methods(Contenders(dataset, one, recipe, mine, (fold,), ()), threads)
        for name, answer in found.items():
            answers.setdefault(name, []).append(answer)
    return answers


def only(trained: Trained, fold: int) -> Trained:
    """The networks of one split, as a study of their own."""
    mine = np.flatnonzero(trained.ensemble.fold == fold)
    ensemble = replace(trained.ensemble.take(mine), fold=np.zeros(len(mine), np.int64))
    return replace(trained, ensemble=ensemble, role=trained.role[mine], kept=trained.kept[mine])


def answered(ensemble: Ensemble, inputs: np.ndarray) -> Answer:
    """What a predictor says."""
    found = ensemble.predict(inputs)
    low, high = found.interval(0.9)
    return Answer(found.mean[:, 0], found.std[:, 0], low[:, 0], high[:, 0])


def with_methods(found: Contenders, threads: int) -> dict[str, Answer]:
    """The conventional methods of the package on one split, and their combination with its networks."""
    dataset, splits = found.dataset, found.splits
    runs = [run for run in run_all(BASELINES, tuple(BASELINES), dataset, splits, threads=threads) if not failed(run)]
    found = replace(found, runs=tuple(runs))
    combined = combine(found, ask_unseen(dataset, splits, found.folds, found.recipe))
    assert combined is not None
    ensemble, _ = joined(found, combined, found.folds[0].ensemble)
    answers = {"combined": answered(ensemble, dataset.inputs[splits.tested])}
    for run in runs:
        parts = [getattr(run.outcome, name)[:, 0] for name in ("mean", "std", "low", "high")]
        answers[f"  {run.title}"] = Answer(*parts)
    return answers


def failed(run: BaselineRun | FailedRun) -> bool:
    """Whether a method has no scores."""
    return isinstance(run, FailedRun)


def forest(table: Table, *, threads: int) -> dict[str, list[Answer]]:
    """500 trees; sigma from out-of-bag errors."""
    answers = []
    for split in range(len(table.role)):
        train, test = table.part(split, Role.TRAIN), table.part(split, Role.TEST)
        model = RandomForestRegressor(500, oob_score=True, n_jobs=threads, random_state=split)
        model.fit(table.x[train], table.y[train])
        errors = table.y[train] - model.oob_prediction_
        answers.append(constant_spread(model.predict(table.x[test]), errors))
    return {"": answers}


def boosting(table: Table) -> dict[str, list[Answer]]:
    """Histogram gradient boosting with scikit-learn's defaults; sigma from five-fold errors."""
    answers = []
    for split in range(len(table.role)):
        train, test = table.part(split, Role.TRAIN), table.part(split, Role.TEST)
        model = HistGradientBoostingRegressor(random_state=split)
        errors = table.y[train] - cross_val_predict(model, table.x[train], table.y[train], cv=FIVE)
        answers.append(constant_spread(model.fit(table.x[train], table.y[train]).predict(table.x[test]), errors))
    return {"": answers}


def constant_spread(mean: np.ndarray, errors: np.ndarray) -> Answer:
    """The same sigma for all rows: the root mean square of honest errors."""
    sigma = np.full_like(mean, np.sqrt(np.mean(errors**2)))
    return Answer(mean, sigma, mean - NORMAL_90 * sigma, mean + NORMAL_90 * sigma)


PEER = """
import sys, numpy as np
name, source, target, threads = sys.argv[1:]
from pytabkit import RealMLP_TD_Regressor, TabM_D_Regressor
data = np.load(source)
for split, role in enumerate(data["role"]):
    maker = RealMLP_TD_Regressor if name == "RealMLP" else TabM_D_Regressor
    model = maker(device="cpu", random_state=split, n_threads=int(threads))
    model.fit(data["x"][role == 1], data["y"][role == 1])
    np.save(f"{target}/{split}.npy", np.asarray(model.predict(data["x"][role == 4])).ravel())
"""


def peer(table: Table, *, name: str, threads: int, python: Path) -> dict[str, list[Answer]]:
    """A method of pytabkit, run in its own environment, one split after the other."""
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/table.npz", x=table.x.astype(np.float32), y=table.y, role=table.role)
        command = [str(python), "-W", "ignore", "-c", PEER, name, f"{folder}/table.npz", folder, str(threads)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return {"": [Answer(np.load(f"{folder}/{split}.npy")) for split in range(len(table.role))]}


def peers_python() -> Path:
    """The interpreter of the peers' environment, made if need be."""
    folder = ROOT / "build" / "peers"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True)
        own = next(folder.glob("lib/python*/site-packages"))
        # The peers' torch is this environment's: the same build, and no second download.
        (own / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
        subprocess.run([str(python), "-m", "pip", "install", "-q", "pytabkit[models]"], check=True)
        (folder / "ready").touch()
    return python


def show(table: Table, label: str, answers: list[Answer], seconds: float) -> None:
    """One line: means over splits and their standard errors."""
    observed = [table.y[table.part(split, Role.TEST)] for split in range(len(answers))]
    pairs = list(zip(observed, answers, strict=True))
    squares = [(y - a.mean) ** 2 for y, a in pairs]
    rmse = [float(np.sqrt(square.mean())) for square in squares]
    fresh = [square[table.new(split)] for split, square in enumerate(squares)]
    new = [float(np.sqrt(square.mean())) for square in fresh if len(square)]
    nll = [likelihood(y, a) for y, a in pairs if a.sigma is not None]
    inside = [
        float(np.mean((a.low <= y) & (y <= a.high))) for y, a in pairs if a.low is not None and a.high is not None
    ]
    cells = f"{spread(rmse):>16}{spread(new):>16}{spread(nll):>16}{spread(inside):>14}"
    print(f"{table.name:<17}{label:<20}{cells}{seconds:>9.1f}   {len(answers)}", flush=True)


def likelihood(y: np.ndarray, answer: Answer) -> float:
    """-log N(y; mean, sigma^2), mean over rows, in the target's units."""
    assert answer.sigma is not None
    variance = np.square(answer.sigma)
    return float(np.mean(0.5 * np.log(2 * np.pi * variance) + (y - answer.mean) ** 2 / (2 * variance)))


def spread(values: Sequence[float]) -> str:
    """Mean +- standard error."""
    if not values:
        return "-"
    error = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{np.mean(values):.3f} +-{error:.3f}"


def conditions(threads: int) -> str:
    """What the figures depend on."""
    names = ("isinglass", "torch", "numpy", "scikit-learn")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    machine = f"{threads} threads of {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {platform.platform()}"
    return f"mean +- standard error over splits; {machine}; python {platform.python_version()}, {versions}"


if __name__ == "__main__":
    sys.exit(main())
