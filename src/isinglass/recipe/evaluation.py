"""`[evaluation]`: how the result is judged."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from isinglass.recipe.section import Auto, Fraction, Section


class EvaluationRecipe(Section):
    """How the result is judged."""

    baselines: tuple[str, ...] | Auto | Literal["none"] = "auto"
    coverage: Fraction = 0.9
    bootstrap: int = Field(default=1000, ge=0)
    calibrate: bool = True
    costs: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default={}, description="what it costs to miss a row of a class, by its name; 1 for classes that are not named"
    )
