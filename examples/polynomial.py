"""Too simple, right and too flexible: polynomials of degree 1, 3 and 30 through the same 80 noisy points.

    python examples/polynomial.py [--small]

Each model is ten polynomials, one a fold of the cross-validation: `10-fold` is what they say of the tenth of the rows
that they have not seen, `training` what their mean says of all 80, `validation` what it says of 500 new rows.
"""

import sys
from pathlib import Path

import numpy as np
import polars as pl

import isinglass as ig

NOISE = 0.2


def points(count: int, *, seed: int) -> pl.DataFrame:
    """y = x^3 - x / 2 + noise; x in -1 .. 1, denser towards both ends, where flexible polynomials run wild."""
    rng = np.random.default_rng(seed)
    x = np.sin(rng.uniform(-np.pi / 2, np.pi / 2, count))
    return pl.DataFrame({"x": x, "y": x**3 - x / 2 + NOISE * rng.standard_normal(count)})


def mse(model: ig.Model, rows: pl.DataFrame) -> float:
    """Mean squared error of the mean prediction."""
    return float(np.mean((model.predict(rows).mean - rows["y"].to_numpy()) ** 2))


degrees = (1, 3, 30) if "--small" in sys.argv else (1, 2, 3, 5, 8, 12, 20, 30)
train, validation = points(80, seed=0), points(500, seed=1)
Path("out").mkdir(exist_ok=True)
train.write_csv("out/points.csv")
recipe = ig.Recipe.from_file(Path(__file__).with_suffix(".toml"))

print(f"noise alone: {NOISE**2:.3f}\ndegree   training   10-fold   validation")
for degree in degrees:
    model = ig.fit(recipe, settings={"machine.degree": degree})
    folds = model.findings.methods[0].values["rmse"].value ** 2
    print(f"{degree:6d} {mse(model, train):10.3f} {folds:9.3f} {mse(model, validation):12.3f}")
