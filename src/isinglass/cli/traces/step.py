"""The optimizer whose first step is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isinglass.errors import UsageError

if TYPE_CHECKING:
    from isinglass.explanation.trace import Step


def step_of(kind: str, rate: float | None, own: Any = None) -> Step:
    """A step of an optimizer; `own` is the model's recipe of one, whose other settings are kept."""
    from isinglass.explanation.trace import Step
    from isinglass.explanation.trace.passes.updates import KINDS
    from isinglass.learning.defaults import RATES
    from isinglass.recipe import OptimizerRecipe

    if kind not in KINDS:
        raise UsageError("this optimizer takes no single steps that could be shown", given=kind, allowed=KINDS)
    if rate is not None and not rate > 0:
        raise UsageError("a learning rate is above 0", given=rate, instead="--rate 0.1")
    if own is not None and own.kind == kind:
        return Step(own if rate is None else own.model_copy(update={"rate": rate}))
    return Step(OptimizerRecipe(kind=kind, rate=RATES[kind] if rate is None else rate, weight_decay=0.0))  # type: ignore[arg-type]
