"""Every kind that the recipe allows is there, and every kind that is there is allowed: a recipe loads none of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import get_args

import pytest

from isinglass.data.splits import SPLITTERS
from isinglass.learning.optimizers import OPTIMIZERS
from isinglass.learning.optimizers.schedules import SCHEDULES
from isinglass.learning.plans import PLANS
from isinglass.learning.solvers import SOLVERS
from isinglass.objective.constraints import CONSTRAINTS
from isinglass.objective.penalties import PENALTIES
from isinglass.recipe import (
    ConstraintRecipe,
    LearningRecipe,
    OptimizerRecipe,
    PenaltyRecipe,
    ScheduleRecipe,
    SplitRecipe,
)
from isinglass.recipe.section import Section

CASES: dict[str, tuple[type[Section], str, Collection[str]]] = {
    "splits.kind": (SplitRecipe, "kind", SPLITTERS),
    "objective.penalties.kind": (PenaltyRecipe, "kind", PENALTIES),
    "objective.constraints.kind": (ConstraintRecipe, "kind", CONSTRAINTS),
    "learning.optimizer.kind": (OptimizerRecipe, "kind", OPTIMIZERS | SOLVERS),
    "learning.schedule.kind": (ScheduleRecipe, "kind", SCHEDULES),
    "learning.plan": (LearningRecipe, "plan", PLANS),
}


@pytest.mark.parametrize("key", CASES)
def test_the_recipe_allows_what_is_there(key: str) -> None:
    section, name, known = CASES[key]
    assert set(get_args(section.model_fields[name].annotation)) - {"auto"} == set(known), (
        f"the name of a new kind belongs into the Literal of {key}, in isinglass/recipe"
    )
