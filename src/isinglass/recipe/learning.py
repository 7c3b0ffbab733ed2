"""`[learning]` and `[search]`: how the weights are found, and which settings are tried."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from isinglass.recipe.section import Auto, Count, Moment, Rate, Section, Share


class OptimizerRecipe(Section):
    """How a gradient becomes a step."""

    kind: Literal[
        "sgd", "rmsprop", "adagrad", "adam", "adamw", "muon", "lbfgs", "closed_form", "perceptron", "auto"
    ] = "auto"
    rate: Rate | Auto = "auto"
    momentum: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    nesterov: bool = False
    betas: tuple[Moment, Moment] = (0.9, 0.999)
    alpha: Moment = Field(default=0.99, description="RMSprop's smoothing")
    epsilon: Rate = 1e-8
    weight_decay: Rate | Auto = "auto"


class ScheduleRecipe(Section):
    """How the learning rate moves: a factor of the base rate at each step."""

    kind: Literal["auto", "constant", "step", "exponential", "cosine", "one_cycle", "triangular"] = "auto"
    warmup: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(default=0.0, description="part of all steps")
    every: float = Field(default=0.33, gt=0.0, description="step: part of all steps between drops")
    factor: float = Field(default=0.1, gt=0.0, description="step: at each drop; exponential, cosine: at the end")
    peak: Annotated[float, Field(gt=0.0, lt=1.0)] = Field(
        default=0.3, description="one-cycle, triangular: where the top is"
    )


class LearningRecipe(Section):
    """How theta is found."""

    members: Count | Auto = Field(default="auto", description="networks a fold; auto: 16, of images 4")
    epochs: Count | Auto = "auto"
    batch: Count | Literal["auto", "full"] = "auto"
    optimizer: OptimizerRecipe = OptimizerRecipe()
    schedule: ScheduleRecipe = ScheduleRecipe()
    patience: Count | Auto | Literal["never"] = Field(default="auto", description="epochs without improvement")
    clip: Rate = Field(default=0.0, description="largest gradient norm; 0: none")
    plan: Literal["auto", "stacked", "vmapped", "looped", "compiled"] = "auto"
    precision: Literal["auto", "float32", "float64", "bfloat16"] = "auto"
    threads: int = Field(default=0, ge=0, description="0: measured")
    device: str = Field(default="auto", description="auto: measured; cpu; cuda: all of them; or some: cuda:0,cuda:1")
    average: Moment = Field(default=0.0, description="decay of the running mean of the weights; 0: none")
    lookahead: int = Field(default=0, ge=0, description="steps between pulls towards the slow weights; 0: none")
    layer_decay: Share = Field(default=1.0, description="factor of the rate from a stage to the one below it")
    unfreeze: Moment = Field(default=0.0, description="part of the steps after which frozen stages learn too; 0: never")
    adversarial: Rate = Field(
        default=0.0, description="batches are changed against the network by so much of scaled inputs; 0: not"
    )
    snapshots: int = Field(default=0, ge=0, description="weights kept along one run as further members")
    seed: int = Field(default=0, ge=0, lt=2**63)


class SearchRecipe(Section):
    """Settings tried in the same population. `space` maps a dotted key of the recipe to a list of values
    (grid, random) or to `{low, high, log}` (random, halving)."""

    kind: Literal["grid", "random", "halving"] = "random"
    space: dict[str, Any] = Field(default={}, description="what is tried, by key")
    trials: int = Field(default=16, ge=1)
    members: int = Field(default=1, ge=1, description="networks a setting and fold during the search")
    folds: int = Field(default=5, ge=2)
    eta: int = Field(default=3, ge=2, description="halving: one in eta survives a round")
