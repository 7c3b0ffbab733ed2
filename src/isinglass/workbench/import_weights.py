"""A checkpoint from elsewhere as a model: its weights in a machine of ours, with nothing fitted and nothing tested."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from isinglass.data.images.schema import ImageSchema
from isinglass.errors import ModelFileError, UsageError
from isinglass.evaluation.ledger import Ledger
from isinglass.evaluation.metrics import deciding
from isinglass.evaluation.report import DataPart, Measure, Method, Report, SplitPart
from isinglass.inference.calibration import Calibration
from isinglass.inference.ensemble import Ensemble
from isinglass.learning.members import Member, member_seed
from isinglass.learning.network import Network
from isinglass.learning.plans.forward import for_prediction
from isinglass.learning.population import Population, populate
from isinglass.learning.view import View
from isinglass.machine import build
from isinglass.machine.checkpoints import IMAGENET_MEAN, IMAGENET_STD, Started, start
from isinglass.machine.defaults import resolve
from isinglass.model import Model, Sample
from isinglass.objective.objective import build as build_objective
from isinglass.recipe import Recipe
from isinglass.spec import Column, Kind, Shape, Task

RGB = ("red", "green", "blue")


@dataclass(frozen=True)
class Foreign:
    """What a checkpoint does not say of itself.

    Args:
        path: of the file.
        machine: a key of `MACHINES`.
        classes: their names, in the order of the outputs.
        size: height and width of the images.
        mean, std: of each channel of pixels from 0 to 1, that inputs are scaled by; ImageNet's, as torchvision's
            checkpoints expect them.
    """

    path: Path
    machine: str
    classes: Sequence[str]
    size: tuple[int, int]
    mean: Sequence[float] = IMAGENET_MEAN
    std: Sequence[float] = IMAGENET_STD


def import_checkpoint(foreign: Foreign) -> tuple[Model, Started]:
    """A model with one network, and what was taken of the file.

    Raises:
        ModelFileError: the file cannot be read, or its weights do not fill the machine.
        MachineError, UsageError: no such machine, or it does not take such images.
    """
    schema = _schema(foreign)
    recipe = _recipe(foreign, schema)
    shape = Shape(schema.spec.values, len(foreign.classes), spec=schema.spec)
    network = build(recipe.machine, shape, seed=0, task=Task.CLASSIFICATION)
    started = start(network, foreign.path, kind=foreign.machine)
    lacking = (*started.replaced, *started.missing)
    if lacking:
        raise ModelFileError(
            "the file does not fill the machine",
            where=str(foreign.path),
            given=str(started),
            instead=f"the machine and the number of classes it was made with ({len(foreign.classes)} were named).",
        )
    member = Member(0, 0, member_seed(0, 0, 0, 0))
    ensemble = _ensemble(populate(lambda _: network, [member]), foreign, schema, recipe)
    nothing = Sample(
        np.zeros((0, *schema.spec.sizes), schema.depth), np.zeros((0, 1)), np.zeros(0), np.zeros(0, np.int64)
    )
    return Model(recipe, schema, ensemble, _report(foreign, schema, recipe, ensemble), Ledger(), nothing), started


def _schema(foreign: Foreign) -> ImageSchema:
    count = len(foreign.mean)
    if len(foreign.std) != count or count < 1 or min(foreign.std) <= 0:
        raise UsageError(
            "one mean and one standard deviation above 0 a channel", given=f"{foreign.mean}, {foreign.std}"
        )
    if len(foreign.classes) < 2:
        raise UsageError("a checkpoint's classes are not known", where="--classes", given=list(foreign.classes))
    channels = RGB if count == 3 else ("grey",) if count == 1 else tuple(f"band {i + 1}" for i in range(count))
    target = Column("class", Kind.CATEGORICAL, "", tuple(foreign.classes))
    how = "rgb" if count == 3 else "grey" if count == 1 else "all"
    return ImageSchema(channels, *foreign.size, "uint8", (target,), Task.CLASSIFICATION, how)


def _recipe(foreign: Foreign, schema: ImageSchema) -> Recipe:
    recipe = Recipe.from_dict({"data": {"source": foreign.path.name, "target": ["class"]}})
    recipe = recipe.replace({"machine.kind": foreign.machine, "learning.members": 1, "evaluation.baselines": "none"})
    shape = Shape(schema.spec.values, len(foreign.classes), spec=schema.spec)
    return recipe.model_copy(update={"machine": resolve(recipe.machine, shape, task=Task.CLASSIFICATION)})


def _ensemble(population: Population, foreign: Foreign, schema: ImageSchema, recipe: Recipe) -> Ensemble:
    """z = (pixel / 255 - mean) / std."""
    names = [target.name for target in schema.targets]
    objective = build_objective(recipe.objective, schema.task, names, machine=foreign.machine)
    one = torch.zeros(1, 1, dtype=torch.float64)
    view = View(
        center=255 * torch.tensor([foreign.mean], dtype=torch.float64),
        scale=1 / (255 * torch.tensor([foreign.std], dtype=torch.float64)),
        clip=torch.zeros(len(schema.channels), dtype=torch.bool),
        target_center=one,
        target_scale=one + 1,
        spec=schema.spec,
    )
    common = Network(population.machine, population.layout, view, objective)
    return Ensemble(
        common=common,
        state=population.state([0]),
        plan=for_prediction(common),
        fold=np.zeros(1, np.int64),
        task=schema.task,
        targets=schema.targets,
        calibration=Calibration(),
        noise_floor=np.zeros(1),
    )


def _report(foreign: Foreign, schema: ImageSchema, recipe: Recipe, ensemble: Ensemble) -> Report:
    digest = hashlib.sha256(foreign.path.read_bytes()).hexdigest()
    metric = deciding(schema.task)
    parameters = ensemble.common.layout.size
    return Report(
        title=f"{foreign.machine} from {foreign.path.name}",
        verdict="Weights from elsewhere: nothing was fitted here, and nothing has been tested yet.",
        task=schema.task,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        measures=(Measure(metric.name, metric.label, "", metric.better, metric.nominal),),
        methods=(Method("network", {}, network=True),),
        data=DataPart("unknown", 0, (), digest, source=foreign.path.name),
        splits=SplitPart(np.zeros((1, 0), np.int8), "none", "sealed"),
        recipe=recipe.to_toml(),
        provenance={"isinglass": version("isinglass"), "torch": str(torch.__version__), "file": digest},
        members=1,
        machine=f"1 x {foreign.machine}, {schema.height} x {schema.width} pixels, {parameters} parameters",
    )
