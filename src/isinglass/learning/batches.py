"""Which rows a member sees at which step: a pure function of its seed, its rows and the step.

A member draws from its own endless sequence of reshuffled passes over its TRAIN rows, cut into full batches. No
other member matters, and no generator has to be saved: step k of a seed is always the same batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from isinglass.errors import TrainingError
from isinglass.learning.members import Member, member_seed
from isinglass.learning.rows import Rows
from isinglass.spec import Role


@dataclass
class Stream:
    """One member's sequence of rows. `current` is the pass that was shuffled last, kept for the next step."""

    rows: np.ndarray
    seed: int
    number: int = -1
    current: np.ndarray | None = None

    def take(self, start: int, stop: int) -> np.ndarray:
        """The rows from position `start` to `stop` of the sequence, int32."""
        size, parts = len(self.rows), []
        while start < stop:
            number, offset = divmod(start, size)
            part = self._pass(number)[offset : offset + stop - start]
            parts.append(part)
            start += len(part)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _pass(self, number: int) -> np.ndarray:
        if self.current is None or number != self.number:
            rng = np.random.Generator(np.random.SFC64(member_seed(self.seed, "pass", number)))
            self.number, self.current = number, rng.permutation(self.rows)
        return self.current


class Batches:
    """The batches of all members.

    Args:
        rows: whose `role` says which rows each member trains on.
        members: for their seeds; member i is row i of `role`.
        batch: rows a step, or "full": all of a member's rows, in order, padded with -1.

    Raises:
        TrainingError: if a member has no rows to train on.
    """

    def __init__(self, rows: Rows, members: Sequence[Member], batch: int | str) -> None:
        self.batch = batch
        self.streams = [
            Stream(rows.of(i, Role.TRAIN).numpy().astype(np.int32), member.seed) for i, member in enumerate(members)
        ]
        empty = [member for member, stream in zip(members, self.streams, strict=True) if not len(stream.rows)]
        if empty:
            raise TrainingError(
                f"network {empty[0].number} of fold {empty[0].fold} has no rows to train on",
                instead="give more rows, or larger [splits] in_bag",
            )

    def take(self, members: Tensor, first: int, steps: int) -> Tensor:
        """The rows of steps `first .. first + steps - 1`: int32 `[member, step, batch]`, -1 is padding."""
        streams = [self.streams[i] for i in members.tolist()]
        if isinstance(self.batch, str):
            return _padded([stream.rows for stream in streams])[:, None].expand(-1, steps, -1)
        size = self.batch
        rows = [stream.take(first * size, (first + steps) * size) for stream in streams]
        return torch.from_numpy(np.stack(rows)).view(len(streams), steps, size)

    def passes(self, members: Tensor, number: int) -> Tensor:
        """Each member's whole pass `number` over its rows, shuffled: int32 `[member, n]`, -1 is padding."""
        streams = [self.streams[i] for i in members.tolist()]
        return _padded([s.take(number * len(s.rows), (number + 1) * len(s.rows)) for s in streams])


def _padded(rows: Sequence[np.ndarray]) -> Tensor:
    out = np.full((len(rows), max(map(len, rows))), -1, dtype=np.int32)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return torch.from_numpy(out)


def role_index(rows: Rows, role: Role, *, most: int) -> Tensor:
    """Every member's rows of a role: int32 `[member, n]`, padded with -1.

    Of more than `most` rows, `most` evenly spaced ones are taken.
    """
    each = [rows.of(i, role).numpy().astype(np.int32) for i in range(len(rows.role))]
    return _padded([row if len(row) <= most else row[np.linspace(0, len(row) - 1, most, dtype=int)] for row in each])
