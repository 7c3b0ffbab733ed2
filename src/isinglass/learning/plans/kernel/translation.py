"""A `Work` and a `State` as the arrays that compiled code takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from isinglass.learning.flat_params import Slot
from isinglass.learning.plans.kernel import codes
from isinglass.learning.plans.kernel.lowering import Unreadable, read
from isinglass.learning.plans.kernel.program import Program
from isinglass.learning.plans.plan import State, Work
from isinglass.machine.layers import dropout_layers
from isinglass.objective.losses import LOSSES, classification, quantile

BUFFER_BYTES = 400_000
"""What the buffers of a batch may take of a second-level cache; larger batches are taken in parts."""
LINE = 64
"""Bytes of a cache line."""

Numbers = Callable[[dict[str, Any]], list[float]]
KNOWN: dict[Callable[..., Any], tuple[int, Numbers]] = {
    LOSSES["squared"].function: (codes.SQUARED, lambda options: []),
    LOSSES["absolute"].function: (codes.ABSOLUTE, lambda options: []),
    LOSSES["huber"].function: (codes.HUBER, lambda options: [options.get("delta", 1.0)]),
    LOSSES["poisson"].function: (codes.POISSON, lambda options: []),
    LOSSES["gaussian"].function: (codes.GAUSSIAN, lambda options: []),
    LOSSES["student_t"].function: (codes.STUDENT_T, lambda options: []),
    LOSSES["weston_watkins"].function: (codes.WESTON_WATKINS, lambda options: []),
    LOSSES["one_vs_all"].function: (codes.ONE_VS_ALL, lambda options: []),
    LOSSES["structured"].function: (codes.STRUCTURED, lambda options: []),
    classification.multilabel: (codes.BINARY, lambda options: [options.get("smoothing", 0.0)]),
    classification.cross_entropy: (codes.SOFTMAX, lambda options: [options.get("smoothing", 0.0)]),
    quantile.pinball: (
        codes.QUANTILE,
        lambda options: [float(quantile.anchor(options["levels"])), *options["levels"]],
    ),
}
"""By the function of a `Loss` (what is inside, where it is a `functools.partial`): code, numbers from its options."""


def obstacle(work: Work) -> str | None:
    """Why the kernel cannot run a work, in half a sentence; None if it can."""
    if work.problem.head is not None or work.problem.equations:
        return "the kernel knows no constraints"
    if _loss(work) is None:
        return f"the kernel does not know the loss {work.problem.loss.name}"
    if work.optimizer.kind not in codes.OPTIMIZERS:
        return f"the kernel does not know the optimizer {work.optimizer.kind}"
    if unknown := [penalty.kind for penalty in work.penalties if penalty.kind not in codes.PENALTIES]:
        return f"the kernel does not know the penalty {unknown[0]}"
    if work.problem.inputs.dtype != torch.float32 or work.problem.inputs.device.type != "cpu":
        return "the kernel takes inputs in float32 on the processor"
    try:
        program = _read(work, 1)
    except Unreadable as reason:
        return str(reason)
    if work.penalties and any(end - start > slot.size for slot, start, end in _spans(work, program)):
        return "the kernel has no penalties on weights that it keeps mixed with others"
    return None


def _loss(work: Work) -> tuple[int, list[float]] | None:
    function = work.problem.loss.function
    plain, options = (function.func, function.keywords) if isinstance(function, partial) else (function, {})
    if plain not in KNOWN:
        return None
    code, numbers = KNOWN[plain]
    return code, [*numbers(options), 0.0]


def _read(work: Work, lanes: int) -> Program:
    return read(work.machine, work.layout, work.problem.inputs.shape[1], lanes)


@dataclass(frozen=True)
class Translation:
    """What does not change while a work is run.

    Attributes:
        program: the machine.
        lanes: numbers in a vector.
        dropouts: number of dropout layers.
        type: float32 or float64.
        table, rule: see `member`.
        memories: names of the optimizer's memories.
    """

    program: Program
    lanes: int
    dropouts: int
    type: np.dtype
    table: Any
    rule: Any
    memories: tuple[str, str]

    @property
    def width(self) -> int:
        """Raw outputs of a sample."""
        return self.program.outputs.count

    def stride(self, samples: int) -> int:
        """Length of a buffer row: samples taken at a time, in vectors. Many are taken in equal parts."""
        block = 4 * self.lanes
        most = max(1, BUFFER_BYTES // (self.program.buffers * self.type.itemsize * block)) * block
        parts = -(-samples // most)
        unit = self.lanes if parts == 1 else block
        return -(-samples // (parts * unit)) * unit

    def network(self, state: State, stride: int) -> Any:
        """The program, with the constants of the state's members, for rows of a given length."""
        from isinglass.learning.plans.kernel.member import Network

        program = self.program
        constants = np.tile(program.constants.astype(self.type), (len(state.members), 1))
        for name, start in program.own:
            own = state.buffers[name].flatten(1).numpy()
            constants[:, start : start + own.shape[1]] = own
        sizes = (
            stride, program.inputs.first, program.inputs.count, program.outputs.first, program.outputs.count,
            program.outputs.gradient, self.dropouts,
        )  # fmt: skip
        return Network(
            program.operations, program.numbers, constants, program.position, np.array(sizes, dtype=np.int64)
        )

    def learners(self, state: State) -> Any:
        """The state's own memory, as arrays: compiled code changes it in place."""
        from isinglass.learning.plans.kernel.member import Learners

        none = torch.empty(len(state.members), 0, dtype=state.theta.dtype)
        first, second = (state.slots.get(name, none) for name in self.memories)
        parts = (state.theta, first, second, state.steps, state.seeds, state.members)
        return Learners(*(part.numpy() for part in parts))

    def room(self, stride: int) -> Any:
        """Working memory for one thread, for rows of a given length."""
        from isinglass.learning.plans.kernel.member import Room

        arena, targets = self.program.arena, self.table.targets.shape[1]
        counts = (
            arena, arena, arena, arena, self.program.buffers * stride, self.program.transposed * stride,
            4 * stride, targets * stride, stride,
        )  # fmt: skip
        return Room(*(_aligned(count, self.type) for count in counts))


def translate(work: Work) -> Translation:
    """Everything about a work that compiled code must know.

    Raises:
        Unreadable: where `obstacle` would have said why.
    """
    from isinglass.learning.plans.kernel.arithmetic.tiles import lanes

    kind = np.dtype(str(work.dtype).removeprefix("torch."))
    program = _read(work, lanes(kind))
    return Translation(
        program=program,
        lanes=lanes(kind),
        dropouts=len(dropout_layers(work.machine)),
        type=kind,
        table=_table(work, kind),
        rule=_rule(work, program, kind),
        memories=codes.SLOTS[work.optimizer.kind],
    )


def _table(work: Work, kind: np.dtype) -> Any:
    from isinglass.learning.plans.kernel.member import Table

    problem = work.problem
    return Table(
        inputs=_array(problem.inputs, np.dtype(np.float32)),
        targets=_array(problem.targets, kind),
        weights=_array(problem.weights, kind),
        center=_array(problem.center, kind),
        scale=_array(problem.scale, kind),
        clip=_array(problem.clip, np.dtype(np.bool_)),
        target_center=_array(problem.target_center, kind),
        target_scale=_array(problem.target_scale, kind),
    )


def _rule(work: Work, program: Program, kind: np.dtype) -> Any:
    from isinglass.learning.plans.kernel.member import Rule

    found, recipe, members = _loss(work), work.optimizer, len(work.weight_decay)
    code, numbers = found if found is not None else (0, [0.0])
    settings = (
        recipe.momentum, float(recipe.nesterov), *recipe.betas, recipe.alpha, recipe.epsilon, work.clip,
    )  # fmt: skip
    terms, strengths, ratios = _penalties(work, program)
    drop = torch.full((members,), -1.0) if work.dropout is None else work.dropout
    return Rule(
        loss=code,
        optimizer=codes.OPTIMIZERS.index(recipe.kind),
        numbers=np.array(numbers),
        settings=np.array(settings, dtype=np.float64),
        decay=_array(work.weight_decay, kind),
        drop=_array(drop, np.dtype(np.float64)),
        penalties=np.array(terms, dtype=np.int64).reshape(-1, 3),
        strengths=np.array(strengths, dtype=kind).reshape(-1, members),
        ratios=np.array(ratios, dtype=kind),
    )


def _penalties(work: Work, program: Program) -> tuple[list, list, list]:
    """Terms (kind, first and last place in the arena), strengths and ratios: one a penalty and weight."""
    terms, strengths, ratios = [], [], []
    for i, recipe in enumerate(work.penalties):
        for layer, (_, start, end) in enumerate(_spans(work, program)):
            if work.penalty_strength is not None and (not recipe.layers or layer in recipe.layers):
                terms.append((codes.PENALTIES.index(recipe.kind), start, end))
                strengths.append(work.penalty_strength[i].numpy())
                ratios.append(recipe.ratio)
    return terms, strengths, ratios


def _spans(work: Work, program: Program) -> list[tuple[Slot, int, int]]:
    """Each weight and the stretch of the arena that holds it; all else in the stretch is padding."""
    weights = [slot for slot in work.layout.slots if slot.is_weight]
    places = [program.position[slot.offset : slot.end] for slot in weights]
    return [(slot, int(p.min()), int(p.max()) + 1) for slot, p in zip(weights, places, strict=True)]


def _array(values: Tensor, kind: np.dtype) -> np.ndarray:
    return np.ascontiguousarray(values.detach().numpy(), dtype=kind)


def _aligned(count: int, kind: np.dtype) -> np.ndarray:
    """Zeros that start at a cache line."""
    room = np.zeros(count + LINE // kind.itemsize, dtype=kind)
    start = (-room.ctypes.data % LINE) // kind.itemsize
    return room[start : start + count]
