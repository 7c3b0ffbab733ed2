"""`[data]` and `[splits]`: what is known, and how it is divided."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from isinglass.recipe.section import Auto, Code, Count, Fraction, Moment, Names, Section, Share
from isinglass.spec import Kind


def _listed(given: Any) -> Any:
    """A single text or number stands for a list of it."""
    if isinstance(given, str):
        return given if given == "auto" else (given,)
    return (given,) if isinstance(given, (int, float)) else given


Marks = Annotated[tuple[str | float, ...], BeforeValidator(_listed)]
"""Texts and numbers that mean 'no value'."""


Lags = Annotated[tuple[Count, ...], BeforeValidator(lambda given: (given,) if isinstance(given, int) else given)]
"""Numbers of steps, 1 or more; a single one may stand without brackets."""


class DataRecipe(Section):
    """Where the rows come from and what their columns mean."""

    source: str = Field(description="a path, or a name of the catalogue")
    target: Names = Field(default=(), description="columns to predict")
    features: Names = Field(default=(), description="columns to predict from; empty: all others")
    drop: Names = Field(default=(), description="columns to leave out")
    group: str = Field(default="", description="rows with the same value stay in the same part")
    time: str = Field(default="", description="date-time or number by which rows are ordered")
    latitude: str = ""
    longitude: str = ""
    weight: str = Field(default="", description="sample weights, not negative")
    lags: dict[str, Lags] = Field(
        default={}, description="earlier values as inputs: steps of time before, as {temperature = [1, 2, 7]}"
    )
    kinds: dict[str, Kind] = Field(default={}, description="column kinds that override what is inferred")
    units: dict[str, str] = Field(default={}, description="units that override the header's")
    dates: Literal["auto", "day-first", "month-first", "year-first"] = Field(
        default="auto", description="order of the numbers in dates such as 01/02/2024; auto: from the whole column"
    )
    header: Literal["auto", "first", "none"] = Field(
        default="auto", description="text tables: whether the first line holds the names; none: it is a row"
    )
    names: Names = Field(default=(), description="text tables: names of the columns, where the file has none")
    decimal: Literal["auto", "point", "comma"] = Field(
        default="auto", description="mark before the decimals of a text table; auto: from its columns"
    )
    missing: Annotated[Auto | dict[str, Marks] | Marks, BeforeValidator(_listed)] = Field(
        default="auto",
        description="what means 'no value': ['NA', -999], or {column = [-999]}; []: empty cells alone",
    )
    censored: Names = Field(
        default=(), description="columns with limits among their values, <1 or >2419.6: below or above that number"
    )
    task: Literal["auto", "regression", "classification", "multilabel", "segmentation"] = "auto"
    onehot_limit: int = Field(default=12, ge=0, description="more categories than this are embedded")
    images: str = Field(default="", description="images with a table: the column that names the image files")
    masks: str = Field(default="", description="segmentation: the folder of mask images, named as the images")
    size: tuple[Count, Count] | Auto = Field(default="auto", description="images: height and width, pixels")
    channels: Literal["auto", "grey", "rgb", "all"] = Field(
        default="auto", description="images: what is read of a file"
    )
    nodata: float | Literal["auto", "none"] = Field(
        default="auto",
        description="rasters: the value of pixels without data; auto: what the file declares, NaN, and -9999 and its "
        "kin far from all else",
    )
    patch: int = Field(
        default=0,
        ge=0,
        description="masks: scenes keep their size, patches of so many pixels a side are learnt; 0: off",
    )
    void: Code | Literal["auto", "none"] = Field(
        default="auto",
        description="masks: the value of pixels that do not count; auto: 255 or 65535 beside small class numbers",
    )
    mask_levels: tuple[Code, ...] | Literal["auto", "nearest"] = Field(
        default="auto",
        description="masks: the values of the classes, of which each pixel takes the nearest (JPEG, smoothed edges); "
        "nearest: of the colours in classes.txt",
    )


class SplitRecipe(Section):
    """How rows are divided into parts that never mix."""

    kind: Literal["auto", "random", "stratified", "group", "time", "blocks", "official"] = "auto"
    scheme: Literal["auto", "sealed", "folds"] = "auto"
    test: Fraction = 0.2
    folds: int = Field(default=0, ge=0, description="0: 5, or one a group where groups are few")
    gap: float = Field(
        default=0.0, ge=0.0, description="time between training and test rows, in the column's unit or days"
    )
    block: Annotated[float, Field(gt=0.0)] | Auto = Field(
        default="auto", description="side of a spatial block, degrees; auto: 10, or less where that gives few blocks"
    )
    buffer: float = Field(default=0.0, ge=0.0, description="distance around test blocks left unused, degrees")
    in_bag: Share = Field(default=0.75, description="probability that a member trains on a row")
    stop: Moment = Field(default=0.1, description="part of the bag that decides when to stop; 0: none")
