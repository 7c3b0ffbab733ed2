"""Numbers and nodes in few characters, the same in every view."""

from __future__ import annotations

import numpy as np

from isinglass.explanation.trace.graph import Edge, Graph, Node
from isinglass.explanation.trace.numbers import Numbers

FEW = 5
"""Elements of an array that are written out."""


def number(value: float, digits: int = 4) -> str:
    """Four significant digits, no needless zeros: `3`, `-0.2689`, `1.2e-07`."""
    text = f"{value:.{digits}g}"
    return "0" if text == "-0" else text


def short(numbers: Numbers | None, digits: int = 3) -> str:
    """`-12`, `[2, 10, 6]`, `0.1 ± 0.9` (mean and standard deviation of many), `3 (± 0.2)` (over members).

    Args:
        numbers: an array, or None for nothing.
        digits: of a mean and its standard deviation.
    """
    if numbers is None:
        return "-"
    if numbers.values is None or numbers.values.size > FEW:
        return f"{number(numbers.mean, digits)} ± {number(numbers.std, digits)}" if numbers.size else "nothing"
    values = numbers.values.reshape(-1).tolist()
    spread = [] if numbers.spread is None else numbers.spread.reshape(-1).tolist()
    said = [_one(value, spread[place] if spread else None) for place, value in enumerate(values)]
    return said[0] if numbers.values.size == 1 else f"[{', '.join(said)}]"


def shape(numbers: Numbers) -> str:
    """`1×64×56×56`; `number` for a scalar."""
    return "×".join(map(str, numbers.shape)) or "number"


def made(node: Node) -> str:
    """How a node came about: its sentence, its class, or what it is."""
    if node.kind == "module":
        return node.operation
    return node.text or {"input": "given", "parameter": "learnt", "constant": "a constant"}.get(node.kind, node.kind)


def local(edge: Edge) -> str:
    """The local derivative, where it is one number an element."""
    return short(edge.local) if edge.local is not None else "-"


def product(edge: Edge, upstream: Numbers | None) -> str:
    """`1 × -4 = -4` where the local derivative is a number, else what flows back."""
    if edge.product is None:
        return "-"
    slope = edge.local.scalar if edge.local is not None else None
    if slope is None or upstream is None or upstream.scalar is None or upstream.spread is not None:
        return short(edge.product)
    return f"{number(slope)} × {number(upstream.scalar)} = {short(edge.product)}"


def foot(trace: Graph) -> list[str]:
    """What holds for the trace as a whole."""
    lines = []
    if trace.difference == trace.difference:
        worth = "exactly" if trace.difference == 0 else f"to {trace.difference:.1g} of the largest gradient"
        lines.append(f"The sums of products equal autograd's gradients {worth}.")
    if any(node.value.size > FEW for node in trace):
        lines.append("a ± b of an array: mean and standard deviation of its elements.")
    if trace.members > 1:
        lines.append(f"Means over {trace.members} members; the standard deviation over them is in brackets.")
    if trace.optimizer:
        lines.append(f"Updates: {trace.optimizer}.")
    return [*lines, *(f"note: {note}" for note in trace.notes)]


def amount(count: int, unit: str = "") -> str:
    """`1.2 k`, `3.4 M`; a dash for nothing."""
    if not count:
        return "-"
    power = min(3, int(np.log10(count) // 3)) if count >= 1000 else 0
    scaled = count / 1000**power
    digits = f"{scaled:.3g}" if power else str(count)
    return f"{digits} {['', 'k', 'M', 'G'][power]}{unit}".rstrip()


def _one(value: float | bool | int, spread: float | None) -> str:
    said = str(value) if isinstance(value, bool) else number(float(value))
    return f"{said} (± {number(spread, 2)})" if spread else said  # what all members share needs no spread
