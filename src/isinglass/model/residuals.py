"""By how much predictions miss a model's differential equations: of the mean of all networks, at each row's inputs.

Equations that are functions of the user's own are left out: no code is run that a model file names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from isinglass.data.schema import DataSchema
from isinglass.inference.ensemble import Ensemble
from isinglass.learning.plans.forward import Scaler
from isinglass.objective.constraints import Residual
from isinglass.objective.penalties.equation import Equation, Outputs, equation
from isinglass.recipe import EquationRecipe
from isinglass.spec import origins_of, places_of

ROWS = 4096
"""Rows of a block: second derivatives keep all activations."""


def equation_residuals(
    ensemble: Ensemble, schema: DataSchema, equations: Sequence[EquationRecipe], inputs: np.ndarray
) -> tuple[Residual, ...]:
    """A `Residual` for each equation that is written out; left side minus right side, NaN where an input is missing."""
    places, origins = places_of(schema.features), origins_of(schema.features)
    names, outputs = [target.name for target in schema.targets], mean_of(ensemble)
    written = [recipe for recipe in equations if not recipe.function]
    made = [replace(equation(recipe, names, places), origins=origins) for recipe in written]
    return tuple(
        Residual(f"equation {number}", _words(recipe), _values(one, outputs, inputs), False)
        for number, (recipe, one) in enumerate(zip(written, made, strict=True), start=1)
    )


def mean_of(ensemble: Ensemble) -> Outputs:
    """The mean of all members in the targets' units, differentiable: `[sample, feature]` -> `[sample, out]`."""
    places, common = ensemble.state.members, ensemble.common
    each = [(ensemble.network(k), Scaler(common, places[k : k + 1])) for k in range(len(ensemble))]

    def outputs(x: Tensor) -> Tensor:
        told = []
        for network, scaler in each:
            seen = x.to(common.dtype)
            raw = scaler.head(network(scaler.scaled(seen)[0])[None], seen[None])[0]
            center, scale = scaler.target_center[0], scaler.target_scale[0]
            told.append(common.view.in_units(raw[:, : center.shape[-1]] * scale + center))
        return torch.stack(told).mean(dim=0).to(x.dtype)

    return outputs


def _values(found: Equation, outputs: Outputs, inputs: np.ndarray) -> np.ndarray:
    points = torch.from_numpy(np.asarray(inputs, dtype=np.float64))
    values = torch.cat([found.residual(outputs, part).detach() for part in points.split(ROWS)])
    missing = points[:, [found.features[name] for name in found.needs]].isnan().any(dim=1)
    return torch.where(missing, torch.nan, values).numpy()


def _words(recipe: EquationRecipe) -> str:
    """The formula, or `du/dt + (2 * k) u = 0`."""
    if recipe.formula:
        return recipe.formula if "=" in recipe.formula else f"{recipe.formula} = 0"
    parts = [name if factor == 1 else f"{_factor(factor)} {name}" for name, factor in recipe.terms.items()]
    right = recipe.right_side
    return f"{' + '.join(parts)} = {right if isinstance(right, str) else f'{right:g}'}"


def _factor(factor: float | str) -> str:
    if isinstance(factor, str):
        return f"({factor})" if " " in factor else factor
    return f"{factor:g}"
