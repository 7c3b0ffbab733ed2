"""A device to practise on where there is no accelerator: it lives in main memory and is strict about it.

Tensors on it are of a class of their own, on torch's private device. Every operation is computed on the tensors that
they hold, and refused as on a real device where one operand is on the processor (single numbers and indices may be).
So what runs here asks for no tensor in the wrong place, and its numbers are those of the processor.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import tape
import torch
from torch import nn
from torch.utils import _pytree as tree
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

KIND = "practice"
COUNT = 1
"""More are not to be had: torch's own guard for such devices knows one."""
TAKES_INDICES = ("aten::index.Tensor", "aten::index_put", "aten::_index_put_impl", "aten::_unsafe_index")
WAITED_FOR = ("aten::_local_scalar_dense", "aten::_linalg_check_errors", "aten::nonzero", "aten::masked_select",
              "aten::_unique", "aten::equal")  # fmt: skip
"""Operations whose numbers the program asks for."""


class Backend:
    """What `torch.practice` is asked."""

    @staticmethod
    def is_available() -> bool:
        return True

    @staticmethod
    def device_count() -> int:
        return COUNT

    @staticmethod
    def is_initialized() -> bool:
        return True

    @staticmethod
    def _is_in_bad_fork() -> bool:
        return False

    @staticmethod
    def manual_seed_all(seed: int) -> None:
        pass

    @staticmethod
    def current_device() -> int:
        return 0

    @staticmethod
    def get_rng_state(device: Any = None) -> torch.Tensor:
        return torch.zeros(0, dtype=torch.uint8)

    @staticmethod
    def set_rng_state(state: torch.Tensor, device: Any = None) -> None:
        pass

    CUDAGraph, Stream, graph = tape.Tape, tape.Stream, staticmethod(tape.graph)
    device = stream = staticmethod(nullcontext)
    graph_pool_handle = staticmethod(object)

    @staticmethod
    def current_stream() -> tape.Stream:
        return tape.Stream()

    @staticmethod
    def get_amp_supported_dtype() -> list[torch.dtype]:
        return [torch.bfloat16]


class Practice(torch.Tensor):
    """A tensor on the practice device; `held` is where its numbers are."""

    held: torch.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, held: torch.Tensor, device: torch.device) -> Practice:
        made = torch.Tensor._make_wrapper_subclass(
            cls, held.size(), strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype,
            device=device,
        )  # fmt: skip
        made.held = held
        return made

    @property
    def data(self) -> Practice:
        return Practice(self.held.detach(), self.device)

    @data.setter
    def data(self, value: Practice) -> None:
        self.held = value.held

    def __deepcopy__(self, memo: dict[int, Any]) -> torch.Tensor:
        copied = Practice(self.held.detach().clone(), self.device)
        return nn.Parameter(copied, self.requires_grad) if isinstance(self, nn.Parameter) else copied

    def data_ptr(self) -> int:
        return self.held.data_ptr()

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return compute(func, args, kwargs or {})


def compute(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """An operation on what the tensors hold."""
    name = func.name()
    if name == "aten::copy_":
        if args[0].device != args[1].device:
            tape.refuse(name)
        computed(func, tree.tree_map(held, args), {})
        return args[0]
    given = [leaf for leaf in tree.tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
    devices = {leaf.device for leaf in given if isinstance(leaf, Practice)}
    asked = kwargs.get("device")
    if name == "aten::_to_copy":
        there = given[0].device if asked is None else torch.device(asked)
        if there.type != given[0].device.type:
            tape.refuse(name)
    else:
        require_one_place(name, given, devices)
        if name.startswith("aten::_fused_adam_") and any(count.dtype is not torch.float32 for count in args[5]):
            raise RuntimeError("CUDA's kernel takes the count of steps for float32, whatever it is")
        there = torch.device(asked) if asked is not None else next(iter(devices))
    kwargs = {key: value for key, value in kwargs.items() if key not in ("device", "pin_memory", "non_blocking")}
    out = computed(func, tree.tree_map(held, args), tree.tree_map(held, kwargs))
    if name == "aten::_local_scalar_dense" or there.type == "cpu":
        return out
    known = {id(leaf.held): leaf for leaf in given if isinstance(leaf, Practice)}
    indexed = torch.device(KIND, there.index or 0)

    def wrapped(x: Any) -> Any:
        if not isinstance(x, torch.Tensor):
            return x
        return known[id(x)] if id(x) in known else Practice(x, indexed)

    return tree.tree_map(wrapped, out)


def _waits(index: torch.Tensor) -> bool:
    """Places in main memory, or true and false."""
    return index.dtype is torch.bool or (index.dim() > 0 and not isinstance(index, Practice))


def computed(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Now, or also for later."""
    return func(*args, **kwargs) if tape.recording is None else tape.recording.run(func, args, kwargs)


def held(leaf: Any) -> Any:
    """What a tensor of the device holds; anything else as it is."""
    return leaf.held if isinstance(leaf, Practice) else leaf


def require_one_place(name: str, given: list[torch.Tensor], devices: set[torch.device]) -> None:
    """As a real device does: all operands are on one device, but for numbers and indices."""
    if name.startswith(WAITED_FOR) or (name.startswith(TAKES_INDICES) and any(_waits(x) for x in given[1:])):
        tape.refuse(name)
    indexing, joining = name.startswith(TAKES_INDICES), name in ("aten::stack", "aten::cat")
    strangers = [x for x in given if not isinstance(x, Practice) and (x.dim() or joining)]
    if indexing and isinstance(given[0], Practice):
        strangers = [x for x in strangers if x.dtype not in (torch.int64, torch.bool)]
    if strangers or len(devices) > 1:
        places = sorted({str(x.device) for x in given})
        raise RuntimeError(f"{name}: expected all tensors on one device, found {', '.join(places)}")


def set_up() -> None:
    """Once a process."""
    if hasattr(torch, KIND):
        return
    _setup_privateuseone_for_python_backend(KIND, backend_module=Backend())
    library = torch.library.Library("_", "IMPL")
    library.fallback(lambda func, *args, **kwargs: compute(func, args, kwargs), "PrivateUse1")
    torch._isinglass_practice = library  # type: ignore[attr-defined]  # or its registrations would go with it


set_up()
THERE = torch.device(KIND, 0)
SHARED = (f"{KIND}:0", f"{KIND}:0")
"""Two shares of the members, for a tuning's `devices`."""
