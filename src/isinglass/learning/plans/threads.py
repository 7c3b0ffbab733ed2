"""How many threads work inside torch's operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

from isinglass.learning.plans.plan import Tuning

T = TypeVar("T")


@contextmanager
def torch_threads(number: int) -> Iterator[None]:
    """That many threads inside torch's operations, in this thread and in threads that it starts."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def each_chunk(members: int, tuning: Tuning, run: Callable[[int, int], T]) -> list[T]:
    """`run(start, stop)` for all chunks of members, results in order.

    One chunk: the threads work inside its operations. Several: each thread takes the next chunk when it is free, and
    operations have one thread, for they are small: threads inside them cost more than they bring.
    """
    size = tuning.chunk or members
    bounds = [(start, min(start + size, members)) for start in range(0, members, size)]
    if len(bounds) < 2 or tuning.threads == 1:
        with torch_threads(tuning.threads):
            return [run(start, stop) for start, stop in bounds]
    with torch_threads(1), ThreadPoolExecutor(tuning.threads) as pool:
        return list(pool.map(lambda bound: run(*bound), bounds))
