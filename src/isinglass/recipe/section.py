"""What every table of a recipe shares: no unknown keys, no change; and the ranges of its numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Fraction = Annotated[float, Field(gt=0.0, lt=1.0)]
Share = Annotated[float, Field(gt=0.0, le=1.0)]
Rate = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=1)]
Moment = Annotated[float, Field(ge=0.0, lt=1.0)]
Code = Annotated[int, Field(ge=0, le=65535)]
Auto = Literal["auto"]
Names = Annotated[tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given)]
"""Column names; a single one may stand without brackets."""


class Section(BaseModel):
    """A table of the recipe: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
