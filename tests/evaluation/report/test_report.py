"""The report as numbers: JSON without NaN, and the network's own line."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from reports import classification_report, regression_report

from isinglass.evaluation.intervals import Interval
from isinglass.evaluation.report import FORMAT, Importance, Method, finite
from isinglass.spec import Task


def test_metrics_are_strict_json_and_keep_the_numbers():
    report = regression_report()
    read = json.loads(json.dumps(report.metrics_json(), allow_nan=False))
    assert read["format"] == FORMAT
    assert read["test"] == {"rmse": 3.412, "nll": 2.61, "coverage_90": 0.893}
    assert read["intervals"]["rmse"] == pytest.approx([3.412 * 0.93, 3.412 * 1.06])
    assert set(read["baselines"]) == {"gradient boosting", "linear"}
    assert read["baselines"]["linear"]["nll"] == 2.83
    assert read["verdict"] == report.verdict
    assert read["rows"] == {"all": 300, "unseen": 300}
    assert read["units"]["rmse"] == "%"
    assert read["importance"]["sst"] == pytest.approx(2.1)
    assert read["openings"] == 1
    assert read["data"] == {"name": "tao", "sha256": report.data.fingerprint}


def test_what_is_not_finite_is_null():
    report = regression_report()
    broken = Method("network", {"rmse": Interval(math.nan), "nll": Interval(math.inf, 1.0, math.inf)}, network=True)
    importance = Importance(("sst",), np.array([[math.nan]]), "RMSE")
    found = replace(report, methods=(broken,), importance=importance, seconds=math.nan).metrics_json()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["test"] == {"rmse": None, "nll": None}
    assert found["intervals"]["nll"] == [1.0, None]
    assert found["importance"] == {"sst": None}
    assert found["seconds"] is None
    assert finite(None) is None


def test_numpy_numbers_become_plain_ones():
    report = regression_report()
    method = Method("network", {"rmse": Interval(*np.float64([1.0, 0.5, 1.5]))}, network=True)
    found = replace(report, methods=(method,), seconds=np.float64(2.0)).metrics_json()
    assert type(found["test"]["rmse"]) is float
    assert type(found["seconds"]) is float


def test_the_network_is_found_and_nothing_changes():
    report = classification_report()
    assert report.network.network
    assert report.metrics_json()["importance"] == {}
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.title = "other"  # pyright: ignore[reportAttributeAccessIssue]


def test_the_combination_has_a_place_of_its_own_and_words():
    report = regression_report()
    rows = (
        dataclasses.replace(report.network, role="networks"),
        Method("combined", {"rmse": Interval(3.1, 2.9, 3.4)}, role="combined"),
        *(method for method in report.methods if not method.network),
    )
    both = replace(report, methods=rows, combination={"gradient boosting": 0.61, "network": 0.39, "linear": 0.0})
    found = both.metrics_json()
    assert set(found["baselines"]) == {"gradient boosting", "linear"}
    assert found["combined"] == {"rmse": 3.1}
    assert found["combined_intervals"] == {"rmse": [2.9, 3.4]}
    assert found["combined_weights"] == {"gradient boosting": 0.61, "network": 0.39, "linear": 0.0}
    assert found["networks"] == found["test"]
    assert both.combined_words.startswith("Combined is the mean of gradient boosting 61 %, network 39 %:")
    alone = replace(both, combination={"linear": 1.0, "network": 0.0})
    assert alone.combined_words.startswith("Combined is linear alone:")
    # Row and network differ in the table by their calibration alone: said, since the sentence calls them one.
    assert alone.combined_words.endswith("; its bands are calibrated on these rows anew.")
    classes = replace(alone, task=Task.CLASSIFICATION, combination={"network": 1.0, "linear": 0.0})
    assert classes.combined_words.startswith("Combined is the network alone:")
    assert classes.combined_words.endswith("; its probabilities are calibrated on these rows anew.")
    assert report.combined_words == ""
    assert "combined" not in report.metrics_json()
