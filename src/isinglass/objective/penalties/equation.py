"""Differential equations as penalties: what a physics-informed network is asked beside its data.

::

    loss = (1 - alpha) loss + alpha P,      P = mean over points of (sum_k c_k term_k - b)^2 / unit^2

A term is an output or a derivative of it by inputs: 'u', 'du/dt', 'd2u/dt2', 'd2u/dxdt'. Derivatives are taken by
automatic differentiation of the whole machine, scaling and exact laws included, in the columns' own units. The unit is
sqrt(sum_k (c_k size_k)^2) with the sizes that spreads suggest: of du/dt the target's spread over the input's.

Points are the rows of the batch; inputs with a range are drawn anew in it at each step (collocation points).

Reference: Raissi, Perdikaris and Karniadakis (2019), doi:10.1016/j.jcp.2018.10.045.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from isinglass.errors import ConstraintError
from isinglass.objective import terms as objective_terms
from isinglass.objective.batch import Batch
from isinglass.objective.constraints.columns import formula, value_of
from isinglass.objective.penalties.derivatives import Term, possible, term_of
from isinglass.objective.penalties.formula import Written, written
from isinglass.objective.penalties.user_function import GIVEN, Own, found_at, whole
from isinglass.recipe import EquationRecipe

WHERE = "objective.equations"
Outputs = Callable[[Tensor], Tensor]
"""Unscaled inputs `[batch, feature]` -> unscaled outputs `[batch, out]`."""


@dataclass(frozen=True)
class Sizes:
    """What counts as large: the spread of each output `[out]` and of each input `[feature]`."""

    outputs: Tensor
    inputs: Tensor


@dataclass(frozen=True)
class Equation:
    """One equation. Made by `equation`, which checks it.

    Args:
        terms: with their coefficients, numbers or formulas of inputs and outputs.
        right_side: a number or a formula.
        own: a residual given as a function, or written as one formula, in place of terms.
        ranges: inputs that are drawn.
        alpha: share of the loss.
        targets: names of the outputs.
        features: place of each numeric input.
        origins: what inputs are counted from in the points that are given here, where it is not 0; such inputs, and
            what is computed with them, are in double precision.
    """

    terms: Mapping[Term, float | str]
    right_side: float | str
    own: Own | None
    ranges: Mapping[str, tuple[float, float]]
    alpha: float
    targets: tuple[str, ...]
    features: Mapping[str, int]
    origins: Mapping[str, float] = field(default_factory=dict)

    def penalty(self, outputs: Outputs, inputs: Tensor, sizes: Sizes, *, seed: int, step: int) -> Tensor:
        """P for one batch, a scalar that can be differentiated by the machine's weights.

        Args:
            outputs: the machine.
            inputs: `[batch, feature]`, unscaled; rows that lack a value the equation needs do not count.
            sizes: see `Sizes`.
            seed: with the step, of the points that are drawn: the same ones for the same two numbers.
            step: see seed.
        """
        points = self._points(inputs, seed, step)
        known = torch.isfinite(points[:, [self.features[name] for name in self.needs]]).all(1)
        if not bool(known.any()):
            return inputs.new_zeros(())
        return (self.residual(outputs, points[known]) / self._unit(points[known], sizes)).square().mean()

    def residual(self, outputs: Outputs, points: Tensor) -> Tensor:
        """The left side minus the right one at points `[batch, feature]`: `[batch]`."""
        with torch.enable_grad():
            columns = list(points.unbind(1))
            x = {name: value.requires_grad_() for name, value in self._columns(points).items()}
            for name, place in self.features.items():
                columns[place] = self._counted(x[name], name, points.dtype)
            u = dict(zip(self.targets, outputs(torch.stack(columns, 1)).unbind(1), strict=True))
            if self.own is not None:
                return whole(self.own(u, x, slope), len(points))
            known = {**x, **u}
            total = torch.zeros_like(columns[0]) - _number(self.right_side, known)
            for term, coefficient in self.terms.items():
                value = u[term.target]
                for name in term.by:
                    value = slope(value, x[name])
                total = total + _number(coefficient, known) * value
            return total

    def _points(self, inputs: Tensor, seed: int, step: int) -> Tensor:
        points = inputs.clone()
        rng = torch.Generator().manual_seed((seed * 1_000_003 + step) % 2**63)
        for name, (low, high) in self.ranges.items():
            drawn = torch.rand(len(points), generator=rng, dtype=torch.float64)
            points[:, self.features[name]] = (low - self.origins.get(name, 0.0) + (high - low) * drawn).to(points)
        return points

    def _columns(self, points: Tensor) -> dict[str, Tensor]:
        """Copies of the inputs in their own units, `[batch]` each."""
        return {
            name: points[:, place].double() + self.origins[name] if name in self.origins else points[:, place].clone()
            for name, place in self.features.items()
        }

    def _counted(self, values: Tensor, name: str, dtype: torch.dtype) -> Tensor:
        return (values - self.origins[name]).to(dtype) if name in self.origins else values

    @torch.no_grad()
    def _unit(self, points: Tensor, sizes: Sizes) -> Tensor:
        known = self._columns(points)
        if isinstance(self.own, Written):
            outputs = dict(zip(self.targets, sizes.outputs, strict=True))
            inputs = {name: sizes.inputs[place] for name, place in self.features.items()}
            return self.own.unit(known, outputs, inputs).to(points)
        if self.own is not None:
            return points.new_ones(())
        known |= {name: sizes.outputs[place] for place, name in enumerate(self.targets)}
        total = points.new_zeros(len(points))
        for term, coefficient in self.terms.items():
            size = sizes.outputs[self.targets.index(term.target)]
            for name in term.by:
                size = size / sizes.inputs[self.features[name]]
            total = total + (_number(coefficient, known) * size) ** 2
        return total.mean().sqrt()  # one for all points: coefficients that vanish somewhere do not weigh points

    @property
    def needs(self) -> tuple[str, ...]:
        """Inputs that must be there."""
        if isinstance(self.own, Written):
            return self.own.needs
        texts = [text for text in (*self.terms.values(), self.right_side) if isinstance(text, str)]
        named = [name for text in texts for name in formula(text, WHERE).names if name in self.features]
        return tuple(dict.fromkeys([*(name for term in self.terms for name in term.by), *named]))


def equation_term(found: Equation, name: str) -> objective_terms.Term:
    """The equation as a term of an objective, with alpha as its weight."""

    def function(raw: Tensor, batch: Batch) -> Tensor:
        network, inputs = batch.network, batch.inputs
        assert network is not None  # `asks`
        assert inputs is not None
        sizes = Sizes(network.spread_out, network.spread_in)
        points = inputs[0].to(raw.dtype)
        return found.penalty(network.outputs, points, sizes, seed=network.seed, step=network.step)[None]

    return objective_terms.Term(name, function, weight=found.alpha, reduced=True, asks=True)


def slope(value: Tensor, by: Tensor) -> Tensor:
    """The derivative of each point's value `[batch]` by its own input `[batch]`: `[batch]`; 0 where there is none."""
    if not value.requires_grad:
        return torch.zeros_like(by)
    (found,) = torch.autograd.grad(value.sum(), by, create_graph=True, allow_unused=True)
    return torch.zeros_like(by) if found is None else found


def equation(
    recipe: EquationRecipe, targets: Sequence[str], features: Mapping[str, int], *, given: Own | None = None
) -> Equation:
    """The equation of a recipe.

    Args:
        recipe: one of `[[objective.equations]]`.
        targets: names of the outputs.
        features: place of each numeric input.
        given: the function that the recipe calls "given in Python".

    Raises:
        ConstraintError: for an unknown term, input or output, a formula that cannot be read, a range that is none, or
            a function that is not found or gives no residual.
    """
    _require_one(recipe)
    allowed = possible(targets, features)
    terms = {term_of(text, allowed): coefficient for text, coefficient in recipe.terms.items()}
    for text in (*recipe.terms.values(), recipe.right_side):
        unknown = [n for n in formula(text, WHERE).names if n not in {*targets, *features}] if _is(text) else []
        if unknown:
            raise ConstraintError("unknown name", where=WHERE, given=unknown[0], allowed=[*features, *targets])
    _require_ranges(recipe, features)
    found = Equation(
        terms, recipe.right_side, _own(recipe, allowed, features, given), recipe.ranges, recipe.alpha, tuple(targets),
        features,
    )  # fmt: skip
    _try(found)
    return found


def _require_one(recipe: EquationRecipe) -> None:
    if bool(recipe.terms) + bool(recipe.function) + bool(recipe.formula) != 1:
        raise ConstraintError(
            "an equation has either terms, or a formula, or a function of your own",
            where=WHERE,
            instead='formula = "du/dt = -0.5 * u", or terms = {"du/dt" = 1, "u" = 0.5}',
        )
    if recipe.right_side != 0 and not recipe.terms:
        raise ConstraintError(
            "a right side belongs to terms",
            where=f"{WHERE}.right_side",
            given=recipe.right_side,
            instead="write it into the formula or function",
        )


def _require_ranges(recipe: EquationRecipe, features: Mapping[str, int]) -> None:
    for name, (low, high) in recipe.ranges.items():
        if name not in features:
            raise ConstraintError("not a numeric input", where=f"{WHERE}.ranges", given=name, allowed=list(features))
        if not low < high:
            raise ConstraintError("the range is empty", where=f"{WHERE}.ranges.{name}", given=f"{low:g} .. {high:g}")


def _own(
    recipe: EquationRecipe, allowed: Mapping[str, Term], features: Mapping[str, int], given: Own | None
) -> Own | None:
    if recipe.formula:
        return written(recipe.formula, {name: (term.target, term.by) for name, term in allowed.items()}, features)
    if recipe.function == GIVEN and given is None:
        raise ConstraintError(
            "the residual of this recipe is a function that was given in Python",
            where=f"{WHERE}.function",
            instead="isinglass.fit(recipe, residual=function), or function = 'package.module:name'",
        )
    return given if recipe.function == GIVEN else found_at(recipe.function) if recipe.function else None


def _try(found: Equation) -> None:
    """Ask a function of one's own once, of outputs that are polynomials. Raises ConstraintError where it fails."""
    if found.own is None or isinstance(found.own, Written):
        return
    points = torch.rand(3, 1 + max(found.features.values(), default=0), dtype=torch.float64) + 0.5
    try:
        found.residual(lambda x: (x**3).sum(1, keepdim=True).expand(-1, len(found.targets)), points)
    except (KeyError, TypeError, AttributeError, RuntimeError) as error:
        what = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        raise ConstraintError(
            f"the residual cannot be computed: {what}",
            where=f"{WHERE}.function",
            allowed=f"u of {', '.join(found.targets)}; x of {', '.join(found.features) or 'no numeric input'}",
            instead='def residual(u, x, slope): return slope(u["q"], x["t"]) + u["q"]',
        ) from None


def _is(text: float | str) -> bool:
    return isinstance(text, str)


def _number(value: float | str, known: Mapping[str, Tensor]) -> Tensor | float:
    if not isinstance(value, str):
        return value
    return value_of(formula(value, WHERE), known).to(next(iter(known.values())).dtype)
