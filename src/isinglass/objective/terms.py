"""What is minimised, as a sum of terms: a data loss, laws that are asked for, equations, the aims of several players.

::

    L_p = share * sum_i w_i sum_k weight_k l_k(raw, batch)_i + sum_m weight_m l_m(raw, batch)

for each player p, over its terms: l_k are those with a value for each row i, averaged with the rows' weights w (which
sum to 1); l_m are those with one value for a member. A player's terms move its own parameters alone.

Penalties on weights are no terms: they are no functions of outputs, and their gradients are known (`penalties`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from isinglass.objective.batch import Batch
from isinglass.objective.losses.loss import Loss

ALL = ""
"""The one player of an ordinary objective: all parameters are its own."""

Function = Callable[[Tensor, Batch], Tensor]
"""raw `[..., batch, width]`, batch -> `[..., batch]`, never reduced over rows; of a `reduced` term -> `[...]`. The
leading axes are `member`, or none where a plan maps over the members."""

Weights = Sequence[float | Tensor]
"""One for each term: a number, or `[member, 1]`."""


@dataclass(frozen=True)
class Term:
    """One summand of an objective.

    Args:
        name: for people and records; unique in an objective.
        function: see `Function`.
        weight: a number, or `[member]`: each member's own.
        player: whose parameters it moves: those whose names begin with "player."; `ALL`: all.
        watch: what early stopping looks at in place of `function`, of the same form; None: `function` itself.
        reduced: whether the function has one value for a member, and not one for each row.
        asks: whether it asks `batch.network` at points of its own; only the looped plan can then run it.
    """

    name: str
    function: Function
    weight: float | Tensor = 1.0
    player: str = ALL
    watch: Function | None = None
    reduced: bool = False
    asks: bool = False

    def take(self, members: Tensor) -> Term:
        """The same with the weights of some members; `members` is int64 `[member]`."""
        return replace(self, weight=self.weight[members]) if isinstance(self.weight, Tensor) else self


def data_term(loss: Loss, *, weight: float | Tensor = 1.0, player: str = ALL) -> Term:
    """A loss between raw outputs and targets."""

    def of(function: Callable[[Tensor, Tensor], Tensor]) -> Function:
        return lambda raw, batch: function(raw, batch.target)

    watch = None if loss.watch is None else of(loss.watch)
    return Term("loss", of(loss.function), weight=weight, player=player, watch=watch)


def weights_of(terms: Sequence[Term], members: Tensor, like: Tensor) -> list[float | Tensor]:
    """The weights of some members, in the dtype and on the device of `like`."""
    return [t.weight if isinstance(t.weight, float | int) else t.weight[members, None].to(like) for t in terms]


def row_values(
    terms: Sequence[Term], weights: Weights, raw: Tensor, batch: Batch, *, watch: bool = False
) -> tuple[Tensor | None, list[Tensor]]:
    """Terms, weighted and summed for each row `[member, batch]` (None where there is none of these), and those with one
    value for a member, `[member]`, weighted. Targets that are mixed in count with their share."""
    if batch.other is not None and batch.share is not None:
        alone = replace(batch, other=None, share=None)
        mixed = replace(alone, target=batch.other)
        (rows, means), (others, _) = (row_values(terms, weights, raw, part, watch=watch) for part in (alone, mixed))
        assert rows is not None
        assert others is not None
        return (1 - batch.share) * rows + batch.share * others, means
    rows, means = [], []
    for term, weight in zip(terms, weights, strict=True):
        value = ((watch and term.watch) or term.function)(raw, batch)
        if term.reduced:
            means.append(value * (weight if isinstance(weight, float | int) else weight.squeeze(-1)))
        else:
            rows.append(value if isinstance(weight, float | int) and weight == 1 else weight * value)
    if not rows:
        return None, means
    # The others first: so numbers are those of a mean over a law's rows.
    return rows[0] if len(rows) == 1 else rows[0] + sum(rows[2:], start=rows[1]), means


def total(terms: Sequence[Term], weights: Weights, raw: Tensor, batch: Batch, *, share: float = 1.0) -> Tensor:
    """L of the head of this file: `[member]`."""
    rows, means = row_values(terms, weights, raw, batch)
    data = None if rows is None else weighted(rows, batch.weight)
    if not means:
        assert data is not None
        return data
    whole = means[0] if len(means) == 1 else torch.stack(means).sum(0)
    return whole if data is None else share * data + whole


def weighted(loss: Tensor, weight: Tensor | None) -> Tensor:
    """loss `[..., batch]`, weights that sum to one (None: equal) -> `[...]`."""
    return loss.mean(-1) if weight is None else (weight * loss).sum(-1)
