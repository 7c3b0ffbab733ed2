import math
from dataclasses import replace

import numpy as np
import pytest

from isinglass.cli.output import Output
from isinglass.cli.tables import cell, comparison, number, rows_table, summary
from isinglass.evaluation.intervals import Interval
from isinglass.evaluation.report import DataPart, Importance, Measure, Method, Report, SplitPart
from isinglass.spec import Role, Task

MEASURES = (
    Measure("rmse", "RMSE", "%"),
    Measure("nll", "NLL"),
    Measure("coverage_90", "90 % coverage", better="nominal", nominal=0.9),
)
METHODS = (
    Method("network", {"rmse": Interval(4.02, 3.8, 4.25), "coverage_90": Interval(0.912, 0.88, 0.939)}, network=True),
    Method("linear [ridge]", {"rmse": Interval(4.4), "nll": Interval(math.nan)}),
)


def report():
    return Report(
        title="t",
        verdict="The network is better.",
        task=Task.REGRESSION,
        date="2026-01-01",
        measures=MEASURES,
        methods=METHODS,
        data=DataPart("t", 3, (), "0"),
        splits=SplitPart(np.full((1, 3), Role.TRAIN), "random", "sealed"),
        recipe="",
        provenance={},
        warnings=("few groups",),
        importance=Importance(("a", "b", "c", "d"), np.array([[1.0, 2.0], [0, 0], [3, 3], [-1, -1]]), "RMSE (%)"),
    )


def shown(capsys, *lines):
    Output().show(*lines)
    return capsys.readouterr().out


def test_summary_says_it_all(capsys):
    text = shown(capsys, *summary(report(), width=140))
    assert "4.02 (3.80..4.25)" in text
    assert "linear [ridge]" in text
    assert "RMSE [%]" in text
    assert "The 90 % band holds 91.2 % (88.0..93.9) of the unseen rows." in text
    assert "Most important: c (+3), a (+1.5), b (+0); rise of the RMSE (%) when shuffled." in text
    assert "note: few groups" in text
    assert text.endswith("The network is better.\n")


def test_what_matters_to_a_network_without_skill_is_not_said(capsys):
    text = shown(capsys, *summary(replace(report(), skilled=False), width=140))
    assert "Most important" not in text
    assert "What matters is not said: the network is not known to beat predicting the mean." in text


def test_a_method_that_failed_says_why(capsys):
    text = shown(capsys, comparison((*METHODS, Method("trees", {}, failed="too wide")), MEASURES, width=140))
    assert "trees failed: too wide" in text


def test_a_narrow_terminal_stacks_intervals_and_keeps_the_first_measure(capsys):
    text = shown(capsys, comparison(METHODS, MEASURES, width=50))
    assert "4.02\n" in text.replace(" ", "")
    assert "RMSE" in text
    assert "coverage" not in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4.0236, "4.02"),
        (0.09251, "0.0925"),
        (12345.6, "12346"),
        (0.0, "0"),
        (-1.5, "-1.50"),
        (1e-7, "1e-07"),
        (2e9, "2e+09"),
    ],
)
def test_number(value, text):
    assert number(value) == text


def test_cell():
    assert cell(None, wide=True) == "-"
    assert cell(Interval(math.nan), wide=True) == "-"
    assert cell(Interval(1.0), wide=True) == "1.00"
    assert cell(Interval(1.0, 0.5, 2.0), wide=False) == "1.00\n(0.500..2.00)"


def test_rows_table(capsys):
    text = shown(capsys, rows_table(["name [unit]", "count"], [("a[b]", 3), ("c", 12)]))
    assert "name [unit]" in text
    assert "a[b]" in text
    assert text.rstrip().endswith("12")
