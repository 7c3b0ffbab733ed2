"""Masks against a plain-Python reading of the definition in the file's docstring."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from isinglass.errors import MachineError
from isinglass.machine.layers import Dropout, dropout, dropout_key, dropout_layers, mask_uniform, set_dropout_keys

M32, M64 = 2**32 - 1, 2**64 - 1


def mix64(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M64
    return z ^ (z >> 31)


def key(seed: int, step: int, layer: int) -> int:
    g = 0x9E3779B97F4A7C15
    return mix64((mix64((mix64((seed + g) & M64) + step + g) & M64) + layer + g) & M64)


def uniform(key: int, i: int) -> np.float32:
    h = (i + (key & M32)) & M32
    h = ((h ^ (h >> 16)) * 0x7FEB352D) & M32
    h ^= key >> 32
    h = ((h ^ (h >> 15)) * 0x846CA68B) & M32
    h ^= h >> 16
    return np.float32(h >> 8) * np.float32(2.0**-24)


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**62 + 12345])
@pytest.mark.parametrize("step", [0, 5, 10**9])
def test_bit_by_bit(seed: int, step: int) -> None:
    for layer in (0, 3):
        found = dropout_key(seed, step, layer)
        assert int(found) % 2**64 == key(seed, step, layer)
        expected = np.array([uniform(key(seed, step, layer), i) for i in range(300)])
        np.testing.assert_array_equal(mask_uniform(found, 300).numpy(), expected)


def test_known_key() -> None:
    """splitmix64's first output from state 0 is the published 0xE220A8397B1DCDAF."""
    assert mix64(0x9E3779B97F4A7C15) == 0xE220A8397B1DCDAF


def test_keys_broadcast() -> None:
    keys = dropout_key(torch.arange(3), torch.arange(5)[:, None], 1)
    assert keys.shape == (5, 3)
    assert int(keys[4, 2]) % 2**64 == key(2, 4, 1)


def test_numbers_are_uniform_and_unrelated() -> None:
    u = mask_uniform(dropout_key(torch.arange(50), torch.arange(20)[:, None], 0), 2048).double()
    cells = torch.histc(u.flatten(), bins=64, min=0, max=1)
    expected = u.numel() / 64
    assert float(((cells - expected) ** 2 / expected).sum()) < 110  # chi-square, 63 degrees of freedom, p = 2e-4
    centred = u - 0.5
    for other in (centred.roll(1, 0), centred.roll(1, 1), centred.roll(1, 2)):  # next step, member, position
        assert abs(float((centred * other).mean())) * 12 < 5 / u.numel() ** 0.5


def test_members_in_a_stack_equal_members_alone() -> None:
    x = torch.randn(4, 6, 5)
    keys, p = dropout_key(torch.arange(4), 7, 0), torch.tensor([0.0, 0.2, 0.5, 0.9])
    together = dropout(x, p, keys)
    for member in range(4):
        assert torch.equal(together[member], dropout(x[member], float(p[member]), keys[member]))
    assert torch.equal(together[0], x[0])


def test_kept_units_are_rescaled() -> None:
    out = dropout(torch.ones(1000, 100), 0.25, dropout_key(1, 2, 3))
    assert set(out.unique().tolist()) == {0.0, float(torch.tensor(1.0) / torch.tensor(0.75))}
    assert float(out.mean()) == pytest.approx(1.0, abs=0.01)


def test_evaluation_is_the_identity() -> None:
    x = torch.randn(3, 4)
    assert Dropout(0.9).eval()(x) is x


def test_the_key_is_an_argument_or_a_buffer() -> None:
    machine = nn.Sequential(Dropout(0.5), nn.Sequential(Dropout(0.5)))
    assert list(dropout_layers(machine)) == ["0", "1.0"]
    assert machine.state_dict() == {}
    x = torch.ones(8, 8)
    set_dropout_keys(machine, 3, 4)
    first, second = dropout_key(3, 4, 0), dropout_key(3, 4, 1)
    assert torch.equal(machine(x), dropout(dropout(x, 0.5, first), 0.5, second))
    assert torch.equal(Dropout(0.5)(x, first), dropout(x, 0.5, first))
    swapped = torch.func.functional_call(machine, {"0.key": second, "1.0.p": torch.tensor(0.0)}, (x,))
    assert torch.equal(swapped, dropout(x, 0.5, second))


@pytest.mark.parametrize("p", [-0.1, 1.0])
def test_probability_out_of_range(p: float) -> None:
    with pytest.raises(MachineError, match="out of range"):
        Dropout(p)
