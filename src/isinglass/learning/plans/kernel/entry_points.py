"""Compilation of the two doors to the kernel, kept on disk: seconds once, milliseconds ever after."""

# Compiled code takes arrays and places one by one: bundles would cost time at each call.
# ruff: noqa: PLR0913

from __future__ import annotations

import contextlib
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import numba
from llvmlite import binding
from numba import njit

from isinglass.learning.plans.kernel import member
from isinglass.objective.losses import gaussian, student_t


@cache
def digest() -> str:
    """Of all sources of the kernel, and of those whose constants are compiled into it: numba looks for changes in one
    file only, so it is made a part of its key."""
    constants = [Path(str(module.__file__)) for module in (gaussian, student_t)]
    sources = [*sorted(Path(__file__).parent.rglob("*.py")), *constants]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]


def _build(version: str) -> tuple[Any, Any]:
    @njit(nogil=True, error_model="numpy", cache=True)
    def advance(network, table, rule, learners, room, index, rates, losses, slopes, start, stop):
        _ = version
        member.advance(network, table, rule, learners, room, index, rates, losses, slopes, start, stop)

    @njit(nogil=True, error_model="numpy", cache=True)
    def evaluate(network, table, learners, room, inputs, out, start, stop):
        _ = version
        member.evaluate(network, table, learners, room, inputs, out, start, stop)

    return advance, evaluate


advance, evaluate = _build(digest())


def marker(dtype: str) -> Path | None:
    """A file beside the compiled code which says that this version is there for a dtype; None without a folder."""
    folder = advance.stats.cache_path
    name = f"isinglass-{digest()}-{numba.__version__}-{binding.get_host_cpu_name()}-{dtype}.warm"
    return Path(folder) / name if folder else None


def is_compiled(dtype: str) -> bool:
    """Whether calls with a dtype ("float32", "float64") start at once."""
    path = marker(dtype)
    return path is not None and path.exists()


def note_compiled(dtype: str) -> bool:
    """Remember that a dtype is compiled, once both doors are; returns whether they are.

    A folder that cannot be written is no error.
    """
    path = marker(dtype)
    if not all(_knows(door, dtype) for door in (advance, evaluate)):
        return False
    if path is not None and not path.exists():
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    return True


def _knows(door: Any, dtype: str) -> bool:
    """Whether a door has been compiled or loaded for a dtype: that of the room's arrays."""
    rooms = [
        kind
        for signature in door.signatures
        for kind in signature
        if getattr(kind, "fields", ()) == member.Room._fields
    ]
    return any(str(room.types[0].dtype) == dtype for room in rooms)
