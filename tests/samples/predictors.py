"""Ensembles with weights given by hand: linear machines, so that every answer can be worked out on paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isinglass.inference.calibration import Calibration
from isinglass.inference.ensemble import Ensemble
from isinglass.inference.storage import Stored, restore
from isinglass.recipe import Recipe
from isinglass.spec import Column, Feature, Kind, Task


def linear_ensemble(
    weight: Sequence, bias: Sequence, *, task: Task = Task.REGRESSION, loss: str = "squared", **changes: object
) -> Ensemble:
    """Members y = W z + b.

    Args:
        weight: [member, width, feature].
        bias: [member, width].
        task, loss: what the raw outputs mean.
        changes: `calibration`, `noise_floor`, or arrays such as `target_scale`.
    """
    w, b = np.asarray(weight, dtype=np.float64), np.asarray(bias, dtype=np.float64)
    members, width, inputs = w.shape
    targets = _targets(width, task, loss)
    calibration = changes.pop("calibration", Calibration())
    assert isinstance(calibration, Calibration)
    arrays = {
        "theta": np.concatenate([w.reshape(members, -1), b], axis=1),
        "seeds": np.arange(members),
        "fold": np.arange(members) % 2,
        "center": np.zeros((members, inputs)),
        "scale": np.ones((members, inputs)),
        "clip": np.zeros(inputs, dtype=bool),
        "target_center": np.zeros((members, len(targets))),
        "target_scale": np.ones((members, len(targets))),
        "noise_floor": np.zeros(len(targets)),
    }
    arrays |= {name: np.asarray(value, dtype=np.float64) for name, value in changes.items()}
    document = {"calibration": calibration.to_json(), "novelty_unit": None, "width": width}
    recipe = {"data": {"source": "none"}, "machine": {"kind": "linear"}, "objective": {"loss": loss}}
    features = [Feature(f"x{i}", f"x{i}", "numeric") for i in range(inputs)]
    return restore(Stored(document, arrays), Recipe.from_dict(recipe), features, targets, task)


def _targets(width: int, task: Task, loss: str) -> tuple[Column, ...]:
    if task is Task.CLASSIFICATION:
        return (Column("kind", Kind.CATEGORICAL, "", tuple("abcdefgh"[:width])),)
    count = width // 2 if loss == "gaussian" else width
    kind = Kind.CONTINUOUS if task is Task.REGRESSION else Kind.BOOLEAN
    return tuple(Column(f"y{i}", kind) for i in range(count))
