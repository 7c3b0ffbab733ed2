"""What an operation is called, and how it reads: `x + y`, `linear(x, 0.weight, 0.bias)`, `h[:, 3]`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from torch import Tensor

INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "matmul": "@", "mm": "@"}
OPERATORS = {
    **{word: name for name in ("add", "sub", "mul", "matmul", "pow") for word in (f"__{name}__", f"__i{name}__")},
    **{f"__r{name}__": f"r{name}" for name in ("add", "sub", "mul", "matmul", "pow", "div")},
    "__truediv__": "div",
    "__itruediv__": "div",
    "__rtruediv__": "rdiv",
    "true_divide": "div",
    "divide": "div",
    "multiply": "mul",
    "subtract": "sub",
    "__neg__": "neg",
    "negative": "neg",
    "__getitem__": "index",
    "__setitem__": "write",
    "__abs__": "abs",
}
LONGEST = 90


def operation_name(function: Any) -> str:
    """`torch.nn.functional.linear` -> linear, `Tensor.__getitem__` -> index, `Tensor.T` -> T."""
    name = getattr(function, "__name__", type(function).__name__)
    if name == "__get__":
        name = getattr(function.__self__, "__name__", name)
    return OPERATORS.get(name, name)


def sentence(name: str, arguments: Any) -> Callable[[Sequence[str]], str]:
    """How an operation reads once its tensors have names.

    Args:
        name: as `operation_name` says.
        arguments: (args, kwargs) of the call; its tensors are named in the order in which they stand here.
    """
    form = _form(arguments)
    return lambda names: _shortened(_said(name, *_filled(form, iter(names))))


class _Gap:
    """The place of a tensor."""


GAP = _Gap()


def _form(value: Any) -> Any:
    if isinstance(value, Tensor):
        return GAP
    if isinstance(value, (list, tuple)):
        return [_form(part) for part in value] if isinstance(value, list) else tuple(_form(part) for part in value)
    return {key: _form(part) for key, part in value.items()} if isinstance(value, dict) else value


def _filled(form: Any, names: Iterator[str]) -> Any:
    """Names as plain text in a wrapper, so that a text argument still shows its quotes."""
    if form is GAP:
        return _Name(next(names, "?"))
    if isinstance(form, (list, tuple)):
        return type(form)(_filled(part, names) for part in form)
    return {key: _filled(part, names) for key, part in form.items()} if isinstance(form, dict) else form


class _Name(str):
    """A tensor's name; it reads as it is."""

    def __repr__(self) -> str:
        return str(self)


def _said(name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    bare = name.removeprefix("r") if name.removeprefix("r") in INFIX and name not in INFIX else name
    bare = bare.removesuffix("_") if bare.removesuffix("_") in INFIX else bare
    if bare in INFIX and len(args) == 2 and not kwargs:
        one, other = (args[1], args[0]) if name.startswith("r") else args
        return f"{_operand(one)} {INFIX[bare]} {_operand(other)}"
    if name == "neg":
        return f"-{_operand(args[0])}"
    if name == "index":
        return f"{args[0]}[{_place(args[1])}]"
    if name == "write":
        return f"{args[0]}[{_place(args[1])}] = {_plain(args[2])}"
    listed = [_plain(part) for part in args] + [
        f"{key}={_plain(part)}" for key, part in kwargs.items() if part not in (None, False)
    ]
    return f"{name}({', '.join(listed)})"


def _operand(value: Any) -> str:
    text = _plain(value)
    return f"({text})" if text.startswith("-") else text


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_plain(part) for part in value)}]"
    return repr(value)


def _place(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(_place(part) for part in value)
    if isinstance(value, slice):
        ends = [("" if end is None else str(end)) for end in (value.start, value.stop)]
        return ":".join(ends if value.step is None else [*ends, str(value.step)])
    return "..." if value is Ellipsis else _plain(value)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2]} …"
