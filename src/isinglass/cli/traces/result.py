"""What looking into something gives: the trace, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isinglass.explanation.gradient_check import GradientCheck
    from isinglass.explanation.trace import Trace


@dataclass(frozen=True)
class Found:
    """The trace, words about what was traced, and the gradient check where one was wanted."""

    trace: Trace
    words: tuple[str, ...]
    check: GradientCheck | None = None


def renamed(check: GradientCheck, names: dict[str, str]) -> GradientCheck:
    """The check with other names of its tensors; those that `names` does not know stay."""
    return replace(check, tensors=tuple(replace(t, name=names.get(t.name, t.name)) for t in check.tensors))
