"""The generated column of `examples/column_model.py`: its truth closes both budgets, and so does ACnet."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "column_model.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("column_model", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("warmer", [0, 12])
def test_the_truth_closes_both_budgets(example, warmer: float) -> None:
    table = example.columns(2000, warmer=warmer, seed=3)
    truth = table[example.TARGETS].to_numpy()
    assert np.abs(example.residuals(table, truth)).max() < 1e-10 * np.abs(truth).max()
    assert table["rain"].min() >= 0
    assert np.abs(example.residuals(table, truth * 1.1)).max() > 0.1


@pytest.mark.slow
def test_the_table_tells_the_three_apart(example) -> None:
    found = dict(example.study(small=True))
    assert list(found) == ["UCnet", "LCnet(0.25)", "ACnet"]
    for part in ("train", "validation", "far outside"):
        free, asked, exact = (found[net][part][1] for net in found)
        assert exact < 1e-20
        assert asked < free
        assert free > 0.1
    assert found["ACnet"]["validation"][0] < 2 * found["UCnet"]["validation"][0]
