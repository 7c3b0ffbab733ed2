"""card.md: what a model is for, what it was made of and where it must not be trusted.

The layout is that of Hugging Face's model cards (Mitchell et al. 2019, Model cards for model reporting,
https://doi.org/10.1145/3287560.3287596): YAML front matter, then Markdown sections.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from isinglass.errors import ModelFileError
from isinglass.evaluation.report import Measure, Method, Report, TargetPart
from isinglass.export import citation, numbers
from isinglass.export.html import TEMPLATES, cell, ranked
from isinglass.files import write_atomically
from isinglass.spec import Task

TASKS = {
    Task.REGRESSION: "tabular-regression",
    Task.CLASSIFICATION: "tabular-classification",
    Task.MULTILABEL: "tabular-classification",
}
IMAGE_TASKS = {
    Task.CLASSIFICATION: "image-classification",
    Task.MULTILABEL: "image-classification",
    Task.SEGMENTATION: "image-segmentation",
}
"""The hub's names of the tasks; it has none for numbers from images."""


def render_card(report: Report, *, model: str = "model.isinglass") -> str:
    """The whole card as Markdown; `model` is the name of the file that it stands beside."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )  # Markdown, not HTML: nothing to escape but what `_plain` does
    environment.filters["plain"] = _plain
    return environment.get_template("card.md.j2").render(
        report=report,
        model=json.dumps(model, ensure_ascii=False),
        front=front_matter(report),
        methods=ranked(report),
        cell_of=lambda part, method, measure: _cell(part, method, measure),
        cell=lambda method, measure: _cell(report, method, measure),
        number=numbers.number,
        percentile=numbers.percentile,
        inputs=[column for column in report.data.columns if column.role == "input"],
        targets=[column for column in report.data.columns if column.role == "target"],
        outside=outside(report),
        sentence=citation.sentence(report),
        bibtex=citation.bibtex(report),
    )


def write_card(report: Report, path: str | Path, *, model: str = "model.isinglass") -> Path:
    """Write the card of the model file of that name atomically and return its path."""
    return write_atomically(Path(path), render_card(report, model=model).encode(), failure=ModelFileError)


def front_matter(report: Report) -> str:
    """YAML of which every value is JSON, so that nothing in a name can break it."""
    images = report.task not in TASKS or report.pictures is not None
    task = (TASKS | IMAGE_TASKS if images else TASKS)[report.task]
    tags = ["isinglass", "images" if images else "tabular", "uncertainty", "deep-ensemble"]
    lines = [
        "library_name: isinglass",
        f"pipeline_tag: {task}",
        f"tags: {json.dumps(tags)}",
        "model-index:",
        f"  - name: {_json(report.title)}",
        "    results:",
        "      - task:",
        f"          type: {task}",
        "        dataset:",
        f"          name: {_json(report.data.name)}",
        f"          type: {_json(report.data.name)}",
        "        metrics:",
    ]
    return "\n".join(lines + [line for measure in report.measures for line in _metric(report, measure)])


def outside(report: Report) -> float | None:
    """The share of unseen rows outside the training data, 0 to 1; None where unknown."""
    if report.novelty is None:
        return None
    known = report.novelty.values[report.novelty.values == report.novelty.values]
    return float((known > 1).mean()) if len(known) else None


def _metric(report: Report, measure: Measure) -> list[str]:
    value = report.network.values.get(measure.name)
    if value is None or not math.isfinite(value.value):
        return []
    return [
        f"          - type: {_json(measure.name)}",
        f"            name: {_json(measure.label)}",
        f"            value: {float(value.value)!r}",
    ]


def _cell(report: Report | TargetPart, method: Method, measure: Measure) -> str:
    value, interval = cell(report, method, measure)
    return f"{value} ({interval})" if interval else value


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _plain(text: object) -> str:
    """One line that means nothing to Markdown: no table, link, emphasis or HTML comes out of a column's name."""
    flat = " ".join(str(text).split())
    marked = "".join(f"\\{letter}" if letter in "\\`*_[]|#" else letter for letter in flat)
    return marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
