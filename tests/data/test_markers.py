"""Numbers that stand for 'no value'."""

from __future__ import annotations

import polars as pl
import pytest

from isinglass.data.markers import marker


@pytest.mark.parametrize("value", [-9999, -9999.0, 999, 99999, -32768, 1e20])
def test_far_from_all_others_it_is_told(value):
    sentence = marker(pl.Series("t", [1.5, value, 20.0, None, value, 7.0]))
    assert sentence.startswith(f"t: {value:g} in 2 rows, far from all other values (1.5 to 20)")


@pytest.mark.parametrize(
    "values",
    [
        [1.0, 2.0, 3.0],
        [900.0, 999.0, 950.0],  # pressures near it
        [-9999.0, -9999.0],  # nothing else
        [-9998.0, 1.0, 2.0],  # no usual marker
        [-9999.0, 5.0, 5.0],  # no range to compare with
        ["-9999", "a"],
        [None, None],
    ],
)
def test_others_are_values(values):
    assert marker(pl.Series("t", values)) == ""
