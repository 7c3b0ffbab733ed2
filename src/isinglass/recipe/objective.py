"""`[objective]`: the loss, what is added to it, and the laws that outputs obey."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from isinglass.recipe.section import Fraction, Rate, Section


class PenaltyRecipe(Section):
    """One regulariser. `kind` is a key of `objective.penalties.PENALTIES`; `layers` empty means all weights."""

    kind: Literal["l1", "l2", "l2_length", "elastic_net"]
    strength: Rate
    ratio: float = Field(default=1.0, description="elastic net: beta in beta*W^2 + |W|")
    layers: tuple[int, ...] = ()


class ConstraintRecipe(Section):
    """One physical law that the outputs obey: exactly, or, with `alpha`, as a penalty in the loss."""

    kind: Literal["positive", "bounds", "sum_to_total", "linear"]
    columns: tuple[str, ...] = Field(default=(), description="targets; empty: all")
    lower: float | None = None
    upper: float | None = None
    total: float | str | None = Field(default=None, description="a number or the name of an input column")
    matrix: tuple[tuple[float | str, ...], ...] = Field(
        default=(), description="A of A y = b: numbers, input columns or formulas of them, one row a law"
    )
    right_side: tuple[float | str | dict[str, float], ...] = Field(
        default=(), description="b: numbers, input columns, formulas of them, or sums of them as {column = factor}"
    )
    form: Literal["projection", "residual"] = Field(
        default="projection", description="linear: change all outputs a little, or solve for some of them"
    )
    solve_for: tuple[str, ...] = Field(
        default=(), description="linear, residual form: the targets solved for; empty: chosen"
    )
    convert: dict[str, str] = Field(
        default={}, description="linear: formulas of the quantities that the law is about, by target"
    )
    back: dict[str, str] = Field(default={}, description="linear: the formulas that undo `convert`, by target")
    alpha: Annotated[float, Field(ge=0.0, le=1.0)] | None = Field(
        default=None, description="share of the law's penalty in the loss; none: the law holds exactly"
    )


class EquationRecipe(Section):
    """A differential equation of the outputs: sum of coefficient x term = right side, as a penalty in the loss."""

    terms: dict[str, float | str] = Field(
        default={},
        description="coefficient (a number or a formula of inputs) of each term: 'u', 'du/dt', 'd2u/dt2', 'd2u/dxdt'",
    )
    right_side: float | str = Field(default=0.0, description="a number or a formula of inputs")
    formula: str = Field(default="", description="instead: all of it in one line, as 'du/dt = -k * u'")
    function: str = Field(default="", description="instead: module:function of your own residual")
    ranges: dict[str, tuple[float, float]] = Field(
        default={}, description="inputs drawn anew, evenly, at each step; the others come from the batch's rows"
    )
    alpha: Annotated[float, Field(ge=0.0, le=1.0)] = Field(default=0.5, description="share of the penalty in the loss")


class ObjectiveRecipe(Section):
    """What is asked of the machine."""

    loss: str = Field(default="auto", description="a name, or module:function of your own (prediction, target)")
    penalties: tuple[PenaltyRecipe, ...] = ()
    constraints: tuple[ConstraintRecipe, ...] = ()
    equations: tuple[EquationRecipe, ...] = ()
    known: dict[str, str] = Field(
        default={}, description="known part of a target, a formula of input columns; the machine learns the rest"
    )
    quantiles: tuple[Fraction, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)
    label_smoothing: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    class_weights: tuple[Rate, ...] | Literal["none", "balanced"] = Field(
        default="none", description="of the cross entropy; balanced: inverse to the classes' shares"
    )
    focus: Rate = Field(default=2.0, description="focal loss: gamma")
    delta: float = Field(default=1.0, gt=0, description="Huber's loss: squared up to so many standard deviations")
