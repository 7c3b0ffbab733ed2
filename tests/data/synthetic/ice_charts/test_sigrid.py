"""Codes of ice charts as AI4Arctic's converter reads them."""

from __future__ import annotations

import pytest

from isinglass.data.synthetic.ice_charts.sigrid import (
    CONCENTRATION_OF,
    FORM_OF,
    STAGE_OF,
    Part,
    Polygon,
    dominant,
    labels,
)
from isinglass.errors import DataError


def test_code_tables() -> None:
    """The lists of systems.md, section 4b, class by class."""
    stages = {
        0: [0, 80],
        1: [81, 82],
        2: [83, 84, 85],
        3: [87, 88, 89],
        4: [86, 91, 93],
        5: [95, 96, 97],
        255: [98, 99],
    }
    assert {kind: sorted(code for code, found in STAGE_OF.items() if found == kind) for kind in stages} == stages
    assert len(STAGE_OF) == 18
    covers = {0: [0, 1, 2, 55], 10: [91, 92], **{tenth: [10 * tenth] for tenth in range(1, 10)}}
    assert {
        kind: sorted(code for code, found in CONCENTRATION_OF.items() if found == kind) for kind in covers
    } == covers
    forms = {0: [0], 1: [2], 2: [3], 3: [4], 4: [5], 5: [6, 7], 6: [9, 10], 255: [1, 8, 21, 22]}
    assert {kind: sorted(code for code, found in FORM_OF.items() if found == kind) for kind in forms} == forms


@pytest.mark.parametrize(
    ("polygon", "expected"),
    [
        (Polygon(55), (0, 0, 0)),
        (Polygon(1), (0, 0, 0)),
        (Polygon(92, (Part(92, 95, 6),)), (10, 5, 5)),
        (Polygon(70, (Part(50, 91, 5), Part(20, 87, 3))), (7, 4, 4)),  # 5 of 7 tenths are 71 %
        (Polygon(80, (Part(50, 91, 5), Part(30, 87, 3))), (8, 255, 255)),  # 5 of 8 are 63 %
        (Polygon(90, (Part(30, 91, 5), Part(30, 93, 4), Part(30, 84, 5))), (9, 4, 4)),  # equal classes are added up
        (Polygon(60, (Part(60, 99, 22),)), (6, 255, 255)),  # undetermined
        (Polygon(20, (Part(20, 81, 9),)), (2, 1, 6)),
        (Polygon(50, (Part(20, 91, 5),)), (5, 255, 255)),  # the table leaves 3 tenths open
    ],
)
def test_labels_of_polygons(polygon: Polygon, expected: tuple[int, int, int]) -> None:
    assert labels(polygon) == expected


def test_65_percent_is_enough_and_64_is_not() -> None:
    assert dominant([65, 35], [3, 4], 100) == 3
    assert dominant([64, 36], [3, 4], 100) == 255


def test_unknown_codes_are_named() -> None:
    with pytest.raises(DataError, match=r"unknown code of a concentration\. Given: 56"):
        labels(Polygon(56))
    with pytest.raises(DataError, match=r"unknown code of a stage\. Given: 94"):
        labels(Polygon(50, (Part(50, 94, 4),)))
    with pytest.raises(DataError, match=r"unknown code of a form\. Given: 12"):
        labels(Polygon(50, (Part(50, 91, 12),)))
