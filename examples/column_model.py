"""Water and energy budgets of an atmospheric column: no constraint, a penalty, an exact layer, in one table.

    python examples/column_model.py [--small]

A generated column of five levels: moisture and temperature decide where water condenses and falls; what condenses
heats, what falls leaves, what the surface gives stays in the lowest level. The truth closes two budgets to round-off,
with layer weights that differ from sample to sample (W m-2; q in energy units, times Lv):

    water    sum_k w_k dq_k + rain = evaporation
    energy   sum_k w_k dT_k - rain = radiation + sensible heat

Three ways to learn the twelve tendencies and fluxes, after Beucler et al. (2021), doi:10.1103/PhysRevLett.126.098302:

    UCnet          nothing is asked
    LCnet(alpha)   loss = (1 - alpha) MSE + alpha P, P the mean squared residual in units of the budgets' own spread
    ACnet          two outputs are solved for from the ten others, within the network

MSE is the mean over the outputs, P the mean over the two budgets, both in W2 m-4: on training rows, on unseen rows of
the same climate, and far outside it (much warmer and moister than anything seen).
"""

import sys
from collections.abc import Iterator

import numpy as np
import polars as pl

import isinglass as ig

LEVELS = 5
ALPHAS = (0.0, 0.01, 0.25, 0.5, 0.75, 0.99)
Q = [f"dq{k}" for k in range(LEVELS)]
T = [f"dt{k}" for k in range(LEVELS)]
TARGETS = [*Q, *T, "rain", "runoff_heat"]
WEIGHTS = [f"w{k}" for k in range(LEVELS)]
ZERO = [0.0] * LEVELS
BUDGETS = {
    "kind": "linear",
    "matrix": [[*WEIGHTS, *ZERO, 1.0, 0.0], [*ZERO, *WEIGHTS, -1.0, 1.0]],
    "right_side": ["evaporation", {"radiation": 1.0, "sensible": 1.0}],
}
EXACT = BUDGETS | {"form": "residual", "solve_for": [Q[-1], T[-1]]}
"""The lowest level's tendencies are solved for: w of a level never vanishes."""


def columns(count: int, *, warmer: float, seed: int) -> pl.DataFrame:
    """Columns of air and what happens to them within an hour; `warmer` shifts the climate (K)."""
    rng = np.random.default_rng(seed)
    height = np.linspace(1, 0, LEVELS)  # 1 at the top
    surface = 293 + warmer + 5 * rng.standard_normal((count, 1))
    temperature = surface - 55 * height + 2 * rng.standard_normal((count, LEVELS))
    relative = np.clip(0.75 - 0.35 * height + 0.2 * rng.standard_normal((count, LEVELS)), 0.05, 1.15)
    saturation = 12 * np.exp(0.065 * (temperature - 293))  # q in units of energy, per layer weight
    moisture = relative * saturation
    weight = single(np.array([0.6, 0.9, 1.1, 1.2, 1.2]) * (1 + 0.05 * rng.standard_normal((count, 1))))
    wind, sun = rng.gamma(4, 1.5, count), rng.uniform(0, 1, count)

    condensed = 4.0 * np.log1p(np.exp((moisture - 0.8 * saturation) / 1.5)) * (1 + 0.02 * (temperature - 270))
    condensed = np.maximum(condensed, 0)
    falling = np.cumsum(weight * condensed, axis=1)
    dry = np.clip(1 - relative, 0, 1)
    evaporated = 0.15 * dry * np.pad(falling, ((0, 0), (1, 0)))[:, :-1] / weight
    net = condensed - evaporated
    rain = (weight * net).sum(1)
    evaporation = single(6 * wind * np.clip(1.1 - relative[:, -1], 0, None))
    sensible = single(2 * wind * np.tanh((surface[:, 0] - temperature[:, -1]) / 3))
    cooling = -8 * (1 + 0.3 * np.tanh(moisture - 6)) + 12 * sun[:, None] * (1 - height)
    radiation = single((weight * cooling).sum(1))
    cooling[:, -1] += (radiation - (weight * cooling).sum(1)) / weight[:, -1]
    stored = 0.2 * rain * sun  # heat that the falling water takes into the ground

    moistening, warming = -net, net + cooling
    moistening[:, -1] += evaporation / weight[:, -1]
    warming[:, -1] += (sensible - stored) / weight[:, -1]
    table = {f"q{k}": moisture[:, k] for k in range(LEVELS)}
    table |= {f"t{k}": temperature[:, k] for k in range(LEVELS)}
    table |= {name: weight[:, k] for k, name in enumerate(WEIGHTS)}
    table |= {"evaporation": evaporation, "sensible": sensible, "radiation": radiation, "sun": sun}
    outputs = np.column_stack([moistening, warming, rain, stored])
    inputs = pl.DataFrame({name: single(values) for name, values in table.items()})
    return inputs.hstack(pl.DataFrame(outputs, schema=TARGETS))


def single(values: np.ndarray) -> np.ndarray:
    """Rounded to single precision, as networks see inputs: so that budgets close on the numbers that they are given."""
    return values.astype(np.float32).astype(np.float64)


def residuals(table: pl.DataFrame, y: np.ndarray) -> np.ndarray:
    """Both budgets' residuals [row, 2], W m-2, written out once more, apart from the package."""
    w = table[WEIGHTS].to_numpy()
    water = (w * y[:, :LEVELS]).sum(1) + y[:, -2] - table["evaporation"].to_numpy()
    energy = (w * y[:, LEVELS:-2]).sum(1) - y[:, -2] + y[:, -1]
    energy -= table["radiation"].to_numpy() + table["sensible"].to_numpy()
    return np.column_stack([water, energy])


def judged(model: ig.Model, table: pl.DataFrame) -> tuple[float, float]:
    """MSE and P."""
    mean = model.predict(table.drop(TARGETS)).mean
    return float(np.square(mean - table[TARGETS].to_numpy()).mean()), float(np.square(residuals(table, mean)).mean())


def study(small: bool) -> Iterator[tuple[str, dict[str, tuple[float, float]]]]:
    """Net after net: its name, and {part: (MSE, P)}."""
    rows = 300 if small else 2000
    tables = {
        "train": columns(rows, warmer=0, seed=0),
        "validation": columns(rows, warmer=0, seed=1),
        "far outside": columns(rows, warmer=12, seed=2),
    }
    settings = {
        "machine.hidden": [32] if small else [64, 64],
        "machine.numeric_embedding": "none",
        "learning.members": 1 if small else 2,
        "learning.epochs": 8 if small else 40,
        "learning.plan": "stacked",
        "objective.loss": "squared",
        "evaluation.baselines": "none",
        "evaluation.bootstrap": 20,
    }
    nets = {"UCnet": []}
    nets |= {f"LCnet({alpha:g})": [BUDGETS | {"alpha": alpha}] for alpha in (ALPHAS[2:3] if small else ALPHAS)}
    nets |= {"ACnet": [EXACT]}
    for name, constraints in nets.items():
        model = ig.fit(tables["train"], TARGETS, settings=settings | {"objective.constraints": constraints})
        yield name, {part: judged(model, table) for part, table in tables.items()}


def main() -> None:
    print(f"{'':12}" + "".join(f"{part:>24}" for part in ("train", "validation", "far outside")))
    print(f"{'':12}" + f"{'MSE':>12}{'P':>12}" * 3)
    for name, row in study("--small" in sys.argv):
        print(f"{name:12}" + "".join(f"{mse:12.3g}{p:12.2e}" for mse, p in row.values()), flush=True)


if __name__ == "__main__":
    main()
