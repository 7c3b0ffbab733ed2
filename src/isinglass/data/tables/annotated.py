"""Numbers with something beside them in the cell: `0.94 U`, `3.2±0.1`, `46.9N`, `1.2D-03`, `(132)`, `5.1 cm`."""

from __future__ import annotations

import numpy as np
import polars as pl

from isinglass.data.tables.missing.tokens import MOSTLY
from isinglass.errors import DataError

LOOKED_AT, FEW = 1000, 10
"""Cells that are looked at, and different texts that may be categories all the same."""

WHOLE, BROKEN = r"[+-]?\d+(?:[.,]\d+)?", r"[+-]?\d*[.,]\d+"
AFTER = r"[^\d\s.,:;/+\-\\_][^\d]*"
FORMS = (
    rf"{BROKEN}\s*{AFTER}",  # a unit, a laboratory's qualifier, a letter of significance, north and south
    r"[+-]?\d+\s+[^\d\s.,:;/+\-\\_][^\d\s]{0,3}",
    rf"(?:[~\u2248*\u00b1]|ca\.?|approx\.?|est\.?)\s*{WHOLE}[)*]?|[NSEW]\s*{BROKEN}",
    rf"{WHOLE}\s*(?:\u00b1|\+/-|\+-)\s*{WHOLE}",
    rf"{WHOLE}\(\d+\)",  # 1.234(5): the last digit is uncertain by 5
    r"\(\d[\d.,]*\)|\d[\d.,]*-",  # as accountants write what is negative
    rf"{BROKEN}[dD][+-]?\d+",  # as Fortran writes double precision
    rf"{WHOLE}\s*[x\u00d7*\u00b7]\s*10\D.*",
    r"[NSEW]?\s*[+-]?\d[\d.,]*\s*\u00b0.*",
    rf"{WHOLE}\s*%",
)
ANNOTATED = rf"^(?:{'|'.join(FORMS)})$"
CURE = (
    "write the number alone (1.2e-3, -132, 46.9), and what stands beside it into the name or into a column of its own; "
    "where the cells are names, `--kind NAME=categorical`; `--drop NAME` leaves the column out."
)


def refuse_annotated(cells: pl.Series, values: pl.Series, *, where: str) -> None:
    """Raise DataError where most cells hold a number, and in some something stands beside it.

    Args:
        cells: texts, null where there is no value.
        values: the same as numbers, null where a cell is none.
        where: file, for messages.
    """
    head, known = cells.head(LOOKED_AT), values.head(LOOKED_AT).is_not_null()
    beside = head.str.contains(ANNOTATED).fill_null(value=False) & ~known
    present = len(head) - head.null_count()
    if not beside.any() or (beside | known).sum() <= MOSTLY * present or head.n_unique() <= FEW:
        return
    if not (beside | known | head.is_null()).all() and known.sum() > MOSTLY * present:
        return  # other text stands there too, which is named first
    rows = np.flatnonzero(beside.to_numpy())
    others = f" ({len(rows)} such cells)" if len(rows) > 1 else ""
    raise DataError(
        f"something stands beside the number in the cell{others}",
        where=f"{where}, row {rows[0] + 1}, column '{cells.name}'",
        given=repr(cells[int(rows[0])]),
        instead=CURE.replace("NAME", cells.name),
    )
