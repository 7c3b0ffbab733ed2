"""64-bit hashes of values, the same on every machine, in every process and for every order of the rows.

The mixer is the finaliser of SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195): a bijection of the
64-bit integers in which every input bit flips each output bit with probability close to one half.
"""

from __future__ import annotations

import hashlib

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: the increment of SplitMix64
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def mix(values: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser, elementwise: uint64 of any shape in, uint64 of the same shape out."""
    mixed = values + GOLDEN
    mixed ^= mixed >> np.uint64(30)
    mixed *= _FIRST
    mixed ^= mixed >> np.uint64(27)
    mixed *= _SECOND
    mixed ^= mixed >> np.uint64(31)
    return mixed


def key(*parts: int) -> np.uint64:
    """One uint64 from whole numbers, such as a seed and a purpose; the order matters."""
    state = np.zeros(1, np.uint64)
    for part in parts:
        state = mix(state ^ np.array([part & 0xFFFFFFFFFFFFFFFF], np.uint64))
    return state[0]


def hash_values(values: np.ndarray) -> np.ndarray:
    """A uint64 for each value [sample] of a column of numbers or texts: equal values have equal hashes.

    Numbers are hashed by value (1, 1.0 and True agree); everything else by its text.
    """
    values = np.asarray(values)
    if values.dtype.kind in "biuf":
        # Adding zero turns -0.0 into 0.0: equal numbers, equal bits.
        return mix((values.astype(np.float64) + 0.0).view(np.uint64)) if _exact(values) else mix(_integers(values))
    texts, inverse = np.unique(values.astype(str), return_inverse=True)
    return np.array([_digest(text) for text in texts.tolist()], np.uint64)[inverse]


def _exact(values: np.ndarray) -> bool:
    """Whether float64 holds each number exactly (whole numbers beyond 2^53 do not fit)."""
    if values.dtype.kind in "bf" or values.size == 0:
        return True
    return max(int(values.max()), -int(values.min())) <= 2**53


def _integers(values: np.ndarray) -> np.ndarray:
    return values.astype(np.uint64) if values.dtype.kind == "u" else values.astype(np.int64).view(np.uint64)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
