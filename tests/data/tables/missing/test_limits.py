"""Values below or above a limit."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from isinglass.data import Dataset, Schema, from_frame
from isinglass.data.tables.missing.limits import read_limits
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe, Recipe

N = 80
RNG = np.random.default_rng(3)
X = RNG.normal(size=N)
LEAD = np.exp(X)
CELLS = [f"<{0.5}" if value < 0.5 else ">3" if value > 3 else f"{value:.3f}" for value in LEAD]


def study(**recipe) -> Dataset:
    frame = pl.DataFrame({"x": X, "lead": CELLS, "other": RNG.normal(size=N)})
    return from_frame(frame, DataRecipe(source="t", **({"target": "lead"} | recipe)), name="t")


def test_limits_are_numbers_with_a_side() -> None:
    values, sign = read_limits(pl.Series(["<1", "< 0.05", ">2419.6", "\u2264 3", ">=1e3", "<.5", "7", None, "x", "<"]))
    assert values.to_list() == [1, 0.05, 2419.6, 3, 1000, 0.5, 7, None, None, None]
    assert sign.tolist() == [-1, -1, 1, -1, 1, -1, 0, 0, 0, 0]


def test_a_censored_target() -> None:
    found = study(censored="lead")
    assert found.censoring[:, 0].tolist() == [(v > 3) * 1 - (v < 0.5) * 1 for v in LEAD]
    np.testing.assert_allclose(found.targets[:, 0], np.clip(LEAD, 0.5, 3), atol=6e-4)
    assert Schema.from_json(found.schema.to_json()) == found.schema
    part = found.take(np.arange(5, 20))
    assert part.censoring.tolist() == found.censoring[5:20].tolist()
    below, above = int((LEAD < 0.5).sum()), int((LEAD > 3).sum())
    assert any(note.startswith(f"lead: {below} cells below a limit, {above} above one, of {N}") for note in found.notes)


def test_a_censored_feature_is_read_as_its_limit() -> None:
    found = study(target="other", censored=["lead"])
    assert not len(found.censoring)
    np.testing.assert_allclose(found.inputs[:, 1], np.clip(LEAD, 0.5, 3), atol=6e-4)
    assert found.schema.encode(pl.DataFrame({"x": [0.0, 0.0], "lead": ["<0.2", "1"]}))[:, 1].tolist() == pytest.approx(
        [0.2, 1]
    )


def test_a_value_and_a_limit_of_one_number_are_two_tables() -> None:
    plain = [cell.strip("<>") for cell in CELLS]
    frame = pl.DataFrame({"x": X, "lead": plain, "other": X})
    other = from_frame(frame, DataRecipe(source="t", target="lead"), name="t")
    assert other.fingerprint != study(censored="lead").fingerprint


@pytest.mark.parametrize("cell", ["ND", "trace", "about 3"])
def test_what_is_neither_is_an_error(cell: str) -> None:
    frame = pl.DataFrame({"x": X, "lead": [cell, *CELLS[1:]]})
    with pytest.raises(DataError, match=f"row 1, column 'lead'.*Given: '{cell}'"):
        from_frame(frame, DataRecipe(source="t", target="lead", censored="lead"), name="t")
    missing = DataRecipe(source="t", target="lead", censored="lead", missing={"lead": [cell]})
    assert len(from_frame(frame, missing, name="t")) == N - 1


def test_the_recipe() -> None:
    recipe = Recipe.from_dict({"data": {"source": "t", "target": ["lead"], "censored": "lead"}})
    assert recipe.data.censored == ("lead",)
    assert Recipe.from_toml(recipe.to_toml()) == recipe
    with pytest.raises(DataError, match="no column 'led' in the table"):
        study(censored="led")
