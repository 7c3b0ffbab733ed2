"""How the kernel's functions are compiled. Only `doors` are called from Python; all others take part in those.

numba optimizes the code of a function once more in every function that calls it, and compiles it once more for every
literal argument: calls are kept few levels deep, and constants are passed as `like(other, 0)`.
"""

from __future__ import annotations

from typing import Any

from numba import njit

FLAGS = {"contract", "nsz"}
"""Fused multiply-add is welcome; no reordering, which would undo argument reductions, no assumption on NaN."""
SUMS = FLAGS | {"reassoc"}
"""For loops that only sum: several partial sums at a time."""

INNER: dict[str, Any] = {
    "nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True,
}  # fmt: skip

exact: Any = njit(fastmath=FLAGS, **INNER)
"""Compile a function of the kernel."""
sums: Any = njit(fastmath=SUMS, **INNER)
"""Compile a function that may add in any order."""
number: Any = njit(fastmath=FLAGS, forceinline=True, **INNER)
"""Compile a function of numbers: always a part of the loop around it, which could not be vector code otherwise."""
NUMBER: Any = {"fastmath": FLAGS, "forceinline": True, **INNER}
"""The same for `numba.extending.overload`."""
pasted: Any = njit(fastmath=FLAGS, inline="always", **INNER)
"""Compile a function as a part of its only caller."""
