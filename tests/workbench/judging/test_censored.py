"""A study of a target with limits: what is learnt, calibrated, scored and told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm
from studies import Told, quick, tell

from isinglass.evaluation.outcome import Outcome
from isinglass.model import Model
from isinglass.workbench.judging.censored import clear, constant, log_likelihood

N = 400
RNG = np.random.default_rng(8)
X = RNG.normal(size=N)
Z = RNG.normal(size=N)
TRUTH = 2 * X - 0.5
Y = TRUTH + RNG.normal(size=N)
CELLS = ["<0" if value < 0 else f"{value:.4f}" for value in Y]


def table(path: Path) -> str:
    pl.DataFrame({"x": X, "z": Z, "y": CELLS}).write_csv(path / "t.csv")
    return str(path / "t.csv")


def fitted(tmp_path: Path, **changes) -> Told:
    data = {"source": table(tmp_path), "target": ["y"], "censored": ["y"]}
    quickly = {"learning__epochs": 80, "learning__optimizer": {"kind": "adam", "rate": 0.03}, "machine__kind": "linear"}
    return tell(quick(data, **(quickly | changes)), tmp_path / "out")


@pytest.mark.slow
@pytest.mark.parametrize("plan", ["stacked", "looped", "auto"])
def test_it_learns_the_quantity_and_not_its_limits(plan: str, tmp_path: Path) -> None:
    told = fitted(tmp_path, learning__plan=plan)
    assert told.model.recipe.objective.loss == "tobit"
    said = told.model.predict(pl.DataFrame({"x": [-2.0, -1.0, 0.0, 1.0, 2.0], "z": [0.0] * 5}))
    # Least squares on the limits would say -1.4 of the first row.
    np.testing.assert_allclose(said.mean.ravel(), [-4.5, -2.5, -0.5, 1.5, 3.5], atol=1.2)
    np.testing.assert_allclose(said.std.ravel()[2:], 1, atol=0.4)  # below the limit hardly anything tells it
    notes = [note for note in told.study.report.warnings if "limit" in note]
    assert any("unseen rows hold a limit and no value" in note for note in notes)
    assert any(note.startswith("Log-likelihood of all 80 unseen rows") for note in notes)
    again = Model.load(tmp_path / "out" / "t.isinglass")
    assert again.schema.targets[0].censored
    assert len(again.predict(table(tmp_path)).mean) == N


@pytest.mark.slow
def test_another_loss_sees_the_limits_as_values(tmp_path: Path) -> None:
    told = fitted(tmp_path, objective__loss="squared")
    said = told.model.predict(pl.DataFrame({"x": [-2.0], "z": [0.0]}))
    assert said.mean.item() > -3.5


def test_the_likelihood_of_values_and_limits() -> None:
    law = norm(0.3, 1.2)
    y, sign = np.array([[0.1], [0.5], [2.0]]), np.array([[0], [-1], [1]])
    expected = np.mean([law.logpdf(0.1), law.logcdf(0.5), law.logsf(2.0)])
    assert log_likelihood(np.full((3, 1), 0.3), np.full((3, 1), 1.2), y, sign) == pytest.approx(expected)


def test_one_distribution_for_all_rows() -> None:
    mean, std = constant(np.maximum(Y, 0)[:, None], -(Y < 0).astype(int)[:, None])
    assert mean[0] == pytest.approx(-0.5, abs=0.3)
    assert std[0] == pytest.approx(np.sqrt(5), rel=0.15)


def test_rows_near_a_limit_calibrate_nothing() -> None:
    from isinglass.data import from_frame
    from isinglass.recipe import DataRecipe

    frame = pl.DataFrame({"x": X, "y": CELLS})
    dataset = from_frame(frame, DataRecipe(source="t", target="y", censored="y"), name="t")
    bagged = Outcome(observed=dataset.targets, mean=TRUTH[:, None], std=np.ones((N, 1)))
    kept = clear(bagged, dataset)
    assert np.isfinite(kept.mean[:, 0]).tolist() == (TRUTH >= 1.6449).tolist()
    errors = (dataset.targets - kept.mean)[np.isfinite(kept.mean)]
    assert np.std(errors) == pytest.approx(1, abs=0.25)
    assert clear(bagged, replace(dataset, censoring=np.zeros((0, 0), np.int8))) is bagged
