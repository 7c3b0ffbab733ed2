"""The vocabulary that every room shares. No torch here: importing it is cheap.

Axis names, in code, docs, plots and errors alike:
`sample member fold batch feature channel height width time lat lon out`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import EllipsisType
from typing import Literal


class Kind(StrEnum):
    """What the values of a column mean."""

    CONTINUOUS = "continuous"
    COUNT = "count"
    CATEGORICAL = "categorical"
    BOOLEAN = "boolean"
    DATETIME = "datetime"


class Task(StrEnum):
    """What is asked of the machine: what its targets are, in one word (see `task_of`). What follows from it stands in
    `ANSWERS`."""

    REGRESSION = "regression"
    CLASSIFICATION = "classification"
    MULTILABEL = "multilabel"
    SEGMENTATION = "segmentation"

    @property
    def numbers(self) -> bool:
        """Whether answers are numbers with a spread, in the targets' units; else probabilities."""
        return ANSWERS[self].numbers

    @property
    def exclusive(self) -> bool:
        """Whether one of several classes is right, so that probabilities sum to one."""
        return ANSWERS[self].exclusive

    @property
    def mapped(self) -> bool:
        """Whether there is an answer at every place of a sample; of these only counts are kept."""
        return ANSWERS[self].mapped


@dataclass(frozen=True)
class Answer:
    """What an answer to a task is; see the properties of `Task`."""

    numbers: bool
    exclusive: bool
    mapped: bool


ANSWERS = {
    Task.REGRESSION: Answer(numbers=True, exclusive=False, mapped=False),
    Task.CLASSIFICATION: Answer(numbers=False, exclusive=True, mapped=False),
    Task.MULTILABEL: Answer(numbers=False, exclusive=False, mapped=False),
    Task.SEGMENTATION: Answer(numbers=False, exclusive=True, mapped=True),
}


class Role(IntEnum):
    """What a sample is to a fold or to a member.

    A fold knows UNUSED, TRAIN and TEST. A member divides its fold's TRAIN rows further: TRAIN (fits the weights),
    STOP (in the bag, decides when to stop) and OUT (out of the bag: never used in training or stopping).
    """

    UNUSED = 0
    TRAIN = 1
    STOP = 2
    OUT = 3
    TEST = 4


@dataclass(frozen=True)
class Column:
    """One column of a table: its name as written in the header without the unit, its kind and its unit."""

    name: str
    kind: Kind
    unit: str = ""
    categories: tuple[str, ...] = ()
    header: str = ""
    """The header as it stands in the file (`sst [degC]`); the name where empty."""
    form: str = ""
    """How its cells are written, as far as that was decided from the whole column: the order of day and month in dates,
    the decimal mark of numbers."""
    origin: float = 0.0
    """What is subtracted from its numbers before they are kept in single precision (see `data.tables.origins`)."""
    missing: tuple[str, ...] | None = None
    """Texts and numbers that mean 'no value', in lower case; None: the usual texts."""
    censored: bool = False
    """Whether its cells may be limits (`<1`), of which the value lies below or above."""


CLASSES = {False: Task.CLASSIFICATION, True: Task.SEGMENTATION}
"""The word for classes: of one answer a sample, and of one at every place."""


@dataclass(frozen=True)
class Target:
    """One thing that is predicted: what, and over which axes of a sample.

    Segmentation is categorical over (height, width), the class of a series categorical over nothing, a forecast of a
    field continuous over (lat, lon).

    Args:
        name: what it is called.
        kind: of its values: a number, one of `categories`, or a label that is there or not (boolean).
        dims: axes along which there is an answer at every place; none: one answer a sample.
        unit: of numbers.
        categories: of classes.
    """

    name: str
    kind: Kind
    dims: tuple[str, ...] = ()
    unit: str = ""
    categories: tuple[str, ...] = ()

    @property
    def task(self) -> Task:
        """The word for it."""
        if self.kind is Kind.CATEGORICAL:
            return CLASSES[bool(self.dims)]
        return Task.MULTILABEL if self.kind is Kind.BOOLEAN else Task.REGRESSION


def task_of(targets: Sequence[Target]) -> Task:
    """The word for all of them.

    Raises:
        ValueError: there are none, they are of several tasks, or over several axes.
    """
    if not targets:
        raise ValueError("nothing is predicted")
    if len({(target.task, target.dims) for target in targets}) > 1:
        named = [f"{each.name}: {each.task}" + f" over ({', '.join(each.dims)})" * bool(each.dims) for each in targets]
        raise ValueError(f"one machine has targets of one task: {', '.join(named)}")
    return targets[0].task


@dataclass(frozen=True)
class Feature:
    """One number that the machine sees, made from one column.

    `numeric` and `cyclic` features are scaled per member (`cyclic` ones are sine or cosine of a date-time part);
    `onehot` and `indicator` features are 0 or 1; a `code` feature is an integer, 0 = unknown, that indexes an
    embedding of `cardinality` rows. Code features always come last. A numeric feature is counted from `origin`: the
    column's value is what the machine is given plus that.
    """

    name: str
    column: str
    kind: Literal["numeric", "cyclic", "onehot", "indicator", "code"]
    cardinality: int = 0
    origin: float = 0.0

    @property
    def shown(self) -> str:
        """What the number that the machine is given is called: `epoch_ms - 1700000235520`."""
        return self.name if self.origin == 0 else f"{self.name} {'-' if self.origin > 0 else '+'} {_plain(self.origin)}"


def _plain(value: float) -> str:
    size = abs(value)
    return str(int(size)) if size.is_integer() else repr(size)


FEATURES: tuple[str, ...] = ("feature",)
PIXELS: tuple[str, ...] = ("channel", "height", "width")
MAP: tuple[str, ...] = ("height", "width")
VARIABLES = ("feature", "channel")
"""Axes along which values are of different quantities: each has a scaling of its own."""


@dataclass(frozen=True)
class Spec:
    """What the axes of an array mean: of one sample of a data set, or of an explanation.

    Args:
        dims: the name of each axis, in order; the axis of the samples is not among them.
        sizes: how long each axis is; empty where that is not fixed.
        names: of what stands along the axis of variables, or of what an explanation is about.
        units: theirs.
        kind: what the values mean.
    """

    dims: tuple[str, ...]
    sizes: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    kind: Kind = Kind.CONTINUOUS

    @property
    def flat(self) -> bool:
        """Whether a sample is one number beside the other, without any other axis."""
        return self.dims == FEATURES

    @property
    def values(self) -> int:
        """Numbers of a sample."""
        return math.prod(self.sizes)

    def ends_with(self, *dims: str) -> bool:
        """Whether the last axes are these: what convolutions over height and width ask."""
        return self.dims[len(self.dims) - len(dims) :] == dims

    def shared(self, axes: int) -> bool:
        """Whether an array of so many axes holds the same samples for all members, `[sample, *dims]`, and not each
        member's own, `[member, sample, *dims]`.

        Raises:
            ValueError: it is neither.
        """
        members = axes - 1 - len(self.dims)
        if members not in (0, 1):
            raise ValueError(f"an array of {axes} axes is neither [sample, {', '.join(self.dims)}] nor that by member")
        return members == 0

    @property
    def along(self) -> tuple[slice | EllipsisType | None, ...]:
        """The index that lays values `[..., variable]` along the axes of a sample, as `[..., 1, variable, 1]`."""
        place = next(k for k, dim in enumerate(self.dims) if dim in VARIABLES)
        behind = (None,) * (len(self.dims) - 1 - place)
        return (..., *(None,) * place, slice(None), *behind)


ROW = Spec(FEATURES)
"""A row of a table."""


def image_spec(channels: int, height: int, width: int, *, names: tuple[str, ...] = ()) -> Spec:
    """An image."""
    return Spec(PIXELS, (channels, height, width), names)


@dataclass(frozen=True)
class Shape:
    """What a machine is built for: `features` inputs (codes included), the cardinalities of the code features
    (the last ones), and `outputs` raw outputs. `spec` has the axes of a sample; where there are several, `features` is
    the product of their sizes. `names` are the features' columns, '' where a feature is not a numeric column itself;
    `located` is how many of the raw outputs, the first ones, are the point prediction, 0 where none are."""

    features: int
    outputs: int
    cardinalities: tuple[int, ...] = ()
    spec: Spec = ROW
    names: tuple[str, ...] = ()
    located: int = 0

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of one sample: (features,), or the sizes of its axes."""
        return self.spec.sizes or (self.features,)


def names_of(features: Sequence[Feature]) -> tuple[str, ...]:
    """What `Shape.names` says of these features."""
    return tuple(feature.column if feature.kind == "numeric" else "" for feature in features)


def places_of(features: Sequence[Feature]) -> dict[str, int]:
    """The place of each numeric column among the features."""
    return {feature.column: place for place, feature in enumerate(features) if feature.kind == "numeric"}


def origins_of(features: Sequence[Feature]) -> dict[str, float]:
    """What numeric columns that are far from 0 are counted from."""
    return {feature.column: feature.origin for feature in features if feature.kind == "numeric" and feature.origin}
