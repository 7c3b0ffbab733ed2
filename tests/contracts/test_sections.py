"""What every section of the report must be, run over `SECTIONS`: built, kept in the model file, drawn, titled."""

from __future__ import annotations

import html
import json
from dataclasses import asdict, fields, replace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from reports import classification_report, image_report, regression_report
from studies import Told, quick, tell

from isinglass.evaluation.report import Report
from isinglass.export.html import render_html
from isinglass.export.records import pack, unpack
from isinglass.export.sections import SECTIONS, Found, Section, built
from isinglass.export.sections.section import always
from isinglass.figures.drawing.style import STYLE

REPORTS = {"numbers": regression_report, "classes": classification_report, "images": image_report}


@pytest.fixture(scope="module")
def studied() -> tuple[Told, Found]:
    """A small study, and what its sections were built from."""
    with pytest.MonkeyPatch.context() as patch:
        kept: list[Found] = []
        patch.setattr("isinglass.export.sections.built", lambda sections, found: kept.append(found) or {})
        told = tell(quick({"source": "iris"}))
    return told, kept[0]


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (one != one and other != other)


@pytest.mark.parametrize("key", SECTIONS)
def test_it_is_built_and_comes_back_from_the_model_file(key: str, studied: tuple[Told, Found]) -> None:
    told, found = studied
    report = replace(told.study.report, **built({key: SECTIONS[key]}, found))
    document, arrays = pack(report)
    again = unpack(Report, json.loads(json.dumps(document, allow_nan=False)), arrays)
    assert same(asdict(report), asdict(again))
    assert not SECTIONS[key].field or SECTIONS[key].field in {field.name for field in fields(Report)}


@pytest.mark.parametrize("key", SECTIONS)
@pytest.mark.parametrize("kind", REPORTS)
def test_it_has_a_title_and_stands_in_the_page_with_its_figures(key: str, kind: str, pages: dict[str, str]) -> None:
    report, section = REPORTS[kind](), SECTIONS[key]
    with mpl.rc_context(STYLE):
        drawings = section.figures(report)
    there = bool(drawings) or key in report.absent or section.shown(report)
    assert section.heading(report).strip()
    assert (f'<h2 id="{key}">{html.escape(section.heading(report))}</h2>' in pages[kind]) == there
    assert all(f'<figure id="figure-{drawing.key}">' in pages[kind] for drawing in drawings)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {kind: render_html(make()) for kind, make in REPORTS.items()}


def test_a_new_section_needs_no_field_of_the_report(
    studied: tuple[Told, Found], monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(found: Found) -> dict[str, Any]:
        worst = np.argsort(-found.scores.novelty)[:3]
        return {"rows": worst, "words": ["far <out>"], "of": {"count": 3}}

    body = "<p>{{ report.sections.far.words[0] }}: {{ report.sections.far.rows | join(', ') }}</p>\n"
    section = Section("The farthest rows", body=body, build=build, shown=always)
    monkeypatch.setitem(SECTIONS, "far", section)
    told, found = studied
    report = replace(told.study.report, **built(SECTIONS, found))
    document, arrays = pack(report)
    again = unpack(Report, json.loads(json.dumps(document)), arrays)
    assert same(again.sections, report.sections)
    page = render_html(again)
    assert "The farthest rows</h2>" in page
    assert f"<p>far &lt;out&gt;: {', '.join(map(str, again.sections['far']['rows']))}</p>" in page


def test_reports_without_these_numbers_are_read_as_before() -> None:
    document, arrays = pack(regression_report())
    del document["sections"]  # as version 0.1.0 wrote them
    assert unpack(Report, document, arrays).sections == {}
