"""Processors: how many there are for us, how many a recipe uses, and how many work inside torch's operations."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

from isinglass.learning.plans.plan import Tuning
from isinglass.recipe import LearningRecipe


def load() -> float:
    """Programs that wait for a processor, a mean over the last minute; 0 where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def available() -> int:
    """Processors that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def processors(recipe: LearningRecipe) -> int:
    """Threads that are used: the recipe's, but no more than there are processors."""
    return min(recipe.threads or available(), available())


def surplus(recipe: LearningRecipe) -> str | None:
    """What to say of a recipe with more threads than processors; None for others."""
    if recipe.threads <= available():
        return None
    return (
        f"learning.threads = {recipe.threads}, but there are {available()} processors: so many threads are used, since "
        "more would only wait for one another"
    )


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
