"""A whole study of columns that break arithmetic: nothing after the reading may raise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from studies import quick, tell

from isinglass.data import from_frame
from isinglass.workbench.data_summary import BINS, describe_data

N = 120
RNG = np.random.default_rng(5)
X = RNG.normal(size=N)
ONE = np.arange(N) == 7
FEW = RNG.integers(0, 5, N)


def sparse(first: object, second: object) -> list[object]:
    return [first if k == 3 else second if k == 9 else None for k in range(N)]


COLUMNS = {
    "huge": X * 1e30,
    "tiny": X * 1e-30,
    "denormal": FEW * 5e-45,
    "narrow": 1e17 + FEW * 1e10,
    "long": 1582218195625938000 + FEW,
    "most": np.where(ONE, 2**63 - 1, FEW),
    "unsigned": FEW.astype(np.uint64) + np.uint64(2**63 + 5),
    "all ones": np.where(ONE, np.uint64(2**64 - 1), FEW.astype(np.uint64)),
    "odd": np.where(ONE, 1e6, 3.0),
    "odd whole": np.where(ONE, -5, 3),
    "constant": np.full(N, 2.5),
    "true": np.full(N, fill_value=True),
    "nearly true": ~ONE,
    "two": sparse(1.5, 2.5),
    "two whole": sparse(1, 2),
    "two names": sparse("a", "b"),
    "single": [4.0 if k == 3 else None for k in range(N)],
    "largest": np.where(ONE, 3.4e38, X),
    "decades": 10.0 ** RNG.uniform(-37, 37, N),
}


@pytest.mark.slow
def test_a_study_of_hostile_columns_ends_with_its_report(tmp_path: Path) -> None:
    frame = pl.DataFrame({**COLUMNS, "x": X, "y": X + 0.1 * RNG.normal(size=N)}, strict=False)
    frame.write_parquet(tmp_path / "hostile.parquet")
    features = [name for name in frame.columns if name != "y"]
    data = {"source": str(tmp_path / "hostile.parquet"), "target": ["y"], "features": features}
    told = tell(quick(data, evaluation__baselines="auto"), tmp_path / "out")
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8").endswith("</html>")
    assert not any(method.failed for method in told.study.report.methods)
    said = told.model.predict(frame)
    assert np.isfinite(said.mean).all()
    assert np.isfinite(said.std).all()


@pytest.mark.slow
def test_a_column_without_a_value_in_the_unseen_rows_has_no_curve(tmp_path: Path) -> None:
    empty = [1.0 + k % 3 if k < 90 else None for k in range(N)]  # the latest rows are the test
    pl.DataFrame({"t": range(N), "h": empty, "x": X, "y": X**2 + RNG.normal(size=N)}).write_parquet(
        tmp_path / "t.parquet"
    )
    told = tell(quick({"source": str(tmp_path / "t.parquet"), "target": ["y"], "time": "t"}), tmp_path / "out")
    assert [effect.column for effect in told.study.report.effects] == ["x"]


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_is_described(name: str) -> None:
    recipe = quick({"source": "t", "target": ["y"], "features": [name, "x"]})
    frame = pl.DataFrame({name: COLUMNS[name], "x": X, "y": X**2}, strict=False)
    found = describe_data(from_frame(frame, recipe.data, name="t"), recipe)
    for column in found.columns:
        assert sum(column.counts) + column.missing == N
        assert column.kind.value in ("categorical", "boolean") or len(column.counts) == BINS


@pytest.mark.slow
@pytest.mark.parametrize("name", ["huge", "tiny", "largest", "odd", "decades", "all ones"])
def test_hostile_targets_end_with_a_report(name: str, tmp_path: Path) -> None:
    pl.DataFrame({"x": X, "z": RNG.normal(size=N), "y": COLUMNS[name]}).write_parquet(tmp_path / "t.parquet")
    data = {"source": str(tmp_path / "t.parquet"), "target": ["y"], "drop": [] if name == "odd" else ["x"]}
    told = tell(quick(data), tmp_path / "out")
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
    assert np.isfinite(told.model.predict(pl.DataFrame({"x": X, "z": X})).mean).all()
