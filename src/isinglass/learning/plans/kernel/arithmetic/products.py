"""Products and transposes of small row-major matrices that lie inside flat arrays.

Strides, and the number of columns, are multiples of the vector width (`lanes`), so there is no ragged edge.
"""

# Compiled code takes arrays and places one by one: bundles would cost time at each call.
# ruff: noqa: PLR0913, D417

from __future__ import annotations

from typing import Any

from isinglass.learning.plans.kernel.arithmetic.tiles import COLUMNS, ROWS, at, tile, transpose_tile, width_of
from isinglass.learning.plans.kernel.compilation import exact


def _strip(columns: int) -> Any:
    """C[:, strip] for one strip of columns that is as wide as a tile."""
    block, three, two, line = (tile(rows, columns) for rows in (ROWS, 3, 2, 1))
    step = ROWS

    @exact
    def strip(a, a0, a_row, a_k, b, b0, b_k, c, c0, c_row, bias, bias0, start, rows, count):
        m = 0
        while m + step <= rows:
            block(
                at(a, a0 + m * a_row), a_row, a_k, at(b, b0), b_k, at(c, c0 + m * c_row), c_row,
                at(bias, bias0 + m), start, count,
            )  # fmt: skip
            m += step
        while m + 3 <= rows:
            three(
                at(a, a0 + m * a_row), a_row, a_k, at(b, b0), b_k, at(c, c0 + m * c_row), c_row,
                at(bias, bias0 + m), start, count,
            )  # fmt: skip
            m += 3
        if m + 2 <= rows:
            two(
                at(a, a0 + m * a_row), a_row, a_k, at(b, b0), b_k, at(c, c0 + m * c_row), c_row,
                at(bias, bias0 + m), start, count,
            )  # fmt: skip
            m += 2
        if m < rows:
            line(
                at(a, a0 + m * a_row), a_row, a_k, at(b, b0), b_k, at(c, c0 + m * c_row), c_row,
                at(bias, bias0 + m), start, count,
            )  # fmt: skip

    return strip


_WIDE, _MIDDLE = COLUMNS[0], COLUMNS[-2]
_wide, _middle, _narrow = _strip(_WIDE), _strip(_MIDDLE), _strip(1)


@exact
def product(a, a0, a_row, a_k, b, b0, b_k, c, c0, c_row, bias, bias0, start, rows, columns, count):
    """C[rows, columns] = start + A[rows, count] B[count, columns].

    Args:
        a, a0, a_row, a_k: A's array, its first place, the steps to the next row and to the next k (any).
        b, b0, b_k: B's array, first place and step to the next k; its columns are contiguous.
        c, c0, c_row: C's array, first place and step to the next row; its columns are contiguous.
        bias, bias0: a value a row, added where start is BIAS.
        start: ZERO, BIAS or ADD (to what is in C).
        rows, columns, count: at least 1; columns a multiple of the vector width.
    """
    width = width_of(c)
    n = 0
    while n + _WIDE * width <= columns:
        _wide(a, a0, a_row, a_k, b, b0 + n, b_k, c, c0 + n, c_row, bias, bias0, start, rows, count)
        n += _WIDE * width
    while n + _MIDDLE * width <= columns:
        _middle(a, a0, a_row, a_k, b, b0 + n, b_k, c, c0 + n, c_row, bias, bias0, start, rows, count)
        n += _MIDDLE * width
    while n < columns:
        _narrow(a, a0, a_row, a_k, b, b0 + n, b_k, c, c0 + n, c_row, bias, bias0, start, rows, count)
        n += width


@exact
def transpose(source, source0, source_row, target, target0, target_row, rows, columns):
    """target[j, i] = source[i, j]. Both must have room for whole tiles: rows and columns are rounded up."""
    width = width_of(source)
    for i in range(0, rows, width):
        for j in range(0, columns, width):
            transpose_tile(
                at(source, source0 + i * source_row + j), source_row,
                at(target, target0 + j * target_row + i), target_row,
            )  # fmt: skip
