"""Columns as the report and `check` show them."""

from __future__ import annotations

import numpy as np

from isinglass.recipe import Recipe
from isinglass.workbench import check_study


def test_of_a_boolean_column_the_zeros_are_counted_and_are_not_missing(tmp_path):
    flags = ["0"] * 30 + ["1"] * 60 + [""] * 10
    size = np.random.default_rng(0).normal(size=(100, 2))
    rows = [f"{flag},{x:.4f},{x + y:.3f}" for flag, (x, y) in zip(flags, size, strict=True)]
    path = tmp_path / "days.csv"
    path.write_text("\n".join(["holiday,wind,yield", *rows]))
    recipe = Recipe.model_validate({"data": {"source": str(path), "target": ["yield"]}})
    (column,) = [column for column in check_study(recipe).data.columns if column.name == "holiday"]
    assert (column.counts, column.categories, column.missing) == ((30, 60), ("0", "1"), 10)
