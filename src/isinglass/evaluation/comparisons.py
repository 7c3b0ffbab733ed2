"""Scores of several things on the same rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isinglass.errors import DataError

if TYPE_CHECKING:
    from isinglass.evaluation.intervals import Interval

Scores = Mapping[str, float | None]
Intervals = Mapping[str, Sequence[float | None]]
CURE = "name folders of studies, recipes (.toml), or models with --data DATA."


@dataclass(frozen=True)
class Compared:
    """Scores and intervals by thing; `notes` says why a comparison may not be fair."""

    scores: dict[str, Scores]
    intervals: dict[str, Intervals]
    notes: list[str]


def of_scores(scored: Mapping[str, Mapping[str, Interval]], data: str) -> Compared:
    """Models by their scores on the same rows; `data` names them."""
    return Compared(
        {thing: {name: s.value for name, s in scores.items()} for thing, scores in scored.items()},
        {thing: {name: (s.low, s.high) for name, s in scores.items()} for thing, scores in scored.items()},
        [f"rows that a model was fitted on flatter it: {data} should be new to all of them"],
    )


def of_studies(paths: Sequence[Path]) -> Compared:
    """Finished studies by their metrics.json; the conventional methods of the first stand below."""
    documents = {str(path): _metrics(path) for path in paths}
    return of_documents(documents)


def of_documents(documents: Mapping[str, dict[str, Any]]) -> Compared:
    """Studies by their numbers, as `Report.metrics_json` gives them."""
    scores: dict[str, Scores] = {name: document["test"] for name, document in documents.items()}
    intervals: dict[str, Intervals] = {name: document["intervals"] for name, document in documents.items()}
    first = next(iter(documents.values()))
    notes = _unlike(documents)
    if not notes:
        scores |= first["baselines"]
        intervals |= first["baseline_intervals"]
    return Compared(scores, intervals, notes)


def _unlike(documents: Mapping[str, dict[str, Any]]) -> list[str]:
    """Why the studies were not scored on the same rows."""
    notes = []
    if len({document["data"]["sha256"] for document in documents.values()}) > 1:
        notes.append("the studies have different data: their scores are not of the same rows")
    elif len({json.dumps(document["rows"]) for document in documents.values()}) > 1:
        notes.append("the studies have different unseen rows")
    return notes


def _metrics(path: Path) -> dict[str, Any]:
    file = path / "metrics.json" if path.is_dir() else path
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(error.strerror or "cannot be read", where=str(file)) from None
    except ValueError:
        raise DataError("neither a study's folder nor its metrics.json", where=str(file), instead=CURE) from None
    if not isinstance(document, dict) or not {"test", "intervals", "baselines", "data", "rows"} <= document.keys():
        raise DataError("not the metrics of a study", where=str(file), instead=CURE)
    return document
