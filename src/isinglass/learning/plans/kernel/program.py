"""A machine as a list of operations on numbered buffers: what the compiled kernel interprets.

Buffers are feature-major, `[unit, batch]`: one row a unit, one column a sample of the batch. So the batch is the
contiguous axis of every forward product, joining two layers' outputs is writing to neighbouring rows, and an
elementwise layer is one pass over contiguous memory. Rows are as long as the batch rounded up to whole vectors; the
number of rows is rounded up too, and the rows added stay zero.

Parameters are copied from theta into an arena in which a weight's rows have whole vectors too (the padding is zero,
its gradient is zero, and every optimizer leaves it zero). `Program.position` says where each value of theta goes.

No numba here: reading a machine must be cheap, and possible where numba is not installed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

KINDS = (
    "dense", "activate", "dropout", "add", "copy", "maxout", "layer_norm", "table", "waves", "pieces",
)  # fmt: skip
DENSE, ACTIVATE, DROPOUT, ADD, COPY, MAXOUT, LAYER_NORM, TABLE, WAVES, PIECES = range(len(KINDS))
"""Kinds of operation (`kernel.passes` says what each does)."""

FIELDS = (
    "kind", "inputs", "outputs", "x", "y", "dx", "dy", "accumulate", "weight", "bias", "stride", "code", "extra",
    "other", "d_other", "frequency", "phase", "room", "second",
)  # fmt: skip
(
    KIND, INPUTS, OUTPUTS, X, Y, DX, DY, ACCUMULATE, WEIGHT, BIAS, STRIDE, CODE, EXTRA, OTHER, D_OTHER,
    FREQUENCY, PHASE, ROOM, SECOND,
) = range(len(FIELDS))  # fmt: skip
"""Columns of `Program.operations`. x, y, dx, dy, other and d_other are buffer rows, -1 where there is none; weight
bias, frequency and phase are places in the arena. room is the rows of all waves of a feature,
second where those of the second kind begin."""

NONE = -1


@dataclass(frozen=True)
class Rows:
    """Rows of the buffers: a layer's output and where the gradient with respect to it is gathered (-1: nowhere)."""

    first: int
    count: int
    gradient: int = NONE
    shared: bool = False
    """Whether a second layer reads these rows: the gradient is then added to what the first one left."""


@dataclass(frozen=True)
class Program:
    """A machine, read.

    Attributes:
        operations: int64 `[operation, field]`.
        numbers: float64 `[operation]`: an activation's constant, a dropout's p, a norm's epsilon.
        constants: float64, what some operations look up (knots), by their `extra`.
        own: constants that each member has for itself: the name of the machine's buffer, and where they start.
        position: int64 `[P]`: where each value of theta lies in the arena.
        arena: numbers in the arena.
        buffers: rows of all buffers.
        transposed: longest row of a transposed buffer.
        inputs: rows of the scaled inputs.
        outputs: rows of the raw outputs, with their gradient.
    """

    operations: np.ndarray
    numbers: np.ndarray
    constants: np.ndarray
    own: tuple[tuple[str, int], ...]
    position: np.ndarray
    arena: int
    buffers: int
    transposed: int
    inputs: Rows
    outputs: Rows


@dataclass
class Writer:
    """Collects operations, buffers and places while a machine is read.

    Args:
        lanes: numbers in a vector: what rows are rounded up to.
    """

    lanes: int
    operations: list[list[int]] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)
    own: list[tuple[str, int]] = field(default_factory=list)
    places: dict[int, np.ndarray] = field(default_factory=dict)
    arena: int = 0
    rows: int = 0
    transposed: int = 0

    def whole(self, count: int) -> int:
        """count rounded up to whole vectors."""
        return -(-count // self.lanes) * self.lanes

    def buffer(self, count: int) -> int:
        """The first of `count` new rows (rounded up, the rows added stay zero)."""
        first = self.rows
        self.rows += self.whole(count)
        return first

    def output(self, count: int, *, gradient: bool = True) -> Rows:
        """New rows for a layer's output, and as many for its gradient."""
        return Rows(self.buffer(count), count, self.buffer(count) if gradient else NONE)

    def matrix(self, rows: int, columns: int) -> tuple[int, int]:
        """A new weight in the arena: its place and the length of its rows there."""
        place, stride = self.arena, self.whole(columns)
        self.arena += rows * stride
        return place, stride

    def vector(self, count: int) -> int:
        """A new vector in the arena."""
        return self.matrix(1, count)[0]

    def put(self, offset: int, places: np.ndarray) -> None:
        """theta[offset + i] lies at places.flat[i] of the arena."""
        self.places[offset] = np.asarray(places, dtype=np.int64).ravel()

    def emit(self, kind: int, x: Rows, y: Rows, *, number: float = 0.0, **fields: int) -> None:
        """Append an operation from rows x to rows y."""
        values = dict.fromkeys(FIELDS, NONE) | {
            "kind": kind, "inputs": x.count, "outputs": y.count, "x": x.first, "y": y.first, "dx": x.gradient,
            "dy": y.gradient, "accumulate": int(x.shared),
        } | fields  # fmt: skip
        self.operations.append([values[name] for name in FIELDS])
        self.numbers.append(number)

    def program(self, inputs: Rows, outputs: Rows, parameters: int) -> Program:
        """What was written. `parameters` is the length of theta, every value of which must have got a place."""
        position = np.full(parameters, NONE, dtype=np.int64)
        for offset, places in self.places.items():
            position[offset : offset + len(places)] = places
        return Program(
            operations=np.array(self.operations, dtype=np.int64).reshape(-1, len(FIELDS)),
            numbers=np.array(self.numbers, dtype=np.float64),
            constants=np.array(self.constants or [0.0], dtype=np.float64),
            own=tuple(self.own),
            position=position,
            arena=max(self.arena, self.lanes),
            buffers=max(self.rows, 1),
            transposed=max(self.transposed, self.lanes),
            inputs=inputs,
            outputs=outputs,
        )
