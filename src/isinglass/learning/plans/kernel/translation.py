"""A `Network`, a `Work` and a `State` as the arrays that compiled code takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from isinglass.learning.network import Network
from isinglass.learning.parameters.flat_params import Slot
from isinglass.learning.plans.kernel import codes
from isinglass.learning.plans.kernel.lowering import Unreadable, read
from isinglass.learning.plans.kernel.program import Program
from isinglass.learning.plans.plan import State, Work
from isinglass.learning.rows import Rows
from isinglass.learning.view import View
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


def obstacle(network: Network) -> str | None:
    """Why the kernel cannot run a network, in half a sentence; None if it can."""
    if network.view.head is not None:
        return "the kernel knows no constraints"
    if _loss(network) is None:
        return f"the kernel does not know the loss {network.objective.loss.name}"
    if network.view.center.device.type != "cpu":
        return "the kernel takes inputs in float32 on the processor"
    try:
        _read(network, 1)
    except Unreadable as reason:
        return str(reason)
    return None


def obstacle_to_learning(work: Work) -> str | None:
    """Why the kernel cannot teach a network that it can run; None if it can."""
    if not work.objective.plain:
        return "the kernel knows no constraints, and one loss alone"
    if work.optimizer.kind not in codes.OPTIMIZERS:
        return f"the kernel does not know the optimizer {work.optimizer.kind}"
    if unknown := [penalty.kind for penalty in work.penalties if penalty.kind not in codes.PENALTIES]:
        return f"the kernel does not know the penalty {unknown[0]}"
    if work.rows.inputs.dtype != torch.float32 or work.rows.inputs.device.type != "cpu":
        return "the kernel takes inputs in float32 on the processor"
    program = _read(work.network, 1)
    if work.penalties and any(end - start > slot.size for slot, start, end in _spans(work, program)):
        return "the kernel has no penalties on weights that it keeps mixed with others"
    return None


def _loss(network: Network) -> tuple[int, list[float]] | None:
    function = network.objective.loss.function
    plain, options = (function.func, function.keywords) if isinstance(function, partial) else (function, {})
    if plain not in KNOWN:
        return None
    code, numbers = KNOWN[plain]
    return code, [*numbers(options), 0.0]


def _read(network: Network, lanes: int) -> Program:
    return read(network.machine, network.layout, network.view.center.shape[1], lanes)


@dataclass(frozen=True)
class Translation:
    """What does not change while a network is run.

    Attributes:
        program: the machine.
        lanes: numbers in a vector.
        dropouts: number of dropout layers.
        type: float32 or float64.
    """

    program: Program
    lanes: int
    dropouts: int
    type: np.dtype

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

    def learners(self, state: State, memories: tuple[str, str] = ("", "")) -> Any:
        """The state's own memory, as arrays, and the optimizer's of these names: compiled code changes it in place."""
        from isinglass.learning.plans.kernel.member import Learners

        none = torch.empty(len(state.members), 0, dtype=state.theta.dtype)
        first, second = (state.slots.get(name, none) for name in memories)
        parts = (state.theta, first, second, state.steps, state.seeds, state.members)
        return Learners(*(part.numpy() for part in parts))

    def room(self, stride: int, targets: int) -> Any:
        """Working memory for one thread, for rows of a given length and so many targets."""
        from isinglass.learning.plans.kernel.member import Room

        arena = self.program.arena
        counts = (
            arena, arena, arena, arena, self.program.buffers * stride, self.program.transposed * stride,
            4 * stride, targets * stride, stride,
        )  # fmt: skip
        return Room(*(_aligned(count, self.type) for count in counts))


def translate(network: Network) -> Translation:
    """Everything about a network that compiled code must know.

    Raises:
        Unreadable: where `obstacle` would have said why.
    """
    from isinglass.learning.plans.kernel.arithmetic.tiles import lanes

    kind = np.dtype(str(network.dtype).removeprefix("torch."))
    return Translation(
        program=_read(network, lanes(kind)),
        lanes=lanes(kind),
        dropouts=len(dropout_layers(network.machine)),
        type=kind,
    )


def table_of(view: View, rows: Rows | None, kind: np.dtype) -> Any:
    """How members see rows, and the rows where some are learnt from (see `member`)."""
    from isinglass.learning.plans.kernel.member import Table

    features, targets = view.center.shape[1], view.target_center.shape[1]
    return Table(
        inputs=np.empty((0, features), np.float32) if rows is None else _array(rows.inputs, np.dtype(np.float32)),
        targets=np.empty((0, targets), kind) if rows is None else _array(rows.targets, kind),
        weights=np.empty(0, kind) if rows is None else _array(rows.weights, kind),
        center=_array(view.center, kind),
        scale=_array(view.scale, kind),
        clip=_array(view.clip, np.dtype(np.bool_)),
        target_center=_array(view.target_center, kind),
        target_scale=_array(view.target_scale, kind),
    )


def rule_of(work: Work, translation: Translation) -> tuple[Any, tuple[str, str]]:
    """How a work's members learn (see `member`), and the names of the optimizer's memories."""
    from isinglass.learning.plans.kernel.member import Rule

    found, recipe, members = _loss(work.network), work.optimizer, len(work.weight_decay)
    program, kind = translation.program, translation.type
    code, numbers = found if found is not None else (0, [0.0])
    settings = (
        recipe.momentum, float(recipe.nesterov), *recipe.betas, recipe.alpha, recipe.epsilon, work.clip,
    )  # fmt: skip
    terms, strengths, ratios = _penalties(work, program)
    drop = torch.full((members,), -1.0) if work.dropout is None else work.dropout
    rule = Rule(
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
    return rule, codes.SLOTS[recipe.kind]


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
