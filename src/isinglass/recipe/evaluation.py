"""`[evaluation]`: how the result is judged."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from isinglass.recipe.section import Auto, Fraction, Section


class EvaluationRecipe(Section):
    """How the result is judged."""

    baselines: tuple[str, ...] | Auto | Literal["none"] = "auto"
    coverage: Fraction = 0.9
    bootstrap: int = Field(default=1000, ge=0)
    calibrate: bool = True
