"""Multiply-adds, counted where they happen: in the matrix products and convolutions below each operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

RECURRENT = ("lstm", "gru", "rnn_tanh", "rnn_relu")


class Products(TorchDispatchMode):
    """While entered, `count` grows by the multiply-adds of every product: torch's own formulas, two operations each."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # torch would load its compiler, two seconds, to keep it away from here

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run and count."""
        kwargs = dict(kwargs or {})
        out = func(*args, **kwargs)
        if (formula := flop_registry.get(func._overloadpacket)) is not None:
            self.count += formula(*args, **kwargs, out_val=out) // 2
        return out


def recurrent_products(name: str, given: Sequence[Tensor]) -> int:
    """Of a recurrent network that runs as one kernel: every weight meets every sample at every step once."""
    if name not in RECURRENT:
        return 0
    series, *others = given
    moments = series[..., 0].numel()
    return moments * sum(tensor.numel() for tensor in others if tensor.dim() == 2)
