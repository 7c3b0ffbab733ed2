"""Tables: a row a sample, columns of numbers, categories and dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor

from isinglass.data.dataset import Dataset
from isinglass.data.opening import load_table
from isinglass.data.rows import Reader
from isinglass.data.scaling import Scaling, fit_scaling
from isinglass.data.tables.outline import outline
from isinglass.data.tables.reader import Tables
from isinglass.data.tables.schema import Schema
from isinglass.errors import RecipeError
from isinglass.evaluation.baselines import BASELINES, Baseline
from isinglass.explanation.robustness import Unit
from isinglass.kinds.kind import Changes, DataKind, Load, with_members
from isinglass.machine import COMBINED
from isinglass.recipe import DataRecipe, MachineRecipe, Recipe
from isinglass.spec import Shape, Task

MEMBERS = 16


class TableKind(DataKind):
    """See `DataKind`."""

    name = "table"
    samples = "rows"
    named = True
    schema = Schema
    insights = "columns"
    sections = ("importance", "effects")
    novelty = ("ranges", "layers")
    changes = Changes(largest=3.0, usual=0.3, sizes=(0.05, 0.1, 0.2, 0.4, 0.8))

    def holds(self, recipe: DataRecipe) -> bool:
        """Every source that no other kind claims."""
        return True

    def read(self, recipe: DataRecipe, *, learnt: Schema | None = None) -> Dataset:
        """See `DataKind.read`; how cells are written is said by the table itself."""
        return self.cut(load_table(recipe), recipe)

    def outline(self, recipe: DataRecipe) -> Iterator[str]:
        """Rows and columns."""
        return outline(recipe)

    def cut(self, dataset: Dataset, recipe: DataRecipe) -> Dataset:
        """Rows are whole."""
        if recipe.patch:
            raise RecipeError(
                "patches are of scenes with masks", where="data.patch", given=recipe.patch, instead="patch = 0"
            )
        return dataset

    def reader(self, schema: Schema, recipe: DataRecipe, *, load: Load) -> Reader:
        """Columns are found by name."""
        return Tables(schema, recipe)

    def scaling(self, dataset: Dataset, role: np.ndarray, machine: MachineRecipe) -> Scaling:
        """By quartiles of each column."""
        return fit_scaling(dataset, dataset.schema.features, role=role, task=dataset.schema.task)

    def learning(self, recipe: Recipe, shape: Shape, dataset: Dataset) -> Recipe:
        """The number of networks; all else is resolved when the run begins."""
        return with_members(recipe, MEMBERS)

    def duration(self, recipe: Recipe, shape: Shape, dataset: Dataset, *, networks: int, after: float) -> str:
        """Seconds: not foretold."""
        return ""

    def augmentation(self, recipe: Recipe, schema: Schema) -> None:
        """Rows are learnt from as they are."""

    def baselines(self, task: Task) -> Mapping[str, Baseline]:
        """From the mean to boosted trees."""
        return BASELINES

    def thumbnails(self, inputs: np.ndarray) -> None:
        """A row has no picture."""

    def unit(self, schema: Schema, raw: Tensor, center: Tensor, width: Tensor) -> Unit:
        """Standard deviations of the training rows; only numbers are changed, and no missing ones."""
        numeric = torch.tensor([feature.kind == "numeric" for feature in schema.features])
        return Unit(center, width, raw, numeric & raw.isfinite(), "standard deviations")

    def words(self, schema: Schema, machine: MachineRecipe) -> str:
        """`mlp 8-64-64-1, silu`, or `linear, 8 inputs`."""
        if machine.kind in ("mlp", COMBINED):
            shape = "-".join(map(str, (len(schema.features), *machine.hidden, schema.answers)))
            return f"mlp {shape}, {machine.activation}"
        degree = f" of degree {machine.degree}" if machine.kind == "polynomial" else ""
        return f"{machine.factory or machine.kind}{degree}, {len(schema.features)} inputs"
