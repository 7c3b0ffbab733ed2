"""What the samples of a study mean, whatever they are: the part of a schema that every kind of data has."""

from __future__ import annotations

from typing import Protocol

from isinglass.spec import Column, Feature, Spec, Task


class DataSchema(Protocol):
    """Of a table `data.tables.schema.Schema`, of images `data.images.schema.ImageSchema`: a frozen dataclass of
    numbers, texts and tuples, so that a model file can hold it.

    Attributes:
        kind: a key of `kinds.KINDS`.
        native: whether samples of other sizes than those of the training mean as much, value for value.
    """

    @property
    def kind(self) -> str: ...

    @property
    def native(self) -> bool: ...

    @property
    def task(self) -> Task:
        """What is predicted."""
        ...

    @property
    def targets(self) -> tuple[Column, ...]:
        """One column a target; of a class its `categories`."""
        ...

    @property
    def columns(self) -> tuple[Column, ...]:
        """The inputs as columns of a table; empty where they are none."""
        ...

    @property
    def features(self) -> tuple[Feature, ...]:
        """The numbers that are made of the columns; empty where there are none."""
        ...

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Of the features that are codes, the last ones."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Of the first target, or the labels of several."""
        ...

    @property
    def answers(self) -> int:
        """Numbers that a prediction has: a class each, or a target each."""
        ...

    @property
    def spec(self) -> Spec:
        """The axes of a sample, with their sizes."""
        ...
