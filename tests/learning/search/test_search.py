"""Search: the space, the cohorts, the rounds, the winner."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from isinglass.errors import RecipeError, TrainingError
from isinglass.learning.checkpoint import Checkpoint
from isinglass.learning.members import Member
from isinglass.learning.population import Maker
from isinglass.learning.problem import Problem
from isinglass.learning.search.search import Search
from isinglass.learning.search.search_space import cohorts, hyper, settings
from isinglass.learning.train import train
from isinglass.learning.training import Training
from isinglass.recipe import LearningRecipe, Recipe, SearchRecipe

RATE, DECAY, HIDDEN = "learning.optimizer.rate", "learning.optimizer.weight_decay", "machine.hidden"


def recipe(**search: object) -> Recipe:
    return Recipe.from_dict({
        "data": {"source": "x"},
        "learning": {"epochs": 9, "batch": 16, "optimizer": {"kind": "adam"}, "schedule": {"kind": "constant"}},
        "search": {"folds": 2, **search},
    })  # fmt: skip


def test_a_grid_is_the_product() -> None:
    found = settings(SearchRecipe(kind="grid", space={RATE: [0.1, 0.2], HIDDEN: [[4], [8]]}), seed=0)
    assert found == tuple({RATE: r, HIDDEN: h} for r in (0.1, 0.2) for h in ([4], [8]))


def test_random_settings_lie_in_their_ranges_and_come_from_the_seed() -> None:
    space = {
        RATE: {"low": 1e-4, "high": 1e-1, "log": True},
        "learning.batch": {"low": 8, "high": 64},
        HIDDEN: [[4], [8]],
    }
    search = SearchRecipe(kind="random", space=space, trials=200)
    found = settings(search, seed=1)
    assert found == settings(search, seed=1) != settings(search, seed=2)
    assert all(1e-4 <= s[RATE] <= 1e-1 and s["learning.batch"] in range(8, 65) for s in found)
    below = sum(s[RATE] < 10**-2.5 for s in found)
    assert 70 < below < 130, "half of the draws lie below the geometric middle"


def test_of_lists_no_setting_is_drawn_twice() -> None:
    space = {RATE: [0.001, 0.01, 0.01], HIDDEN: [[4], [8]]}
    for kind in ("random", "halving"):
        for trials, count in ((3, 3), (16, 4)):
            found = settings(SearchRecipe(kind=kind, space=space, trials=trials), seed=0)
            assert len({repr(setting) for setting in found}) == len(found) == count


def test_distinct_settings_are_those_that_the_seed_draws() -> None:
    space = {RATE: [k / 1000 for k in range(1, 1001)], HIDDEN: [[k] for k in range(1, 101)]}
    rng = np.random.default_rng(3)
    drawn = tuple({key: values[int(rng.integers(len(values)))] for key, values in space.items()} for _ in range(16))
    assert settings(SearchRecipe(space=space, trials=16), seed=3) == drawn


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ({"space": {}}, "nothing to search"),
        ({"kind": "grid", "space": {RATE: {"low": 1, "high": 2}}}, "a grid has lists only"),
        ({"space": {RATE: {"low": 1}}}, "not a range"),
        ({"space": {RATE: {"low": 2, "high": 1}}}, "low must be below high"),
        ({"space": {RATE: {"low": 0, "high": 1, "log": True}}}, "above 0 with log"),
        ({"space": {RATE: 3}}, "neither a list"),
    ],
)
def test_a_bad_space_is_refused(search: dict, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        settings(SearchRecipe(**search), seed=0)


def test_settings_that_change_no_shapes_share_a_stack() -> None:
    space = {RATE: [0.1, 0.2], HIDDEN: [[4], [8]], "machine.dropout": [0.0, 0.3]}
    study = recipe(kind="grid", space=space)
    found = settings(study.search, seed=0)
    groups = cohorts(found, study)
    assert [len(numbers) for _, numbers in groups] == [4, 4]
    assert all(group.machine.dropout == 0.5 for group, _ in groups), "the layers are there, p is the member's"
    assert hyper(found[1]) == {"rate": 0.1, "dropout": 0.3}
    assert hyper({"objective.penalties.1.strength": 2}) == {"penalty.1": 2.0}


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(RecipeError, match="unknown recipe key"):
        cohorts([{"machine.hiden": [3]}], recipe(space={RATE: [1]}))


@dataclass(frozen=True)
class Cohort:
    """A cohort that can learn."""

    recipe: Recipe
    problem: Problem
    maker: Maker
    members: tuple[Member, ...]

    def train(self, learning: LearningRecipe, *, checkpoint: Checkpoint | None) -> Training:
        return train(self.problem, self.maker, self.members, learning, self.recipe.objective, checkpoint=checkpoint)


@pytest.fixture
def assemble(make_problem, make_maker):
    """Problem and machines of a cohort, as the workbench would make them."""

    def make(study: Recipe, members):
        dropout = study.machine.dropout if study.machine.dropout != "auto" else 0.0
        maker = make_maker(hidden=study.machine.hidden, dropout=dropout)
        return Cohort(study, make_problem(tuple(members)), maker, tuple(members))

    return make


def test_grid_finds_the_better_rate_and_scores_unseen_rows(assemble) -> None:
    study = recipe(kind="grid", members=2, space={RATE: [1e-6, 0.02], HIDDEN: [[4], [8]]})
    search = Search(study, assemble, seed=0)
    ticks = list(search)
    assert {(t.cohort, t.cohorts) for t in ticks} == {(0, 2), (1, 2)}
    assert len(search.trials) == 4
    assert search.winner.values[RATE] == 0.02
    assert len(search.winner.folds) == 2
    assert search.winner.score == pytest.approx(sum(search.winner.folds) / 2)
    assert [t.score for t in search.trials] == sorted(t.score for t in search.trials)


def test_halving_trains_the_best_longest(assemble) -> None:
    space = {RATE: {"low": 1e-5, "high": 0.03, "log": True}}
    search = Search(recipe(kind="halving", trials=9, eta=3, space=space), assemble, seed=0)
    ticks = list(search)
    assert {t.round for t in ticks} == {0, 1}
    assert sorted({t.epochs for t in search.trials}) == [3, 9]
    assert sum(t.epochs == 9 for t in search.trials) == 3
    assert search.winner.epochs == 9


def test_a_setting_alone_has_the_score_it_has_in_company(assemble) -> None:
    both = Search(recipe(kind="grid", space={RATE: [0.02, 0.001]}), assemble, seed=0)
    alone = Search(recipe(kind="grid", space={RATE: [0.02]}), assemble, seed=0)
    assert len(list(both)) == len(list(alone))
    found = {t.values[RATE]: t.score for t in both.trials}
    assert found[0.02] == pytest.approx(alone.winner.score, rel=1e-5)


def test_a_setting_that_cannot_be_trained_scores_infinite(assemble) -> None:
    study = recipe(kind="grid", space={RATE: [1e30, 0.01]}).replace({"learning.optimizer.kind": "sgd"})
    search = Search(study, assemble, seed=0)
    list(search)
    assert search.winner.values[RATE] == 0.01
    assert math.isinf(search.trials[-1].score)
    with pytest.raises(TrainingError, match="no setting"):
        list(Search(study.replace({"search.space": {RATE: [1e30]}}), assemble, seed=0))


@pytest.mark.parametrize(
    "space", [{"objective.loss": ["squared", "huber"]}, {"objective.delta": [0.5, 1.0]}, {"splits.test": [0.1, 0.2]}]
)
def test_different_losses_cannot_be_compared(assemble, space: dict) -> None:
    with pytest.raises(RecipeError, match="cannot be compared"):
        Search(recipe(space=space), assemble, seed=0)
