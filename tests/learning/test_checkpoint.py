"""Kill at any moment, resume, and the numbers are those of an unbroken run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from isinglass.errors import CheckpointError
from isinglass.files import write_atomically
from isinglass.learning.checkpoint import Checkpoint, read
from isinglass.learning.members import product
from isinglass.learning.plans import PLANS
from isinglass.learning.run import Run
from isinglass.learning.train import train
from isinglass.learning.training import Training
from isinglass.recipe import LearningRecipe, OptimizerRecipe

RECIPE = LearningRecipe(epochs=12, optimizer=OptimizerRecipe(kind="adam", rate=0.01), batch=16, patience=6)


@pytest.fixture
def start(make_problem, make_maker, tmp_path):
    """`start(checkpoint=True, seed=3)`: a training with diverging, stopping and ordinary members."""

    def begin(*, saved: bool = True, seed: int = 3, recipe: LearningRecipe = RECIPE) -> Training:
        members = product(folds=2, members=2, seed=seed, settings=[{}, {"rate": 0.1, "dropout": 0.3}])
        checkpoint = Checkpoint(tmp_path / "run.ckpt", every=0.0) if saved else None
        maker = make_maker(dropout=0.1, normalization="batch")
        return train(make_problem(members), maker, members, recipe, checkpoint=checkpoint)

    return begin


def finished(training: Training) -> Run:
    for _ in training:
        pass
    return training.run


def test_an_interrupted_run_equals_an_unbroken_one(start) -> None:
    unbroken = finished(start(saved=False))
    for stop_after in (1, 3, 7):
        for number, _ in enumerate(start(), 1):
            if number == stop_after:
                break
    resumed = finished(start())
    assert torch.equal(resumed.best.theta, unbroken.best.theta)
    assert torch.equal(resumed.best.loss, unbroken.best.loss)
    assert all(torch.equal(resumed.best.buffers[n], b) for n, b in unbroken.best.buffers.items())
    assert [t.epoch for t in resumed.ticks] == [t.epoch for t in unbroken.ticks]


def test_restarts_survive_an_interruption(make_problem, make_maker, tmp_path) -> None:
    recipe = RECIPE.model_copy(update={"optimizer": OptimizerRecipe(kind="sgd", rate=0.05)})
    members = product(folds=1, members=1, seed=3, settings=[{}, {"rate": 30.0}])

    def begin(name: str) -> Training:
        maker = make_maker(activation="relu")
        return train(make_problem(members), maker, members, recipe, checkpoint=Checkpoint(tmp_path / name, every=0.0))

    unbroken = finished(begin("a"))
    assert unbroken.round > 0
    while True:
        training = begin("b")
        if next(iter(training), None) is None:
            break
    assert torch.equal(training.run.best.theta, unbroken.best.theta)
    assert torch.equal(training.run.rate, unbroken.rate)


def test_a_finished_run_is_not_run_again(start) -> None:
    finished(start())
    assert list(start()) == []


def test_another_study_is_refused(start) -> None:
    finished(start())
    with pytest.raises(CheckpointError, match="another study"):
        start(seed=4)


def test_damage_is_found(start, tmp_path) -> None:
    finished(start())
    path = tmp_path / "run.ckpt"
    blob = bytearray(path.read_bytes())
    blob[-3] ^= 1
    path.write_bytes(blob)
    with pytest.raises(CheckpointError, match="checksum"):
        start()
    path.write_bytes(blob[: len(blob) // 2])
    with pytest.raises(CheckpointError, match="cannot be read"):
        start()


def test_a_plan_that_is_not_here_is_named(start, tmp_path, monkeypatch) -> None:
    finished(start())
    monkeypatch.delitem(PLANS, read(tmp_path / "run.ckpt")[1]["plan"])
    with pytest.raises(CheckpointError, match="which cannot go on here"):
        start()


def test_what_is_not_a_checkpoint_is_refused(tmp_path) -> None:
    (tmp_path / "x").write_bytes(b"not a checkpoint at all")
    with pytest.raises(CheckpointError, match="cannot be read"):
        read(tmp_path / "x")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_takes_nothing_leaves_the_old_file(tmp_path) -> None:
    path = tmp_path / "run.ckpt"
    path.write_bytes(b"old")
    # The temporary file's name is known: a link to the device that is always full stands in its place.
    path.with_name(f".{path.name}.{os.getpid()}").symlink_to("/dev/full")
    with pytest.raises(CheckpointError, match=r"No space left on device.*intact"):
        write_atomically(path, b"new", failure=CheckpointError)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["run.ckpt"]


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="cannot be written"):
        write_atomically(tmp_path / "file" / "run.ckpt", b"new", failure=CheckpointError)


SCRIPT = """
import sys, numpy as np, torch
from pathlib import Path
from isinglass.learning.checkpoint import Checkpoint
from isinglass.learning.members import product
from isinglass.learning.problem import Problem
from isinglass.learning.rows import Rows
from isinglass.learning.train import train
from isinglass.learning.view import View
from isinglass.machine import build
from isinglass.objective.losses import LOSSES
from isinglass.objective.objective import Objective
from isinglass.recipe import LearningRecipe, MachineRecipe, OptimizerRecipe
from isinglass.spec import Shape

torch.set_num_threads(1)
rng, n, k = np.random.default_rng(0), 300, 4
x = rng.normal(size=(n, 3)).astype(np.float32)
members = product(folds=2, members=2, seed=1)
rows = Rows(
    torch.from_numpy(x), torch.from_numpy(np.sin(x.sum(1, keepdims=True)).astype(float)),
    torch.ones(n, dtype=torch.float64), torch.from_numpy(rng.choice([1, 1, 2], (k, n)).astype(np.int8)),
    nominal=200,
)
view = View(
    torch.zeros(k, 3), torch.ones(k, 3), torch.zeros(3, dtype=torch.bool), torch.zeros(k, 1), torch.ones(k, 1)
)
problem = Problem(rows, view, Objective(LOSSES["squared"]))
machine = MachineRecipe(hidden=(16, 16), activation="silu", dropout=0.1)
# The plan is said: a process killed before it saved anything would choose again, on a machine that is busier by now.
recipe = LearningRecipe(epochs=150, batch=16, optimizer=OptimizerRecipe(kind="adamw", rate=0.003), plan="stacked")
training = train(problem, lambda s: build(machine, Shape(3, 1), seed=s), members, recipe,
                 checkpoint=Checkpoint(Path(sys.argv[1]), every=0.0))
print("ready", flush=True)
for tick in training:
    pass
"""


@pytest.mark.slow
def test_kill_minus_nine_at_ten_random_moments(tmp_path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}

    def run(name: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / name)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)

    with run("unbroken") as process:
        process.communicate()
        assert process.returncode == 0
    rng, kills = random.Random(0), 0
    for _ in range(10):
        with run("broken") as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(rng.uniform(0.0, 0.15))
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
            process.communicate()
    with run("broken") as process:
        process.communicate()
        assert process.returncode == 0
    (broken, _), (unbroken, _) = read(tmp_path / "broken"), read(tmp_path / "unbroken")
    assert kills > 0
    for name, tensor in unbroken.items():
        assert torch.equal(broken[name].nan_to_num(), tensor.nan_to_num()), name
