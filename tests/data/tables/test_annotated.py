"""Numbers with something beside them are no categories, no names of rows and no plain numbers: they are named."""

from __future__ import annotations

import polars as pl
import pytest

from isinglass.data.tables.parsing import typed
from isinglass.errors import DataError
from isinglass.spec import Kind

ROWS = range(1, 31)


@pytest.mark.parametrize(
    "cells",
    [
        [f"{k / 7:.3f} {'UJ'[k % 2]}" if k % 2 else f"{k / 7:.3f}" for k in ROWS],  # qualifiers of a laboratory
        [f"{k / 7:.2f} cm" if k % 3 else f"{10 * k / 7:.1f} mm" for k in ROWS],
        [f"{k / 7:.2f}{'N' if k % 2 else 'S'}" for k in ROWS],
        [f"{k}\N{DEGREE SIGN}{k}'N" for k in ROWS],
        [f"{k / 7:.3f}D-02" for k in ROWS],
        [f"{k / 7:.2f}\N{PLUS-MINUS SIGN}0.1" for k in ROWS],
        [f"{k / 7:.3f}({k % 9 + 1})" for k in ROWS],
        [f"({k})" if k % 2 else str(k) for k in ROWS],
        [f"{k}-" if k % 2 else str(k) for k in ROWS],
        [f"~{k}" if k % 2 else str(k) for k in ROWS],
        [f"{k / 7:.1f}{'a' * (k % 2)}{'b' * (k % 3)}" for k in ROWS],  # letters of significance
        [f"{k / 7:.1f}*10^{k % 4}" for k in ROWS],
        [f"{k / 7:.1f}%" if k == 4 else f"{k / 7:.1f}" for k in ROWS],
        [f"{k} {'UJ'[k % 2]}" for k in ROWS],
    ],
)
def test_a_number_with_something_beside_it_is_named(cells: list[str]) -> None:
    with pytest.raises(DataError, match=r"row \d+, column 'x': something stands beside the number in the cell"):
        typed(pl.Series("x", cells))


@pytest.mark.parametrize(
    "cells",
    [
        [f"S{k:04d}" for k in ROWS],
        [f"{k}B" if k % 2 else f"{k}A" for k in ROWS],  # numbers of houses
        [f"{k}YR {k % 5}/4" for k in ROWS],  # colours of soils
        [f"2.{k}.1" for k in ROWS],  # versions
        [f"{10 * k}-{10 * k + 9}" for k in ROWS],
        [f"{k}.5-{k}.9" for k in ROWS],
        [["1.5 T", "3.0 T", "7.0 T", "none"][k % 4] for k in ROWS],  # few different ones are categories
        [f"0x{k:04x}" for k in ROWS],
        [f"{k} {('Main Street', 'High Street', 'Park Lane')[k % 3]}" for k in ROWS],
    ],
)
def test_names_with_numbers_in_them_are_text(cells: list[str]) -> None:
    assert typed(pl.Series("x", cells)).dtype == pl.String


def test_a_kind_says_that_they_are_names() -> None:
    cells = [f"{k / 7:.3f} {'UJ'[k % 2]}" for k in ROWS]
    assert typed(pl.Series("x", cells), kind=Kind.CATEGORICAL).to_list() == cells
