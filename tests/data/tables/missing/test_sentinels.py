"""Numbers that stand for 'no value'."""

from __future__ import annotations

import polars as pl
import pytest

from isinglass.data.tables.missing.sentinels import codes, marker


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


@pytest.mark.parametrize("pair", [(-8888, -7777), (-99, -98), (98, 99), (888, 999), (-9998, -9999)])
def test_codes_side_by_side_do_not_hide_each_other(pair):
    values = [1, 2, 3, 4, 5, 3, 2, 4, 1, 5] * 4 + [pair[0]] * 5 + [pair[1]] * 4
    assert {code.value for code in codes(pl.Series("x", values)) if code.told} == set(pair)


@pytest.mark.parametrize("values", [[1, 2, 3, 120, 121, 122] * 9, list(range(100)) * 3, [96.5, 97.0, 98.0, 99.0] * 9])
def test_numbers_with_others_like_them_are_values(values):
    assert not [code for code in codes(pl.Series("x", values)) if code.told]


def test_levels_of_a_design_are_no_codes():
    assert not [code for code in codes(pl.Series("dose", [0, 10, 100, 1000] * 30)) if code.told]


def test_a_lone_negative_number_that_is_the_commonest_is_told():
    values = [round(0.31 * k**1.3 % 23, 2) for k in range(1, 90)]
    assert "x: -1 in 20 rows is the only negative number" in marker(pl.Series("x", [*values, *([-1.0] * 20)]))
    assert "write <1 and name the column in data.censored" in marker(pl.Series("x", [*values, *([-1.0] * 20)]))
    assert marker(pl.Series("x", [*values, -1.0, -1.0])) == ""
    assert marker(pl.Series("x", [*values, *([-1.0] * 20), -2.0])) == ""
    assert marker(pl.Series("x", [k % 30 - 1 for k in range(300)] + [-1] * 9)) == ""  # whole degrees
