"""`[machine]`: what can be learnt."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from isinglass.recipe.section import Auto, Count, Moment, Names, Section


class MachineRecipe(Section):
    """y = M(x, theta): what can be learnt. Which options count depends on `kind`."""

    kind: str = Field(
        default="auto",
        description="auto: an MLP for tables, for images what suits their size; combined: MLPs and conventional methods"
        " together",
    )
    hidden: tuple[Count, ...] | Auto = "auto"
    activation: str = "auto"
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] | Auto = "auto"
    normalization: Literal["none", "batch", "layer"] = "none"
    residual: bool = False
    embedding: int = Field(default=0, ge=0, description="width of categorical embeddings; 0: from the cardinality")
    numeric_embedding: Literal["auto", "none", "periodic", "piecewise"] = "auto"
    degree: int = Field(default=3, ge=1, description="of the polynomial")
    factory: str = Field(default="", description="module:function of your own machine, with kind = 'custom'")
    options: dict[str, Any] = Field(default={}, description="keyword arguments for your own factory")
    filters: tuple[Count, ...] | Auto = Field(default="auto", description="convolutions: channels of each stage")
    drop_path: Moment = Field(default=0.0, description="residual networks: stochastic depth of the last block")
    start: str = Field(default="", description="a checkpoint to start from: .pth, .th, .safetensors or .isinglass")
    head: Literal["new", "keep"] = Field(default="new", description="of the start: its last layer begins anew, or not")
    scaling: Literal["auto", "own", "start", "imagenet"] = Field(
        default="auto", description="of pixels: by the training images, as in the .isinglass start, by ImageNet's mean"
    )
    increasing: Names = Field(default=(), description="monotonic: columns with which no output ever falls")
    decreasing: Names = Field(default=(), description="monotonic: columns with which no output ever rises")
    freeze: Names = Field(default=(), description="stages of the machine that are not trained, by the start of names")
