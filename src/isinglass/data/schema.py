"""What the samples of a study mean, whatever they are: the part of a schema that every kind of data has."""

from __future__ import annotations

from typing import ClassVar

from isinglass.spec import Column, Feature, Spec, Task


class DataSchema:
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
    def classes(self) -> tuple[str, ...]:
        """Of the first target, or the labels of several."""
        raise NotImplementedError

    @property
    def answers(self) -> int:
        """Numbers that a prediction has: a class each, or a target each."""
        raise NotImplementedError

    @property
    def spec(self) -> Spec:
        """The axes of a sample, with their sizes."""
        raise NotImplementedError
