"""`[augment]`: how training images are changed at random."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from isinglass.recipe.section import Auto, Moment, Rate, Section


class AugmentRecipe(Section):
    """How training images are changed at random, anew at every step; masks move with their images. Lengths are in
    pixels, angles in degrees, strengths are parts of the full range; 0 is off."""

    flip: Literal["none", "random", "alternating"] = Field(default="none", description="left to right")
    flip_vertical: bool = False
    rotation: float = Field(default=0.0, ge=0.0, le=180.0, description="largest angle")
    zoom: Moment = Field(default=0.0, description="largest change of scale")
    translation: int | Auto = Field(default="auto", description="largest shift; auto: 1/16 of the width")
    crop: int = Field(default=0, ge=0, description="padding around the image of which a crop is taken")
    cutout: int = Field(default=0, ge=0, description="side of the square that is blanked")
    brightness: Moment = 0.0
    contrast: Moment = 0.0
    saturation: Moment = 0.0
    noise: Rate = Field(default=0.0, description="standard deviation, of scaled inputs")
    mixup: Rate = Field(default=0.0, description="alpha of the beta distribution of the mixture")
    cutmix: Rate = Field(default=0.0, description="alpha of the beta distribution of the area")
    test_time: Literal["none", "flip", "shift"] = Field(default="none", description="views averaged in prediction")
