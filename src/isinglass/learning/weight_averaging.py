"""Weights beside the weights: their running mean, and the slow weights that they are pulled towards.

Running mean, which early stopping and the result use, of running statistics too:

    m += (1 - d) (theta - m),     d = min(average, (1 + t) / (10 + t))      after step t

so that the first steps do not count for long. Lookahead, every k steps: slow += (theta - slow) / 2; theta = slow.

References: Polyak and Juditsky (1992), doi:10.1137/0330046 (averaging); Zhang, Lucas, Hinton and Ba (2019), Lookahead
optimizer, arXiv:1907.08610.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from isinglass.learning.plans.plan import State

MEAN, SLOW = "mean", "slow"
"""Slots of a state; the mean of a buffer is "mean.<its name>"."""
PULL = 0.5


def remember(state: State, *, average: float, lookahead: int) -> State:
    """The state with room for both, where they are asked for."""
    slots = dict(state.slots)
    if average:
        slots[MEAN] = state.theta.clone()
        slots |= {f"{MEAN}.{name}": buffer.clone() for name, buffer in state.buffers.items()}
    if lookahead:
        slots[SLOW] = state.theta.clone()
    return replace(state, slots=slots)


def follow(state: State, count: int, *, average: float, lookahead: int) -> None:
    """After step `count` of all members, counted from 1: pull, then average."""
    if lookahead and count % lookahead == 0:
        state.theta.copy_(state.slots[SLOW].lerp_(state.theta, PULL))
    if average:
        share = 1 - min(average, (1 + count) / (10 + count))
        state.slots[MEAN].lerp_(state.theta, share)
        for name, buffer in state.buffers.items():
            _approach(state.slots[f"{MEAN}.{name}"], buffer, share)


def judged(state: State) -> State:
    """What early stopping judges and keeps: the means where there are any, else the state itself."""
    if MEAN not in state.slots:
        return state
    buffers = {name: state.slots[f"{MEAN}.{name}"] for name in state.buffers}
    return replace(state, theta=state.slots[MEAN], buffers=buffers)


def _approach(mean: Tensor, value: Tensor, share: float) -> None:
    if mean.is_floating_point():
        mean.lerp_(value, share)
    else:
        mean.copy_(value)
