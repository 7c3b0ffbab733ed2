"""How much memory does a large table need? A Parquet file of 5 million rows and 20 columns, fitted whole.

    python benchmarks/large.py                    # 5,000,000 x 20, about 0.8 GB on disk
    python benchmarks/large.py --rows 500000      # a tenth of it

Prints one line a run: rows, columns, file size, seconds, peak resident memory of the whole process, test RMSE against
the noise that was put in. Default settings but for the conventional methods, which are named.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

NOISE = 0.5
CHUNK = 500_000


def write(path: Path, rows: int, columns: int) -> None:
    """A smooth function of five columns with noise; the others have no influence."""
    parts = []
    for start in range(0, rows, CHUNK):
        rng = np.random.default_rng(start)
        x = rng.normal(size=(min(CHUNK, rows - start), columns - 1)).astype(np.float32)
        y = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + np.abs(x[:, 3]) + 0.5 * x[:, 4]
        y += NOISE * rng.normal(size=len(x))
        frame = pl.DataFrame({f"x{i}": x[:, i] for i in range(columns - 1)} | {"y": y.astype(np.float32)})
        parts.append(path.with_name(f"part{start}.parquet"))
        frame.write_parquet(parts[-1])
    rows = pl.scan_parquet(parts)
    rows.sink_csv(path) if path.suffix == ".csv" else rows.sink_parquet(path)
    for part in parts:
        part.unlink()


def fit(path: Path, out: Path, baselines: list[str]) -> dict[str, float]:
    """A real run of the command line in its own process: seconds, peak memory in GB, test RMSE."""
    line = [sys.executable, "-m", "isinglass", "fit", str(path), "--target", "y", "--out", str(out), "--overwrite"]
    line += ["--set", f"evaluation.baselines={json.dumps(baselines)}", "--json"]
    start = time.perf_counter()
    done = subprocess.run(line, capture_output=True, text=True, env={**os.environ, "COLUMNS": "120"})
    if done.returncode:
        raise SystemExit(done.stderr)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return {"seconds": time.perf_counter() - start, "peak": peak, "rmse": json.loads(done.stdout)["test"]["rmse"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--baselines", nargs="*", default=["mean", "linear", "gradient_boosting"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.parquet"
        write(path, given.rows, given.columns)
        size = path.stat().st_size / 2**20
        found = fit(path, Path(folder) / "study", given.baselines)
    print(f"{'rows':>10} {'columns':>8} {'file MB':>8} {'seconds':>8} {'peak GB':>8} {'RMSE':>7} {'noise':>6}")
    print(
        f"{given.rows:>10} {given.columns:>8} {size:>8.0f} {found['seconds']:>8.0f} {found['peak']:>8.2f}"
        f" {found['rmse']:>7.4f} {NOISE:>6}"
    )


if __name__ == "__main__":
    main()
