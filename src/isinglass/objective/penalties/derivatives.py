"""The terms of a differential equation: outputs and their derivatives, by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from isinglass.errors import ConstraintError

WHERE = "objective.equations.terms"


@dataclass(frozen=True)
class Term:
    """An output, or its derivative by some inputs."""

    target: str
    by: tuple[str, ...] = ()


def possible(targets: Sequence[str], features: Mapping[str, int]) -> dict[str, Term]:
    """All terms up to the second order by the name that a recipe gives them."""
    terms = {target: Term(target) for target in targets}
    terms |= {f"d{target}/d{name}": Term(target, (name,)) for target in targets for name in features}
    for target in targets:
        for first, second in combinations_with_replacement(features, 2):
            by = (first, second)
            if first == second:
                terms.setdefault(f"d2{target}/d{first}2", Term(target, by))
            else:
                terms.setdefault(f"d2{target}/d{first}d{second}", Term(target, by))
                terms.setdefault(f"d2{target}/d{second}d{first}", Term(target, by))
    return terms


def term_of(text: str, allowed: Mapping[str, Term]) -> Term:
    if text not in allowed:
        near = difflib.get_close_matches(text, allowed, n=1)
        raise ConstraintError(
            "unknown term",
            where=WHERE,
            given=text,
            allowed="an output, or its first or second derivative by numeric inputs, as in "
            + ", ".join(list(allowed)[:6]),
            instead=f"did you mean '{near[0]}'?" if near else None,
        )
    return allowed[text]
