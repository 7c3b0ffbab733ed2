"""What 'auto' means for machines whose samples have the same axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from isinglass.spec import Shape, Task


@dataclass(frozen=True)
class Usual:
    """What suits samples of such axes.

    Args:
        kind: of the machine, of the shape and the task.
        activation: a key of `ACTIVATIONS`.
        dropout: a probability, of the kind of machine and the task.
        embedding: of numeric features, of the shape and the task.
        scaling: of the inputs where a machine starts from weights in circulation, of its kind and the shape.
    """

    kind: Callable[[Shape, Task], str]
    activation: str
    dropout: Callable[[str, Task], float]
    embedding: Callable[[Shape, Task], str] = lambda shape, task: "none"
    scaling: Callable[[str, Shape], str] = lambda kind, shape: "own"
