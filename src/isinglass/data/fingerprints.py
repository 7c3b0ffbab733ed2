"""The identity of a row and of a whole table, from their content alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from isinglass.data.hashing import mix

BLOCK = 1 << 15
"""Rows hashed at a time: the working arrays stay in the processor's cache."""


def row_ids(inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """uint64 [sample]: a hash of the row's inputs and targets; rows of equal content have equal ids.

    Args:
        inputs: float32 [sample, feature]; every NaN is the same missing value, -0.0 is 0.0. Of images see `image_ids`.
        targets: float64 [sample, out].
    """
    ids = np.empty(len(inputs), np.uint64)
    for start in range(0, len(inputs), BLOCK):
        block = slice(start, start + BLOCK)
        state = np.full(len(ids[block]), inputs.shape[1], np.uint64)
        for values, bits in ((inputs[block], np.uint32), (targets[block], np.uint64)):
            for column in values.T:
                state = mix(state ^ _bits(column, bits))
        ids[block] = state
    return ids


def image_ids(pixels: np.ndarray) -> np.ndarray:
    """uint64 [sample]: a hash of each image's pixels; equal images have equal ids, whatever their labels."""
    digests = b"".join(hashlib.blake2b(image.tobytes(), digest_size=8).digest() for image in pixels)
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def short_ids(ids: np.ndarray) -> np.ndarray:
    """uint32 [sample]: half of each hash, of which four thousand million rows have one in common with a new one."""
    return (ids >> np.uint64(32)).astype(np.uint32)


def _bits(column: np.ndarray, kind: type) -> np.ndarray:
    plain = np.where(np.isnan(column), column.dtype.type(np.nan), column + column.dtype.type(0))
    return plain.view(kind).astype(np.uint64)


def fingerprint(arrays: Mapping[str, np.ndarray], description: str) -> str:
    """SHA-256 (hexadecimal) of named arrays and of the schema that gives them meaning."""
    digest = hashlib.sha256(description.encode())
    for name, array in sorted(arrays.items()):
        text = array.dtype.kind in "OU"
        digest.update(f"{name}:{array.shape}:{'text' if text else array.dtype.str}".encode())
        for start in range(0, len(array), BLOCK):
            block = array[start : start + BLOCK]
            digest.update("\n".join(map(str, block.tolist())).encode() if text else block.tobytes())
    return digest.hexdigest()
