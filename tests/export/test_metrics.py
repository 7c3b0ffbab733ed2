"""metrics.json on the disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from reports import regression_report

from isinglass.errors import IsinglassError
from isinglass.evaluation.intervals import Interval
from isinglass.evaluation.report import Method
from isinglass.export.metrics import write_metrics


def _refuse(constant: str):
    raise AssertionError(f"{constant} is not JSON")


def test_read_back(tmp_path: Path):
    report = regression_report()
    broken = replace(report, methods=(Method("network", {"rmse": Interval(float("nan"))}, network=True),))
    for made in (report, broken):
        text = write_metrics(made, tmp_path / "metrics.json").read_text(encoding="utf-8")
        assert json.loads(text, parse_constant=_refuse) == made.metrics_json()


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(IsinglassError, match="cannot be written"):
        write_metrics(regression_report(), tmp_path / "file" / "metrics.json")
