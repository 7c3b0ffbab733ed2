"""What the rest of the program asks of a kind of data, and what one kind of data must say.

Rooms below know axes (`Spec`), columns and arrays; which kind they come from is asked here alone. A new kind is one
class with these members in a file beside this one and one entry of `kinds.KINDS`: see `docs/extending.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from isinglass.data.dataset import Dataset
from isinglass.data.rows import Reader
from isinglass.data.scaling import Scaling
from isinglass.evaluation.baselines import Baseline, MaskBaseline
from isinglass.explanation.robustness import Unit
from isinglass.learning.rows import Augmentation
from isinglass.recipe import DataRecipe, MachineRecipe, Recipe
from isinglass.spec import Shape, Task

Load = Callable[..., Dataset]
"""`kinds.opening.load`, which stands above all kinds."""


@dataclass(frozen=True)
class Changes:
    """How far samples are changed to see whether an answer holds, in the unit of `DataKind.unit`.

    Args:
        largest: the largest change that the search for the smallest one tries.
        usual: the size of a single attack.
        sizes: of the curves of accuracy.
        low, high: what a changed value may be.
        whole: whether files hold whole steps, to which a change is rounded.
        corruptions: whether blur, noise and the like are tried too.
    """

    largest: float
    usual: float
    sizes: tuple[float, ...]
    low: float = -np.inf
    high: float = np.inf
    whole: bool = False
    corruptions: bool = False


class DataKind(Protocol):
    """A kind of data.

    Attributes:
        name: its key in `KINDS`; it stands in model files.
        samples: what several samples are called.
        named: whether a recipe must name the targets.
        schema: a frozen dataclass that satisfies `DataSchema`; its class attribute `kind` is `name`.
        insights: what the network looks at in a study's report: a key of `workbench.study.INSIGHTS`.
        sections: keys of the report's sections that only such studies have.
        novelty: what tells that a row is new: "ranges" and neighbours of the inputs, the last hidden "layers".
        changes: how far samples are changed to see whether an answer holds.
    """

    name: str
    samples: str
    named: bool
    schema: type[Any]
    insights: str
    sections: tuple[str, ...]
    novelty: tuple[str, ...]
    changes: Changes

    def holds(self, recipe: DataRecipe) -> bool:
        """Whether the source of a recipe is of this kind; the headers and names of files are looked at, no more."""
        ...

    def read(self, recipe: DataRecipe, *, learnt: Any = None) -> Dataset:
        """Read the source.

        Args:
            recipe: the defaults of its data set are filled in.
            learnt: the schema of a model that is to be scored on it, where targets must be read as it learnt them.

        Raises:
            DataError: it cannot be read, or holds nothing to learn; the message names the file and the place.
        """
        ...

    def outline(self, recipe: DataRecipe) -> Iterator[str]:
        """What the source holds: `rows.csv: 300 rows`, and then a line for each thing worth knowing before a recipe is
        written. Raises DataError."""
        ...

    def cut(self, dataset: Dataset, recipe: DataRecipe) -> Dataset:
        """A data set that was made or given in memory, as the recipe's `patch` wants it. Raises RecipeError where it
        cannot be cut."""
        ...

    def reader(self, schema: Any, recipe: DataRecipe, *, load: Load) -> Reader:
        """How a model of this schema reads new rows; `load` opens a source with targets, of whatever kind."""
        ...

    def scaling(self, dataset: Dataset, role: np.ndarray, machine: MachineRecipe) -> Scaling:
        """Each member's scaling of the variables, fitted on its own training rows; `role` is int8 [member, sample]."""
        ...

    def learning(self, recipe: Recipe, shape: Shape, dataset: Dataset) -> Recipe:
        """The recipe with what 'auto' of `[learning]` means for such data; `machine` is resolved. What stays 'auto' is
        resolved by `learning.defaults`."""
        ...

    def duration(self, recipe: Recipe, shape: Shape, dataset: Dataset, *, networks: int, after: float) -> str:
        """How long a study takes in a few words, `after` seconds behind the training among them; empty: not known."""
        ...

    def augmentation(self, recipe: Recipe, schema: Any) -> Augmentation | None:
        """Random changes of training batches, or None."""
        ...

    def baselines(self, task: Task) -> Mapping[str, Baseline | MaskBaseline]:
        """Conventional methods on the same rows, the simplest first."""
        ...

    def thumbnails(self, inputs: np.ndarray) -> np.ndarray | None:
        """Samples [sample, ...] as pictures uint8 [sample, height, width, 3], or None where there is nothing to see."""
        ...

    def unit(self, schema: Any, raw: Tensor, center: Tensor, width: Tensor) -> Unit:
        """The unit in which changes of samples `raw` [sample, ...] are measured.

        Args:
            schema: of the model.
            raw: as encoded, float64.
            center: [variable], the mean of the members' scaling.
            width: [variable], the same, 1 / scale: about a standard deviation.
        """
        ...

    def words(self, schema: Any, machine: MachineRecipe) -> str:
        """What was fitted, without the number of networks: `mlp 8-64-64-1, silu`."""
        ...


def with_members(recipe: Recipe, usual: int) -> Recipe:
    """The recipe with so many networks where it leaves their number open."""
    learning = recipe.learning
    if learning.members != "auto":
        return recipe
    return recipe.model_copy(update={"learning": learning.model_copy(update={"members": usual})})
