"""metrics.json: the numbers of a report for other programs."""

from __future__ import annotations

import json
from pathlib import Path

from isinglass.errors import ModelFileError
from isinglass.evaluation.report import Report
from isinglass.files import write_atomically


def render_metrics(report: Report) -> str:
    """Strict JSON (no NaN: null), as `Report.metrics_json` lays it out."""
    return json.dumps(report.metrics_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_metrics(report: Report, path: str | Path) -> Path:
    """Write metrics.json atomically and return its path."""
    return write_atomically(Path(path), render_metrics(report).encode(), failure=ModelFileError)
