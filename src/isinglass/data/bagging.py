"""Which member trains on what: decided by a hash, so the same rule serves memory, streams and several machines.

Member m with seed s trains on unit u if and only if hash(u, s) < in_bag; a part `stop` of the bag, by a second hash,
decides when to stop (STOP); what is out of the bag (OUT) is used for neither and tests the member. EMTnet draws 75 %
of the observations for each network in the same way.

The two hashes are the upper and lower 32 bits of one mixed 64-bit number. Where a fold's training part has fewer than
1000 distinct units, the ranks of the hashes take the place of the thresholds, so the numbers are exact and every
member has something to stop by and, from three units on, something out of the bag, unless `in_bag` is 1 or `stop` is 0.
"""

from __future__ import annotations

import numpy as np

from isinglass.data.hashing import key, mix
from isinglass.errors import SplitError
from isinglass.spec import Role

FEW = 1000
PURPOSE = 0xBA6  # keeps the bags apart from every other use of the same seed
CHUNK = 1 << 16  # units hashed at a time: the working arrays stay in the cache


def membership(
    units: np.ndarray, role: np.ndarray, fold: np.ndarray, seed: np.ndarray, *, in_bag: float = 0.75, stop: float = 0.1
) -> np.ndarray:
    """The role of each row for each member.

    Args:
        units: uint64 [sample]: rows with equal units are always in the same part.
        role: int8 [fold, sample] of UNUSED, TRAIN, TEST.
        fold: int [member]: the fold of each member.
        seed: int [member]: the seed of each member's bag.
        in_bag: probability that a unit is in a member's bag (TRAIN or STOP).
        stop: part of the bag that decides when to stop (STOP).

    Returns:
        int8 [member, sample] of Role: the fold's TRAIN rows are TRAIN, STOP or OUT, all others as in the fold.

    Raises:
        SplitError: fewer than two distinct units to train on.
    """
    fold, seed = np.asarray(fold), np.asarray(seed)
    result = np.empty((len(fold), role.shape[1]), np.int8)
    for index in np.unique(fold):
        members = np.flatnonzero(fold == index)
        train = role[index] == Role.TRAIN
        few = _few(units, train)
        place = None if few is None else np.searchsorted(few, units) % len(few)
        for member in members:
            row = result[member]
            if few is None or place is None:
                row[:] = draw(units, int(seed[member]), in_bag=in_bag, stop=stop)
            else:
                row[:] = _ranked(few, int(seed[member]), in_bag, stop)[place]
            np.copyto(row, role[index], where=~train)
    return result


def draw(units: np.ndarray, seed: int, *, in_bag: float, stop: float) -> np.ndarray:
    """One member's TRAIN, STOP or OUT for each unit by thresholds alone: int8 [sample].

    Depends on nothing but the unit and the seed, so chunks of a stream may be drawn one by one.
    """
    member = key(seed, PURPOSE)
    bag, part = np.uint32(min(in_bag, 1.0) * (2**32 - 1)), np.uint32(min(stop, 1.0) * (2**32 - 1))
    result = np.empty(len(units), np.int8)
    for start in range(0, len(units), CHUNK):
        chunk = slice(start, start + CHUNK)
        hashed = mix(mix(units[chunk]) ^ member)
        upper, lower = (hashed >> np.uint64(32)).astype(np.uint32), hashed.astype(np.uint32)
        # TRAIN, STOP and OUT are 1, 2 and 3: arithmetic instead of branches.
        inside = np.where(lower < part, np.int8(Role.STOP), np.int8(Role.TRAIN))
        result[chunk] = np.where(upper < bag, inside, np.int8(Role.OUT))
    return result


def _few(units: np.ndarray, train: np.ndarray) -> np.ndarray | None:
    """The distinct training units, sorted, where they are fewer than 1000; else None."""
    # A look at the first rows settles most large tables without sorting them.
    rows = np.flatnonzero(train)
    if len(np.unique(units[rows[: 8 * FEW]])) >= FEW:
        return None
    distinct = np.unique(units[rows])
    if len(distinct) < 2:
        raise SplitError(
            f"{len(distinct)} distinct row(s) or group(s) to train on cannot be divided into training and stopping",
            where="splits",
            instead="give more rows, fewer folds or a smaller test part.",
        )
    return distinct if len(distinct) < FEW else None


def _ranked(distinct: np.ndarray, seed: int, in_bag: float, stop: float) -> np.ndarray:
    """TRAIN, STOP or OUT for sorted distinct units by the ranks of their hashes: int8 [unit]."""
    total = len(distinct)
    bag = total if in_bag == 1 else min(max(round(in_bag * total), 2), max(total - 1, 2))
    stopping = 0 if stop == 0 else min(max(round(stop * bag), 1), bag - 1)
    hashed = mix(mix(distinct) ^ key(seed, PURPOSE))
    order = np.argsort(hashed, kind="stable")
    inside = order[:bag]
    result = np.full(total, Role.OUT, np.int8)
    result[inside] = Role.TRAIN
    second = np.argsort(hashed[inside] & np.uint64(0xFFFFFFFF), kind="stable")
    result[inside[second[:stopping]]] = Role.STOP
    return result
