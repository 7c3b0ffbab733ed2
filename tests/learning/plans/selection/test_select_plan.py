"""The choice of a plan: forced, measured, remembered."""

from __future__ import annotations

import pytest
import torch

from isinglass.learning.members import product
from isinglass.learning.plans import PLANS, threads
from isinglass.learning.plans.selection import select_plan as choosing
from isinglass.learning.plans.selection.select_plan import choose
from isinglass.learning.train import train
from isinglass.recipe import LearningRecipe


@pytest.fixture
def training(make_problem, make_maker):
    members = product(folds=2, members=3, seed=3)
    return train(make_problem(members), make_maker(), members, LearningRecipe(epochs=5, batch=8))


def test_a_short_run_is_not_measured(training) -> None:
    assert training.report.timings == {}


def test_a_long_one_is_and_the_state_stays(training, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("ISINGLASS_CACHE", str(tmp_path))
    monkeypatch.setattr(choosing, "load", lambda: 0.0)
    before = training.initial.clone()
    recipe = training.recipe.model_copy(update={"threads": 2})
    report = choose(training.work, training.initial, training.batches, recipe, steps=10**6)
    assert torch.equal(training.initial.theta, before.theta)
    assert bool((training.initial.steps == 0).all())
    assert min(report.timings.values()) > 0
    best = min(report.timings, key=lambda label: report.timings[label])
    assert best.startswith(report.name)
    again = choose(training.work, training.initial, training.batches, recipe, steps=10**6)
    assert again.timings == report.timings, "the machine decides once"
    assert len(list((tmp_path / "plans").iterdir())) == 1


def test_a_choice_made_on_a_busy_machine_is_made_again_on_a_quiet_one(training, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("ISINGLASS_CACHE", str(tmp_path))
    monkeypatch.setattr(choosing, "available", lambda: 2)
    recipe = training.recipe.model_copy(update={"threads": 2})
    found = []
    for waiting in (8.0, 8.0, 0.5, 0.5, 8.0):
        monkeypatch.setattr(choosing, "load", lambda waiting=waiting: waiting)
        found.append(choose(training.work, training.initial, training.batches, recipe, steps=10**6).timings)
    busy, still_busy, quiet, still_quiet, busy_again = found
    assert still_busy == busy
    assert quiet != busy
    assert still_quiet == busy_again == quiet


@pytest.mark.parametrize("plan", PLANS)
def test_the_recipe_may_force_it(training, plan: str) -> None:
    if PLANS[plan].supports(training.work):
        pytest.skip("not for this machine")
    recipe = training.recipe.model_copy(update={"plan": plan, "threads": 1})
    report = choose(training.work, training.initial, training.batches, recipe, steps=10)
    assert report.name == plan
    assert report.tuning.threads == 1
    assert report.to_json()["plan"] == plan


def test_no_more_threads_than_processors_are_used_and_it_is_said(monkeypatch) -> None:
    monkeypatch.setattr(threads, "available", lambda: 2)
    assert [threads.processors(LearningRecipe(threads=n)) for n in (0, 1, 2, 64)] == [2, 1, 2, 2]
    assert threads.surplus(LearningRecipe(threads=2)) is None
    assert "learning.threads = 64, but there are 2 processors" in str(threads.surplus(LearningRecipe(threads=64)))
