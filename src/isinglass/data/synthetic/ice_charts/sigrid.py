"""Codes of ice charts (SIGRID-3) and the classes that the AI4Arctic data set makes of them.

A polygon of a chart says how much of it is ice (CT) and of which kinds: up to three partial concentrations, each with
a stage of development and a form (floe size). A pixel gets the class of its polygon's total concentration, and the
stage (the form) that makes up at least 65 % of the ice; where none does, or the code says nothing, it is void.

References: JCOMM (2014), SIGRID-3: a vector archive format for sea ice charts, WMO/TD 1214;
Buus-Hinkler et al. (2022), AI4Arctic sea ice challenge dataset, doi:10.11583/DTU.c.6244065.
"""

from __future__ import annotations

from dataclasses import dataclass

from isinglass.errors import DataError

VOID = 255
DOMINANT = 0.65
"""The least part of the ice that gives a polygon its stage and its form."""

CONCENTRATIONS = tuple(f"{10 * tenth} %" for tenth in range(11))
STAGES = ("open water", "new ice", "young ice", "thin first-year ice", "thick first-year ice", "old ice")
FORMS = ("open water", "cake ice", "small floe", "medium floe", "big floe", "vast floe", "bergs")
HEADS = {"SIC": CONCENTRATIONS, "SOD": STAGES, "FLOE": FORMS}
"""Head -> its classes: concentration, stage of development, floe size."""

CONCENTRATION_OF = {0: 0, 1: 0, 2: 0, 55: 0, **{10 * tenth: tenth for tenth in range(1, 10)}, 91: 10, 92: 10}
"""Code of a concentration -> tenths, which is also its class."""

STAGE_OF = {
    **dict.fromkeys((0, 80), 0),
    **dict.fromkeys((81, 82), 1),
    **dict.fromkeys((83, 84, 85), 2),
    **dict.fromkeys((87, 88, 89), 3),
    **dict.fromkeys((86, 91, 93), 4),
    **dict.fromkeys((95, 96, 97), 5),
    **dict.fromkeys((98, 99), VOID),
}
"""Code of a stage of development -> class."""

FORM_OF = {0: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 5, 9: 6, 10: 6, **dict.fromkeys((1, 8, 21, 22), VOID)}
"""Code of a form of ice -> class."""


@dataclass(frozen=True)
class Part:
    """One kind of ice of a polygon, as codes: its concentration, stage of development and form."""

    concentration: int
    stage: int
    form: int


@dataclass(frozen=True)
class Polygon:
    """One line of a chart's table.

    Args:
        total: code of the total concentration (CT).
        parts: at most three kinds of ice, thickest first; none in open water.
    """

    total: int
    parts: tuple[Part, ...] = ()


def labels(polygon: Polygon) -> tuple[int, int, int]:
    """The classes SIC, SOD and FLOE of a polygon's pixels; 255 where there is none.

    Raises:
        DataError: a code is not in the tables.
    """
    total = _look_up(CONCENTRATION_OF, polygon.total, "concentration")
    if total == 0:
        return 0, 0, 0
    tenths = [_look_up(CONCENTRATION_OF, part.concentration, "concentration") for part in polygon.parts]
    stages = [_look_up(STAGE_OF, part.stage, "stage") for part in polygon.parts]
    forms = [_look_up(FORM_OF, part.form, "form") for part in polygon.parts]
    return total, dominant(tenths, stages, total), dominant(tenths, forms, total)


def dominant(tenths: list[int], classes: list[int], total: int) -> int:
    """The class that makes up at least 65 % of the ice, parts of equal class added up; 255 where none does."""
    found = {kind: sum(t for t, k in zip(tenths, classes, strict=True) if k == kind) for kind in classes}
    kind = max(found, key=lambda kind: found[kind], default=VOID)
    return kind if found.get(kind, 0) >= DOMINANT * total else VOID


def _look_up(table: dict[int, int], code: int, what: str) -> int:
    if code not in table:
        raise DataError(f"unknown code of a {what}", where="ice chart", given=code, allowed=sorted(table))
    return table[code]
