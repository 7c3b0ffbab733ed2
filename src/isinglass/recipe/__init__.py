"""The frozen description of a study: TOML in and out, JSON schema, hash. No torch.

A recipe has one table for each ingredient: `[data]`, `[splits]`, `[machine]`, `[augment]`, `[objective]`,
`[learning]`, `[search]`, `[evaluation]`. Everything but the data's source and target has a default, and the report
shows the recipe with every default filled in.
"""

from __future__ import annotations

from isinglass.recipe.augment import AugmentRecipe as AugmentRecipe
from isinglass.recipe.data import DataRecipe as DataRecipe
from isinglass.recipe.data import SplitRecipe as SplitRecipe
from isinglass.recipe.evaluation import EvaluationRecipe as EvaluationRecipe
from isinglass.recipe.learning import LearningRecipe as LearningRecipe
from isinglass.recipe.learning import OptimizerRecipe as OptimizerRecipe
from isinglass.recipe.learning import ScheduleRecipe as ScheduleRecipe
from isinglass.recipe.learning import SearchRecipe as SearchRecipe
from isinglass.recipe.machine import MachineRecipe as MachineRecipe
from isinglass.recipe.objective import ConstraintRecipe as ConstraintRecipe
from isinglass.recipe.objective import EquationRecipe as EquationRecipe
from isinglass.recipe.objective import ObjectiveRecipe as ObjectiveRecipe
from isinglass.recipe.objective import PenaltyRecipe as PenaltyRecipe
from isinglass.recipe.recipe import Recipe as Recipe
from isinglass.recipe.recipe import keys as keys
from isinglass.recipe.toml import toml_value as toml_value
