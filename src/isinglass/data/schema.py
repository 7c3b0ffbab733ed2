"""What the samples of a study mean, whatever they are: the part of a schema that every kind of data has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from isinglass.spec import Column, Feature, Kind, Spec, Target, Task

KINDS_OF: dict[Task, Callable[[Column], Kind]] = {
    Task.REGRESSION: lambda column: Kind.COUNT if column.kind is Kind.COUNT else Kind.CONTINUOUS,
    Task.CLASSIFICATION: lambda column: Kind.CATEGORICAL,
    Task.MULTILABEL: lambda column: Kind.BOOLEAN,
    Task.SEGMENTATION: lambda column: Kind.CATEGORICAL,
}
"""What a column of a file is as a target: numbers may be classes, and a recipe says so."""


class DataSchema(ABC):
    """Base of the schemas: of a table `data.tables.schema.Schema`, of images `data.images.schema.ImageSchema`. They are
    frozen dataclasses of numbers, texts and tuples, so that a model file can hold them.

    Attributes:
        kind: a key of `kinds.KINDS`.
        task: what is predicted.
        targets: a column for each target; of a class its `categories`.
        native: whether samples of other sizes than those of the training mean as much, value for value.
        columns: the inputs as columns of a table; empty where they are none.
        features: the numbers that are made of the columns; empty where there are none.
        cardinalities: of the features that are codes, the last ones.
    """

    kind: ClassVar[str]
    task: Task
    targets: tuple[Column, ...]
    native: bool
    columns: tuple[Column, ...]
    features: tuple[Feature, ...]
    cardinalities: tuple[int, ...]

    @property
    @abstractmethod
    def classes(self) -> tuple[str, ...]:
        """Of the first target, or the labels of several."""

    @property
    @abstractmethod
    def answers(self) -> int:
        """Numbers that a prediction has: a class each, or a target each."""

    @property
    def predicted(self) -> tuple[Target, ...]:
        """The targets as what they are to the machine: `task_of` them is `task`."""
        return tuple(
            Target(column.name, KINDS_OF[self.task](column), self.over, column.unit, column.categories)
            for column in self.targets
        )

    @property
    def over(self) -> tuple[str, ...]:
        """Axes of a sample along which there is an answer at every place."""
        return ()

    @property
    @abstractmethod
    def spec(self) -> Spec:
        """The axes of a sample, with their sizes."""
