"""Conventional methods in a process of their own say what they say here, and end with the study."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest

from isinglass.data.splits import split
from isinglass.evaluation.baselines import BASELINES, BaselineRun, run_all
from isinglass.evaluation.baselines import aside as module
from isinglass.evaluation.baselines.aside import Aside
from isinglass.recipe import SplitRecipe
from isinglass.spec import ROW, Feature, Task

NAMES = ("mean", "linear", "knn_l1", "gradient_boosting")
OPTIONS = {"coverage": 0.9, "seed": 3, "threads": 1}


def rows(count=90):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(count, 3)).astype(np.float32)
    features = tuple(Feature(f"x{i}", f"x{i}", "numeric", 0) for i in range(3))
    schema = SimpleNamespace(task=Task.REGRESSION, targets=(), features=features, spec=ROW)
    data = SimpleNamespace(inputs=x, targets=(x[:, :1] ** 2).astype(float), weights=np.ones(count), schema=schema)
    data.ids, data.coords = np.arange(count, dtype=np.uint64), {}
    return data, split(data, SplitRecipe(kind="random"), seed=0)


@pytest.fixture
def begun():
    made = []

    def begin(names=NAMES, **more):
        made.append(Aside(names, *rows(), **OPTIONS, **more))
        made[-1].begin()
        return made[-1]

    yield begin
    for one in made:
        one.close()


@pytest.mark.slow
def test_the_numbers_are_those_of_the_methods_fitted_here(begun):
    aside = begun()
    for here in run_all(BASELINES, NAMES, *rows(), **OPTIONS):
        there = aside.take()
        assert isinstance(there, BaselineRun)
        assert isinstance(here, BaselineRun)
        assert (there.name, there.title, there.settings, there.notes) == (here.name, here.title, here.settings, ())
        for name in ("mean", "std", "low", "high"):
            assert (getattr(there.outcome, name) == getattr(here.outcome, name)).all()
        assert (there.held[0].rows == here.held[0].rows).all()
        assert (there.held[0].predicted == here.held[0].predicted).all()
        assert (there.fitted[0](rows()[0].inputs) == here.fitted[0](rows()[0].inputs)).all()
    assert aside.arrived == frozenset(NAMES)
    assert aside.take() is None


def test_fitted_methods_stay_there_where_nobody_wants_them(begun):
    run = begun(("linear",), kept=False).take()
    assert run.fitted == ()
    assert len(run.held) == 1


def test_what_ends_early_leaves_the_rest_to_who_asks(begun):
    aside = begun()
    assert aside.take().name == "mean"
    aside.close()
    left = [aside.take() for _ in range(4)]
    assert left[-1] is None
    assert aside._process.returncode is not None


def test_one_that_was_never_begun_or_cannot_begin_answers_nothing(monkeypatch):
    aside = Aside(NAMES, *rows(), **OPTIONS)
    assert aside.take() is None
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    aside.begin()
    assert aside.take() is None
    aside.close()


def test_a_python_that_fails_at_once_answers_nothing(monkeypatch):
    monkeypatch.setattr(module, "START", "raise SystemExit(3)")
    aside = Aside(NAMES, *rows(), **OPTIONS)
    aside.begin()
    assert aside.take() is None
    aside.close()


SLEEPING = (
    "import sys, time; sys.path[:] = {path!r}; from isinglass.evaluation.baselines import aside; "
    "aside.answer = lambda *given: time.sleep(60); aside.main()"
)


def test_the_other_process_ends_with_the_study(monkeypatch):
    monkeypatch.setattr(module, "START", SLEEPING)
    aside = Aside(NAMES, *rows(), **OPTIONS)
    aside.begin()
    time.sleep(0.2)  # it is told by another thread
    aside._process.stdin.close()  # as the system does, however the study ends
    assert aside._process.wait(timeout=30) == 1
    aside.close()
