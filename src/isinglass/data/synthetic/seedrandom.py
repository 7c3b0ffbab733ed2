"""The random numbers of David Bau's seedrandom for a seed string, so that a Playground page can be replayed.

RC4 keyed by the string gives bytes; 52 bits and more of them give a number in 0..1.
Reference: github.com/davidbau/seedrandom; the tests hold numbers that node.js printed.
"""

from __future__ import annotations

MASK = 255


class SeedRandom:
    """`SeedRandom("hello.")()` is 0.9282578795792454, as in JavaScript. Each call gives the next number in [0, 1)."""

    def __init__(self, seed: str) -> None:
        self._state = _schedule(_key(seed))
        self._i = self._j = 0
        for _ in range(256):
            self._byte()

    def __call__(self) -> float:
        numerator = int.from_bytes(bytes(self._byte() for _ in range(6)), "big")
        denominator = 1 << 48
        extra = 0
        while numerator < 1 << 52:
            numerator = (numerator + extra) * 256
            denominator *= 256
            extra = self._byte()
        while numerator >= 1 << 53:
            numerator >>= 1  # exact: the number is a multiple of 256
            denominator >>= 1
            extra >>= 1
        return (numerator + extra) / denominator

    def uniform(self, low: float, high: float) -> float:
        """A number in [low, high), computed as the Playground does."""
        return self() * (high - low) + low

    def _byte(self) -> int:
        state = self._state
        self._i = (self._i + 1) & MASK
        taken = state[self._i]
        self._j = (self._j + taken) & MASK
        state[self._i], state[self._j] = state[self._j], taken
        return state[(state[self._i] + taken) & MASK]


def _key(seed: str) -> list[int]:
    key: list[int] = []
    smear = 0
    for position, character in enumerate(seed):
        slot = position & MASK
        smear ^= key[slot] * 19 if slot < len(key) else 0
        value = (smear + ord(character)) & MASK
        if slot < len(key):
            key[slot] = value
        else:
            key.append(value)
    return key or [0]


def _schedule(key: list[int]) -> list[int]:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + key[i % len(key)] + state[i]) & MASK
        state[i], state[j] = state[j], state[i]
    return state
