"""Laws as penalties in the loss: what exact layers are compared with (LCnet).

::

    loss = (1 - sum alpha_k) loss + sum alpha_k P_k,      P_k = mean over the law's rows of (residual / unit)^2

The unit is the residual's spread if the outputs strayed by their own spread, so that P does not depend on units and is
of the size of a squared error of standardised targets. alpha = 0 watches a law and asks for nothing.

Reference: Beucler et al. (2021), doi:10.1103/PhysRevLett.126.098302.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from isinglass.objective.batch import Batch
from isinglass.objective.constraints.constraint import Columns, Constraint
from isinglass.objective.constraints.sum_to_total import refuse_missing, roughly
from isinglass.objective.losses.loss import Loss
from isinglass.objective.terms import Term, data_term


@dataclass(frozen=True)
class Soft:
    """Laws that are asked for, not enforced.

    Args:
        items: the laws.
        alphas: each one's share of the loss.
    """

    items: tuple[Constraint, ...] = ()
    alphas: tuple[float, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """The input columns that the laws read."""
        return tuple(dict.fromkeys(name for item in self.items for name in item.needs))

    def penalties(self, y: Tensor, columns: Columns, scale: Tensor) -> Tensor:
        """P of each law: y `[..., batch, out]`, unscaled -> `[..., batch, law]`."""
        parts = []
        for item in self.items:
            share = item.residual(y, columns) / item.unit(y, columns, scale)
            parts.append(share.square().mean(-1).to(y.dtype))
        return torch.stack(torch.broadcast_tensors(*parts), dim=-1)

    def check(self, targets: Tensor, columns: Columns) -> tuple[str, ...]:
        """Notes where the data break a law. Raises ConstraintError where a law cannot be judged for a row."""
        notes: list[str] = []
        for item in self.items:
            name = type(item).__name__.lower()
            residual = item.residual(targets, columns)
            refuse_missing(residual, name)
            found = roughly(f"{name} (penalty)", residual, item.unit(targets, columns, targets.std(0)))
            notes += [note.replace("the model obeys it", "the penalty pulls away from them") for note in found]
        return tuple(notes)


def softened(loss: Loss, soft: Soft, outputs: int) -> tuple[Loss, tuple[Term, ...]]:
    """A loss that reads its own of the raw outputs for `outputs` targets, behind which the head puts the penalties; and
    the terms: the loss, and one for each law."""
    width = loss.width(outputs)

    def cut(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda raw, *others: function(raw[..., :width], *others)

    watch = None if loss.watch is None else cut(loss.watch)
    own = replace(loss, function=cut(loss.function), predict=cut(loss.predict), watch=watch)
    laws = (
        Term(f"law {k + 1}", partial(_column, place=width + k), weight=alpha) for k, alpha in enumerate(soft.alphas)
    )
    return own, (data_term(own, weight=1 - sum(soft.alphas)), *laws)


def _column(raw: Tensor, batch: Batch, *, place: int) -> Tensor:
    """The penalty of one law for each row, which the head has put there."""
    return raw[..., place]
