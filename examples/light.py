"""A network that conserves energy, beside one that has only seen that energy is conserved.

    python examples/light.py [--small]

The light is made: what a canopy reflects, absorbs and transmits follows Beer's law with a little scatter, and every
row of the table sums to the incoming light exactly.
"""

import sys
from pathlib import Path

import numpy as np
import polars as pl

import isinglass as ig

SMALL = {"learning.members": 2, "learning.epochs": 15, "evaluation.bootstrap": 100, "evaluation.baselines": "none"}


def canopy(count: int, *, seed: int) -> pl.DataFrame:
    """Rows of incoming light, leaf area index and sun elevation, and where the light went."""
    rng = np.random.default_rng(seed)
    incoming, leaves = rng.uniform(50, 1000, count), rng.uniform(0, 8, count)
    sun = rng.uniform(10, 90, count)
    transmitted = np.exp(-0.5 * leaves / np.sin(np.radians(sun)))
    reflected = (1 - transmitted) * 0.2 * (1 - sun / 200)
    parts = np.stack([reflected, 1 - reflected - transmitted, transmitted])
    parts = parts * np.exp(0.1 * rng.standard_normal(parts.shape))
    parts *= incoming / parts.sum(axis=0)
    names = ("reflected [W/m2]", "absorbed [W/m2]", "transmitted [W/m2]")
    inputs = {"incoming [W/m2]": incoming, "leaves": leaves, "sun [degrees]": sun}
    return pl.DataFrame({**inputs, **dict(zip(names, parts, strict=True))})


Path("out").mkdir(exist_ok=True)
canopy(600, seed=0).write_csv("out/light.csv")
new = canopy(2000, seed=1)
recipe = ig.Recipe.from_file(Path(__file__).with_suffix(".toml"))
settings = SMALL if "--small" in sys.argv else {}

print("on 2,000 new rows    RMSE    largest |sum - incoming|    rows with a negative part    (W/m2)")
for name, changes in {"with the laws": {}, "without": {"objective.constraints": []}}.items():
    model = ig.fit(recipe, settings={**settings, **changes})
    mean = model.predict(new).mean
    error = float(np.sqrt(np.mean((mean - new[:, 3:].to_numpy()) ** 2)))
    broken = float(np.abs(mean.sum(axis=1) - new["incoming [W/m2]"].to_numpy()).max())
    print(f"{name:<17} {error:8.2f} {broken:27.2g} {int((mean < 0).any(axis=1).sum()):28d}")
