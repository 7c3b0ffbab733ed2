"""A residual written as one formula of outputs, their derivatives and inputs: `du/dt + k * u`, or `du/dt = -k * u`.

What counts as large is the spread that the residual would have if each output and derivative strayed by its own size s,
independently, as in propagation of errors::

    unit^2 = mean over points of sum_k (dR/dterm_k s_k)^2          with every term at its size

For an equation that is linear in its terms this is what `equation` says of terms.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from isinglass.errors import ConstraintError
from isinglass.expressions import Expression
from isinglass.objective.constraints.columns import formula, value_of

WHERE = "objective.equations.formula"
Slope = Callable[[Tensor, Tensor], Tensor]
QUOTED = re.compile(r"(`[^`]*`)")


@dataclass(frozen=True)
class Written:
    """A residual as a formula.

    Args:
        expression: its variables are outputs, derivatives and inputs.
        terms: of its variables that are outputs or derivatives: the output, and the inputs it is derived by.
    """

    expression: Expression
    terms: Mapping[str, tuple[str, tuple[str, ...]]]

    def __call__(self, u: Mapping[str, Tensor], x: Mapping[str, Tensor], slope: Slope) -> Tensor:
        """The residual at points: outputs `[batch]`, inputs `[batch]` -> `[batch]`."""
        values = {name: x[name] for name in self.inputs}
        for name, (target, by) in self.terms.items():
            value = u[target]
            for one in by:
                value = slope(value, x[one])
            values[name] = value
        return value_of(self.expression, values).to(next(iter(values.values())).dtype)

    def unit(self, x: Mapping[str, Tensor], outputs: Mapping[str, Tensor], inputs: Mapping[str, Tensor]) -> Tensor:
        """A number: x are points `[batch]`, the others what counts as large of outputs and inputs, numbers."""
        sizes = {name: self._size(name, outputs, inputs).double() for name in self.terms}
        count = len(next(iter(x.values())))
        with torch.enable_grad():
            terms = {name: size.expand(count).clone().requires_grad_() for name, size in sizes.items()}
            residual = value_of(self.expression, {**{name: x[name] for name in self.inputs}, **terms})
            slopes = torch.autograd.grad(residual.sum(), list(terms.values()), allow_unused=True)
        parts = [(s * sizes[n]).square() for n, s in zip(terms, slopes, strict=True) if s is not None]
        found = torch.stack(parts).sum(0).mean().sqrt()
        return found if bool(found.isfinite() & (found > 0)) else torch.ones_like(found)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs that stand in the formula."""
        return tuple(name for name in self.expression.names if name not in self.terms)

    @property
    def needs(self) -> tuple[str, ...]:
        """The inputs without which it cannot be computed."""
        return tuple(dict.fromkeys([*(one for _, by in self.terms.values() for one in by), *self.inputs]))

    def _size(self, name: str, outputs: Mapping[str, Tensor], inputs: Mapping[str, Tensor]) -> Tensor:
        target, by = self.terms[name]
        size = outputs[target]
        for one in by:
            size = size / inputs[one]
        return size


def written(text: str, possible: Mapping[str, tuple[str, tuple[str, ...]]], features: Mapping[str, int]) -> Written:
    """Read a residual.

    Args:
        text: a formula that should be 0, or `left = right`.
        possible: all outputs and derivatives by name.
        features: the numeric inputs.

    Raises:
        ConstraintError: for a formula that cannot be read, a name that is unknown, or one without any output.
    """
    expression = formula(_joined(_quoted(text, possible), text), WHERE)
    unknown = [name for name in expression.names if name not in possible and name not in features]
    if unknown:
        name = _whole(unknown[0], text, possible)
        near = difflib.get_close_matches(name, [*possible, *features], n=1)
        raise ConstraintError(
            "unknown name",
            where=f"{WHERE}: '{text}'",
            given=name,
            allowed="inputs, outputs and their first or second derivatives by inputs, as "
            + ", ".join([*features, *list(possible)[:5]]),
            instead=f"did you mean '{near[0]}'?" if near else None,
        )
    terms = {name: possible[name] for name in expression.names if name in possible}
    if not terms:
        raise ConstraintError("the residual speaks of no output", where=WHERE, given=text, allowed=list(possible)[:5])
    return Written(expression, terms)


def _whole(name: str, text: str, possible: Mapping[str, tuple[str, tuple[str, ...]]]) -> str:
    """`du/dq` for the `du` of a derivative by what is no input."""
    outputs = {target for target, _ in possible.values()}
    found = re.search(rf"(?<!\w){re.escape(name)}/d\w+", text)
    return found[0] if found and re.sub(r"^d\d?", "", name) in outputs else name


def _quoted(text: str, possible: Mapping[str, object]) -> str:
    """Derivatives in backquotes, so that `du/dt` is one name and no quotient."""
    names = sorted((name for name in possible if "/d" in name), key=len, reverse=True)
    if not names:
        return text
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, names))})(?!\w)")
    parts = QUOTED.split(text)
    return "".join(part if part.startswith("`") else pattern.sub(r"`\1`", part) for part in parts)


def _joined(text: str, given: str) -> str:
    """`left = right` as left - (right)."""
    sides = [part for part in re.split(r"=(?=(?:[^`]*`[^`]*`)*[^`]*$)", text)]
    if len(sides) == 1:
        return text
    if len(sides) > 2 or not all(side.strip() for side in sides):
        raise ConstraintError("an equation has two sides", where=WHERE, given=given, instead="du/dt = -k * u")
    return f"{sides[0].strip()} - ({sides[1].strip()})"
