"""A report as a terminal shows it: the comparison, what matters most, warnings and the verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from isinglass.spec import Task

if TYPE_CHECKING:
    from rich.table import Table

    from isinglass.evaluation.intervals import Interval
    from isinglass.evaluation.report import Measure, Method, Report

WIDE = 110
"""Columns of the terminal from which an interval stands beside its value rather than below it."""

UNSKILLED = "What matters is not said: the network is not known to beat predicting {}."

SHOWN = 4
"""Targets, of several, whose own tables are shown."""

IMPORTANT = 3
"""How many features the summary names."""


def summary(report: Report, *, width: int, notes: bool = True) -> list[object]:
    """What `fit` prints: renderables and lines, top to bottom; without `notes` where these have been shown."""
    lines: list[object] = [comparison(report.methods, report.measures, width=width)]
    for part in report.targets[:SHOWN]:
        lines += ["", comparison(part.methods, part.measures, width=width, heading=part.name)]
    if len(report.targets) > SHOWN:
        lines += ["", f"{len(report.targets) - SHOWN} more targets stand in the report and in metrics.json."]
    said = (report.combined_words, coverage(report), report.decided, important(report))
    lines += [text for text in said if text]
    lines += [f"note: {text}" for text in report.warnings] if notes else []
    return [*lines, "", report.verdict]


def comparison(
    methods: Sequence[Method], measures: Sequence[Measure], *, width: int, heading: str = "on unseen rows"
) -> Table:
    """Methods down, measures across; each value with its bootstrap interval. The network is bold."""
    table = plain_table()
    table.add_column(heading)
    shown = measures[: room(width)]
    for measure in shown:
        table.add_column(_heading(measure), justify="right", no_wrap=True)
    for method in methods:
        cells = [cell(method.values.get(measure.name), wide=width >= WIDE) for measure in shown]
        table.add_row(_named(method), *cells, style="bold" if method.network else "")
    return table


def _named(method: Method) -> str:
    return f"{method.name} failed: {method.failed}" if method.failed else method.name


def rows_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """A plain table: text to the left, numbers to the right."""
    table = plain_table()
    for place, heading in enumerate(headings):
        numeric = all(isinstance(row[place], (int, float)) for row in rows)
        table.add_column(heading, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(number(v) if isinstance(v, float) else str(v) for v in row))
    return table


def plain_table() -> Table:
    """An empty table in the house's form: a rule below the head and nothing else."""
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)


def coverage(report: Report) -> str:
    """`The 90 % band holds 91.2 % (88.0..93.9) of the unseen rows.`"""
    for measure in report.measures:
        value = report.network.values.get(measure.name)
        if measure.name.startswith("coverage") and value is not None and measure.nominal is not None:
            return f"The {percent(measure.nominal)} band holds {_percent_interval(value)} of the unseen rows."
    return ""


def important(report: Report) -> str:
    """`Most important: sst (+2.1), air_temp (+1.4), wind (+0.2): rise of the RMSE (%) when shuffled.`"""
    if report.importance is None:
        return ""
    if report.skilled is False:
        return UNSKILLED.format("the mean" if report.task is Task.REGRESSION else "the classes' shares")
    means = [float(draws.mean()) for draws in report.importance.single]
    ranked = sorted(zip(report.importance.names, means, strict=True), key=lambda pair: -pair[1])
    listed = ", ".join(f"{name} ({mean:+.3g})" for name, mean in ranked[:IMPORTANT])
    return f"Most important: {listed}; rise of the {report.importance.score} when shuffled."


def cell(value: Interval | None, *, wide: bool) -> str:
    """`4.02 (3.8..4.2)`, on two lines where there is little room; a dash where there is no number."""
    if value is None or not math.isfinite(value.value):
        return "-"
    if not (math.isfinite(value.low) and math.isfinite(value.high)):
        return number(value.value)
    interval = f"({number(value.low)}..{number(value.high)})"
    return f"{number(value.value)} {interval}" if wide else f"{number(value.value)}\n{interval}"


def number(value: float) -> str:
    """Three significant digits, without an exponent where that is readable."""
    if value == 0 or not math.isfinite(value):
        return str(value) if value else "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}" if 1e-4 <= abs(value) < 1e6 else f"{value:.3g}"


def score_text(value: float | None, low: float | None, high: float | None) -> str:
    """`4.02 (3.80..4.25)` of numbers that may be missing."""
    if value is None:
        return "-"
    return number(value) if low is None or high is None else f"{number(value)} ({number(low)}..{number(high)})"


def percent(part: float) -> str:
    """`90 %`, `97.5 %`."""
    return f"{100 * part:.3g} %"


def intervals(scores: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and `4.02 (3.8..4.2)` of each score that has `value`, `low` and `high`."""
    return [(name, cell(score, wide=True)) for name, score in scores.items()]


def _percent_interval(value: Interval) -> str:
    ends = f" ({100 * value.low:.1f}..{100 * value.high:.1f})" if math.isfinite(value.low) else ""
    return f"{100 * value.value:.1f} %{ends}"


def _heading(measure: Measure) -> str:
    return f"{measure.label} [{measure.unit}]" if measure.unit else measure.label


def room(width: int) -> int:
    """How many measures fit beside the methods' names."""
    return max(1, (width - 26) // (24 if width >= WIDE else 16))
