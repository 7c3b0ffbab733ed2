"""An ensemble as arrays and one JSON value, and back: what a model file holds of the networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from isinglass.inference.calibration import Calibration
from isinglass.inference.ensemble import Ensemble
from isinglass.inference.novelty.storage import novelty_arrays, novelty_document, read_novelty
from isinglass.learning.network import Network
from isinglass.learning.parameters.flat_params import layout_of
from isinglass.learning.plans.forward import for_prediction
from isinglass.learning.plans.plan import State
from isinglass.learning.view import View
from isinglass.machine import Own, build
from isinglass.objective.objective import build as build_objective
from isinglass.recipe import Recipe
from isinglass.spec import ROW, Column, Feature, Shape, Spec, Task, names_of, origins_of, places_of

SCALINGS = ("center", "scale", "target_center", "target_scale")


@dataclass(frozen=True)
class Stored:
    """`document` is JSON, `arrays` are named."""

    document: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]


def store(ensemble: Ensemble) -> Stored:
    """Take an ensemble apart."""
    view, state = ensemble.common.view, ensemble.state
    arrays = {name: getattr(view, name)[state.members].numpy() for name in SCALINGS}
    arrays |= {"clip": view.clip.numpy(), "theta": state.theta.numpy(), "seeds": state.seeds.numpy()}
    arrays |= {f"buffer.{name}": buffer.numpy() for name, buffer in state.buffers.items()}
    arrays |= {"fold": np.asarray(ensemble.fold), "noise_floor": np.asarray(ensemble.noise_floor, dtype=np.float64)}
    arrays |= novelty_arrays(ensemble.novelty)
    document = {
        "calibration": ensemble.calibration.to_json(),
        **novelty_document(ensemble.novelty),
        "width": ensemble.common.objective.loss.width(ensemble.outputs),
        **({"zero": list(view.zero)} if view.zero else {}),
    }
    return Stored(document, arrays)


def restore(
    stored: Stored,
    recipe: Recipe,
    features: Sequence[Feature],
    targets: tuple[Column, ...],
    task: Task,
    *,
    own: Own | None = None,
    spec: Spec = ROW,
) -> Ensemble:
    """Put an ensemble together again. Nothing of the file is run: the machine is built from the recipe.

    Args:
        stored: what `store` took apart.
        recipe: of the study.
        features: what the machine sees of a table; none for images.
        targets: what is predicted.
        task: how.
        own: a machine given in Python.
        spec: the axes of a sample.
    """
    arrays = {name: torch.from_numpy(np.array(array)) for name, array in stored.arrays.items()}
    names = [target.name for target in targets]
    classes = tuple(len(target.categories) for target in targets)
    objective = build_objective(recipe.objective, task, names, machine=recipe.machine.kind, classes=classes)
    zero = tuple(float(value) for value in stored.document.get("zero", ()))
    shape = _shape(features, stored.document["width"], spec, len(targets) if objective.loss.located else 0)
    machine = build(recipe.machine, shape, seed=0, task=task, own=own)
    view = View(
        clip=arrays["clip"],
        center=arrays["center"],
        scale=arrays["scale"],
        target_center=arrays["target_center"],
        target_scale=arrays["target_scale"],
        head=objective.head(places_of(features), origins=origins_of(features), zero=zero),
        zero=zero,
        spec=spec,
    )
    common = Network(machine, layout_of(machine), view, objective, arrays["theta"].dtype)
    return Ensemble(
        common=common,
        state=_state(arrays),
        plan=for_prediction(common),
        fold=stored.arrays["fold"],
        task=task,
        targets=targets,
        calibration=Calibration.from_json(stored.document["calibration"]),
        noise_floor=stored.arrays["noise_floor"],
        novelty=read_novelty(stored.document, stored.arrays),
        views=recipe.augment.test_time,
        features=tuple(features),
    )


def _shape(features: Sequence[Feature], width: int, spec: Spec, located: int) -> Shape:
    if not spec.flat:
        return Shape(spec.values, width, spec=spec)
    codes = tuple(feature.cardinality for feature in features if feature.kind == "code")
    return Shape(len(features), width, codes, names=names_of(features), located=located)


def _state(arrays: Mapping[str, torch.Tensor]) -> State:
    members = len(arrays["theta"])
    return State(
        theta=arrays["theta"].contiguous(),
        slots={},
        buffers={name[7:]: array for name, array in arrays.items() if name.startswith("buffer.")},
        steps=torch.zeros(members, dtype=torch.int64),
        seeds=arrays["seeds"],
        members=torch.arange(members),
    )
