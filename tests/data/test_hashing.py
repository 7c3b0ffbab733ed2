"""The mixer is SplitMix64's, and equal values hash equally."""

from __future__ import annotations

import numpy as np

from isinglass.data.hashing import hash_values, key, mix


def test_it_is_splitmix64():
    # The generator's first outputs for state 0 (the reference implementation's test vector).
    states = np.arange(3, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    assert [hex(value) for value in mix(states).tolist()] == [
        "0xe220a8397b1dcdaf",
        "0x6e789e6aa1b965f4",
        "0x6c45d188009454f",
    ]


def test_numbers_hash_by_value_and_texts_by_content():
    assert (hash_values(np.array([1, 2])) == hash_values(np.array([1.0, 2.0]))).all()
    assert hash_values(np.array([-0.0])) == hash_values(np.array([0.0]))
    assert (hash_values(np.array(["b", "a"])) == hash_values(np.array(["a", "b"], dtype=object))[::-1]).all()
    big = np.array([2**60, 2**60 + 1])
    assert len(set(hash_values(big).tolist())) == 2


def test_keys_depend_on_the_order_of_their_parts():
    assert key(1, 2) != key(2, 1)
    assert key(-1) == key(2**64 - 1)
