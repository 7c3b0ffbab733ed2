"""The report as one HTML file that needs nothing else: no script, no font and no style from outside."""

from __future__ import annotations

import math
import re
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from isinglass.errors import ModelFileError
from isinglass.evaluation.report import ColumnSummary, Measure, Method, Report, TargetPart
from isinglass.export import citation, numbers
from isinglass.export.sections import Shown, shown
from isinglass.figures.drawing.style import PALETTE
from isinglass.files import write_atomically

TEMPLATES = Path(__file__).parent / "templates"
PARTS = '{% import "parts.html.j2" as parts with context %}'
"""Before the body of every section."""
KEY_NUMBERS = 4
"""Numbers in the title block."""
ROUNDING = 1e-9
"""An interval that is narrower than this part of its end has no width."""
BARS = 24
"""Bars of a column's small histogram."""


def render_html(report: Report) -> str:
    """The whole page."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sections, context = shown(report), _context(report)
    bodies = {section.key: _body(environment, section, context) for section in sections}
    return environment.get_template("report.html.j2").render(context, sections=sections, bodies=bodies)


def _body(environment: Environment, section: Shown, context: dict[str, Any]) -> Markup:
    """What stands above a section's figures."""
    return Markup(environment.from_string(PARTS + section.body).render(context, section=section))


def write_html(report: Report, path: str | Path) -> Path:
    """Write the page atomically and return its path."""
    return write_atomically(Path(path), render_html(report).encode(), failure=ModelFileError)


def _context(report: Report) -> dict[str, Any]:
    return {
        "report": report,
        "palette": PALETTE,
        "key_numbers": key_numbers(report),
        "methods": ranked(report),
        "best": {measure.name: best(report, measure) for measure in report.measures},
        "cell": partial(cell, report),
        "cell_of": cell,
        "best_of": best,
        "ordered": partial(in_order, ranked(report)),
        "bars": bars,
        "number": numbers.number,
        "percentile": numbers.percentile,
        "duration": numbers.duration,
        "toml": toml,
        "bibtex": citation.bibtex(report),
        "sentence": citation.sentence(report),
    }


def key_numbers(report: Report) -> list[tuple[Measure, str, str]]:
    """The network's first measures, a coverage among them where there is one: (measure, value, interval)."""
    known = [m for m in report.measures if cell(report, report.network, m)[0] != numbers.DASH]
    chosen = known[:KEY_NUMBERS]
    coverage = next((measure for measure in known if measure.name.startswith("coverage")), None)
    if coverage and coverage not in chosen:
        chosen[-1] = coverage
    return [(measure, *cell(report, report.network, measure)) for measure in chosen]


def ranked(report: Report) -> list[Method]:
    """The network first, then the conventional methods from best to worst by the first measure."""
    others = [method for method in report.methods if not method.network]
    measure = report.measures[0]
    return [report.network, *sorted(others, key=lambda method: measure.badness(_value(method, measure)))]


def in_order(methods: list[Method], part: TargetPart) -> list[Method]:
    """One target's methods in the order of those of all targets."""
    by_name = {method.name: method for method in part.methods}
    return [by_name[method.name] for method in methods if method.name in by_name]


def best(report: Report | TargetPart, measure: Measure) -> tuple[str, ...]:
    """Names of the methods with the best value, several where they share it; none where fewer than two have one."""
    known = [m for m in report.methods if cell(report, m, measure)[0] != numbers.DASH]
    if len(known) < 2:
        return ()
    least = min(measure.badness(_value(method, measure)) for method in known)
    return tuple(m.name for m in known if math.isclose(measure.badness(_value(m, measure)), least, rel_tol=ROUNDING))


def _value(method: Method, measure: Measure) -> float:
    found = method.values.get(measure.name)
    return math.nan if found is None else found.value


def cell(report: Report | TargetPart, method: Method, measure: Measure) -> tuple[str, str]:
    """A value and its interval, ready to print, with as many decimals as the others of its column."""
    value = method.values.get(measure.name)
    if value is None:
        return numbers.DASH, ""
    return numbers.with_interval(value.value, value.low, value.high, places=places(report, measure))


def places(report: Report | TargetPart, measure: Measure) -> int | None:
    """Decimals of a column: those of the median interval; None without intervals."""
    values = [method.values[measure.name] for method in report.methods if measure.name in method.values]
    found = sorted(numbers.decimals(v.low, v.high) for v in values if v.high - v.low > ROUNDING * abs(v.high))
    return found[len(found) // 2] if found else None


def bars(column: ColumnSummary) -> list[float]:
    """Heights, 0 to 1, of the column's small histogram."""
    counts = column.counts[:BARS]
    highest = max(counts, default=0) or 1
    return [count / highest for count in counts]


def toml(text: str) -> Markup:
    """TOML with its table names marked."""
    marked = re.sub(r"^(\[.*\])$", r"<b>\1</b>", str(escape(text.strip())), flags=re.MULTILINE)
    return Markup(marked)
