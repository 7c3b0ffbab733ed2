"""The frozen description of a study: TOML in and out, JSON schema, hash. No torch.

A recipe has one table for each ingredient: `[data]`, `[splits]`, `[machine]`, `[augment]`, `[objective]`,
`[learning]`, `[search]`, `[evaluation]`. Everything but the data's source and target has a default, and the report
shows the recipe with every default filled in.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from isinglass.errors import RecipeError
from isinglass.types import Kind

Fraction = Annotated[float, Field(gt=0.0, lt=1.0)]
Share = Annotated[float, Field(gt=0.0, le=1.0)]
Rate = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=1)]
Moment = Annotated[float, Field(ge=0.0, lt=1.0)]
Auto = Literal["auto"]
Names = Annotated[tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given)]
"""Column names; a single one may stand without brackets."""


class Section(BaseModel):
    """A table of the recipe: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    kinds: dict[str, Kind] = Field(default={}, description="column kinds that override what is inferred")
    units: dict[str, str] = Field(default={}, description="units that override the header's")
    task: Literal["auto", "regression", "classification", "multilabel", "segmentation"] = "auto"
    onehot_limit: int = Field(default=12, ge=0, description="more categories than this are embedded")
    images: str = Field(default="", description="images with a table: the column that names the image files")
    masks: str = Field(default="", description="segmentation: the folder of mask images, named as the images")
    size: tuple[Count, Count] | Auto = Field(default="auto", description="images: height and width, pixels")
    channels: Literal["auto", "grey", "rgb", "all"] = Field(
        default="auto", description="images: what is read of a file"
    )
    void: int = Field(default=255, ge=0, le=255, description="masks: the value of pixels that do not count")


class SplitRecipe(Section):
    """How rows are divided into parts that never mix."""

    kind: Literal["auto", "random", "stratified", "group", "time", "blocks", "official"] = "auto"
    scheme: Literal["auto", "sealed", "folds"] = "auto"
    test: Fraction = 0.2
    folds: int = Field(default=0, ge=0, description="0: 5, or one a group where groups are few")
    gap: float = Field(
        default=0.0, ge=0.0, description="time between training and test rows, in the column's unit or days"
    )
    block: float = Field(default=10.0, gt=0.0, description="side of a spatial block, degrees")
    buffer: float = Field(default=0.0, ge=0.0, description="distance around test blocks left unused, degrees")
    in_bag: Share = Field(default=0.75, description="probability that a member trains on a row")
    stop: Moment = Field(default=0.1, description="part of the bag that decides when to stop; 0: none")


class MachineRecipe(Section):
    """y = M(x, theta): what can be learnt. Which options count depends on `kind`."""

    kind: str = Field(default="auto", description="auto: an MLP for tables; for images what suits their size")
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
    increasing: Names = Field(default=(), description="monotonic: columns with which no output ever falls")
    decreasing: Names = Field(default=(), description="monotonic: columns with which no output ever rises")
    freeze: Names = Field(default=(), description="stages of the machine that are not trained, by the start of names")


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
    function: str = Field(default="", description="instead: module:function of your own residual")
    ranges: dict[str, tuple[float, float]] = Field(
        default={}, description="inputs drawn anew, evenly, at each step; the others come from the batch's rows"
    )
    alpha: Annotated[float, Field(ge=0.0, le=1.0)] = Field(default=0.5, description="share of the penalty in the loss")


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


class ObjectiveRecipe(Section):
    """What is asked of the machine."""

    loss: str = "auto"
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
    device: Literal["auto", "cpu"] = "auto"
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
    space: dict[str, Any] = {}
    trials: int = Field(default=16, ge=1)
    members: int = Field(default=1, ge=1, description="networks a setting and fold during the search")
    folds: int = Field(default=5, ge=2)
    eta: int = Field(default=3, ge=2, description="halving: one in eta survives a round")


class EvaluationRecipe(Section):
    """How the result is judged."""

    baselines: tuple[str, ...] | Auto | Literal["none"] = "auto"
    coverage: Fraction = 0.9
    bootstrap: int = Field(default=1000, ge=0)
    calibrate: bool = True


class Recipe(Section):
    """A whole study."""

    data: DataRecipe
    splits: SplitRecipe = SplitRecipe()
    machine: MachineRecipe = MachineRecipe()
    augment: AugmentRecipe = AugmentRecipe()
    objective: ObjectiveRecipe = ObjectiveRecipe()
    learning: LearningRecipe = LearningRecipe()
    search: SearchRecipe | None = None
    evaluation: EvaluationRecipe = EvaluationRecipe()

    def digest(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the recipe with all defaults filled in."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_toml(self) -> str:
        """The recipe with every default filled in, as TOML that `Recipe.from_toml` reads back unchanged."""
        return _toml(self.model_dump(mode="json", exclude_none=True))

    @staticmethod
    def from_toml(text: str, *, where: str = "recipe") -> Recipe:
        """Parse and validate. Raises RecipeError that names the key and the nearest allowed one."""
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise RecipeError(f"not valid TOML: {error}", where=where) from None
        return Recipe.from_dict(document, where=where)

    @staticmethod
    def from_file(path: str | Path) -> Recipe:
        """Read a recipe file."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RecipeError(f"the recipe cannot be read: {error}", where=str(path)) from None
        return Recipe.from_toml(text, where=str(path))

    @staticmethod
    def from_dict(document: dict[str, Any], *, where: str = "recipe") -> Recipe:
        """Validate a nested dict."""
        try:
            return Recipe.model_validate(document)
        except ValidationError as error:
            raise _recipe_error(error, where) from None

    def replace(self, changes: dict[str, Any], *, where: str = "recipe") -> Recipe:
        """A copy with dotted keys set, as in `{"learning.members": 8}`. Raises RecipeError for an unknown key."""
        document = self.model_dump(mode="json", exclude_none=True)
        for key, value in changes.items():
            _set(document, key, value, where=where)
        return Recipe.from_dict(document, where=where)


def _set(document: dict[str, Any], dotted: str, value: object, *, where: str) -> None:
    *path, last = dotted.split(".")
    for step in path:
        document = document.setdefault(step, {})
        if not isinstance(document, dict):
            raise RecipeError("unknown recipe key", where=where, given=dotted, instead=f"'{step}' holds a value")
    document[last] = value


def keys(section: type[BaseModel] = Recipe, prefix: str = "") -> list[str]:
    """All dotted keys of a recipe, in order."""
    found: list[str] = []
    for name, field in section.model_fields.items():
        inner = next((a for a in _annotations(field.annotation) if _is_section(a)), None)
        found += keys(inner, f"{prefix}{name}.") if inner else [f"{prefix}{name}"]
    return found


def _annotations(annotation: Any) -> tuple[Any, ...]:
    return (
        (annotation, *getattr(annotation, "__args__", ()))
        if getattr(annotation, "__origin__", None) is not tuple
        else ()
    )


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Section)


def _recipe_error(error: ValidationError, where: str) -> RecipeError:
    faults = error.errors()
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    location = ".".join(str(step) for step in first["loc"] if not TRIED.search(str(step)))
    if first["type"] == "extra_forbidden":
        return _unknown_key(location, first["input"], where)
    same = [fault for fault in faults if fault["input"] is first["input"]]
    wanted = " or ".join(dict.fromkeys(EXPECTED.get(fault["type"], _wanted(fault["msg"])) for fault in same))
    return RecipeError(f"{location}: should be {wanted}", where=where, given=repr(first["input"]))


TRIED = re.compile(r"^(constrained-)?(int|float|str|dict)$|\[")
"""Steps of pydantic's path that say which of several types it tried: no part of the key."""


EXPECTED = {
    "model_type": "a table of keys",
    "tuple_type": "a list",
    "dict_type": "a table",
    "missing": "given: it is needed",
}
"""What pydantic says in Python's words, in TOML's."""


def _wanted(message: str) -> str:
    return message.removeprefix("Input should be ").split(", ", maxsplit=1)[0] if "'" not in message else message[16:]


def _unknown_key(location: str, value: object, where: str) -> RecipeError:
    near = [key for key in keys() if key.rsplit(".", 1)[-1] == location.rsplit(".", 1)[-1]][:1]
    if isinstance(value, dict) and "." not in location:
        near = difflib.get_close_matches(location, Recipe.model_fields, n=1, cutoff=0.5)
        location = f"[{location}]"
    near = near or difflib.get_close_matches(location, keys(), n=1, cutoff=0.5)
    cure = f"did you mean '{near[0]}'?" if near else "see `isinglass schema` for all keys."
    return RecipeError("unknown recipe key", where=where, given=location, instead=cure)


def _toml(document: dict[str, Any], prefix: str = "") -> str:
    plain = {k: v for k, v in document.items() if not isinstance(v, dict) and not _is_table_array(v)}
    lines = [f"{_key(k)} = {toml_value(v)}" for k, v in plain.items()]
    for key, value in document.items():
        name = f"{prefix}{_key(key)}"
        if isinstance(value, dict):
            lines.append(f"\n[{name}]\n{_toml(value, name + '.')}".rstrip())
        elif _is_table_array(value):
            lines += [f"\n[[{name}]]\n{_toml(item, name + '.')}".rstrip() for item in value]
    return "\n".join(lines) + "\n"


def _is_table_array(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)


def toml_value(value: object) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {toml_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
