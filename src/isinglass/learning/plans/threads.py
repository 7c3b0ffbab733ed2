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

    Without chunks the threads work inside the operations. With them each thread takes the next chunk when it is
    free, and operations have one thread: they are small, and threads inside them cost more than they bring. Chunks
    are cut evenly, and there are no fewer of them than threads, also when few members are left.
    """
    if not tuning.chunk or members == 1:
        with torch_threads(tuning.threads):
            return [run(0, members)]
    count = max(-(-members // tuning.chunk), min(tuning.threads, members))
    bounds = [(i * members // count, (i + 1) * members // count) for i in range(count)]
    with torch_threads(1):
        if tuning.threads == 1:
            return [run(start, stop) for start, stop in bounds]
        with ThreadPoolExecutor(tuning.threads) as pool:
            return list(pool.map(lambda bound: run(*bound), bounds))
