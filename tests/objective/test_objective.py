"""Recipes that become objectives, and those that are refused."""

from __future__ import annotations

import pytest
import torch

from isinglass.errors import ConstraintError, IsinglassError, RecipeError
from isinglass.objective import build
from isinglass.objective.losses import LOSSES
from isinglass.recipe import ConstraintRecipe, ObjectiveRecipe, PenaltyRecipe
from isinglass.spec import Task

POSITIVE = ConstraintRecipe(kind="positive")
SUM = ConstraintRecipe(kind="sum_to_total", total="inflow")


@pytest.mark.parametrize(
    ("task", "machine", "loss"),
    [
        (Task.REGRESSION, "mlp", "gaussian"),
        (Task.CLASSIFICATION, "linear", "cross_entropy"),
        (Task.MULTILABEL, "mlp", "multilabel"),
        (Task.CLASSIFICATION, "perceptron", "perceptron"),
    ],
)
def test_auto(task: Task, machine: str, loss: str) -> None:
    objective = build(ObjectiveRecipe(), task, ["a"], machine=machine)
    assert objective.loss is LOSSES[loss]
    assert objective.head({}) is None


def test_penalties_and_laws_are_carried() -> None:
    penalty = PenaltyRecipe(kind="l1", strength=0.1)
    objective = build(ObjectiveRecipe(penalties=(penalty,), constraints=(SUM,)), Task.REGRESSION, ["a", "b"])
    assert objective.penalties == (penalty,)
    head = objective.head({"sst": 0, "inflow": 1})
    assert head is not None
    raw = torch.randn(5, 4)
    out = head(raw, torch.tensor([[0.0, 7.0]]).expand(5, 2), torch.zeros(1, 2), torch.ones(1, 2))
    torch.testing.assert_close(out[:, :2].sum(1), torch.full((5,), 7.0))


@pytest.mark.parametrize(
    ("recipe", "task", "machine", "error", "message"),
    [
        (ObjectiveRecipe(loss="cross_entropy"), Task.CLASSIFICATION, "perceptron", RecipeError, "go together"),
        (ObjectiveRecipe(loss="perceptron"), Task.CLASSIFICATION, "mlp", RecipeError, "go together"),
        (ObjectiveRecipe(), Task.REGRESSION, "perceptron", RecipeError, "for classes only"),
        (
            ObjectiveRecipe(loss="quantile", constraints=(POSITIVE,)),
            Task.REGRESSION,
            "mlp",
            ConstraintError,
            "prediction of the mean.*squared",
        ),
        (ObjectiveRecipe(constraints=(POSITIVE,)), Task.CLASSIFICATION, "mlp", ConstraintError, "cross_entropy"),
    ],
)
def test_refused(recipe: ObjectiveRecipe, task: Task, machine: str, error: type[IsinglassError], message: str) -> None:
    with pytest.raises(error, match=message):
        build(recipe, task, ["a"], machine=machine)
