"""A network's guess, a solver's answer: Kepler's equation E - e sin E = M, by Newton's method from three starts.

    python examples/kepler.py [--small]

Where is a body on its orbit? The mean anomaly M grows evenly with time; the eccentric anomaly E, which tells the place,
must be solved for. A network learns E from 2,000 solved orbits and guesses it for 5,000 others: the answer is the
equation's own, whatever the guess, only the number of steps differs. Starts: M itself; M + 0.85 e, after Danby (1987,
Celestial Mechanics 40, 303); the network's mean. Angles in 0 .. pi, e in 0.6 .. 0.99.
"""

import sys

import numpy as np
import polars as pl
import torch
from torch import Tensor

import isinglass as ig

SMALL = {"learning.members": 2, "learning.epochs": 40, "evaluation.bootstrap": 100, "evaluation.baselines": "none"}


def kepler(unknown: Tensor, given: Tensor) -> Tensor:
    """E - e sin E - M, zero at the answer."""
    return unknown - given[1] * unknown.sin() - given[0]


def orbits(count: int, *, seed: int) -> pl.DataFrame:
    """Mean anomaly (rad) and eccentricity of so many orbits."""
    rng = np.random.default_rng(seed)
    return pl.DataFrame({"M [rad]": rng.uniform(0, np.pi, count), "e": rng.uniform(0.6, 0.99, count)})


known, new = orbits(2000, seed=0), orbits(5000, seed=1)
given = torch.from_numpy(known.to_numpy())
solved = ig.newton(kepler, torch.full((len(known), 1), 3.0), given)
table = known.with_columns(pl.Series("E [rad]", solved.roots[:, 0].numpy()))
model = ig.fit(table, target="E [rad]", settings=SMALL if "--small" in sys.argv else {"learning.members": 4})

given = torch.from_numpy(new.to_numpy())
starts = {
    "the network": torch.from_numpy(model.predict(new).mean[:, None]),
    "M + 0.85 e": given[:, :1] + 0.85 * given[:, 1:],
    "M": given[:, :1],
}
answer = ig.newton(kepler, starts["the network"], given).roots
print("start         mean error of the guess (rad)   mean steps   most steps   without an answer")
for name, start in starts.items():
    found = ig.newton(kepler, start, given)
    guess, steps = float((start - answer).abs().mean()), found.steps[found.converged]
    failed = int((~found.converged).sum())
    print(f"{name:<13} {guess:29.4f} {steps.double().mean():12.2f} {int(steps.max()):12d} {failed:19d}")
