"""A target that is a sum of multiples of the inputs: computed from them, or hidden among them."""

from __future__ import annotations

from typing import Any

import numpy as np

from isinglass.spec import Task

EXACT = 1e-3
"""Spread of the residuals over that of the target, below which the relation is no chance (R2 > 0.999999)."""
LEAST = 1e-2
"""A column counts where it moves the target by more than this part of the target's spread."""
ROWS, COLUMNS = 20_000, 500
"""Rows looked at, and columns beyond which nothing is looked for."""
NAMED = 6


def linear_relations(inputs: np.ndarray, targets: np.ndarray, schema: Any) -> tuple[str, ...]:
    """Targets that two or more numeric inputs give by y = c + sum_k b_k x_k, by least squares on the training rows.

    One input alone is `leaks.target_copies`' concern.

    Args:
        inputs: float32 [sample, feature], NaN = missing; columns with missing values are left aside.
        targets: float64 [sample, out].
        schema: gives `features`, `targets` and `task`.

    Returns:
        One sentence a target.
    """
    if schema.task is not Task.REGRESSION:
        return ()
    step = -(-len(inputs) // ROWS)
    numeric = [place for place, feature in enumerate(schema.features) if feature.kind in ("numeric", "onehot")]
    x = inputs[::step, numeric].astype(np.float64)
    varied = np.isfinite(x).all(axis=0) & (x.max(axis=0) > x.min(axis=0)) if len(x) else np.zeros(0, bool)
    names = [schema.features[place].name for place, kept in zip(numeric, varied, strict=True) if kept]
    if len(names) < 2 or len(names) > COLUMNS or len(x) < 5 * len(names) + 10:
        return ()
    found = zip(schema.targets, targets[::step].T, strict=True)
    return tuple(sentence for column, y in found if (sentence := _relation(x[:, varied], y, names, column.name)))


def _relation(x: np.ndarray, y: np.ndarray, names: list[str], target: str) -> str:
    """The sentence, or nothing."""
    y = y - y.mean()
    y = y / (np.abs(y).max() or 1.0)  # squares of tiny numbers are zero
    spread = y.std()
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    slopes, *_ = np.linalg.lstsq(x, y, rcond=None)
    left = (y - x @ slopes).std()
    order = [k for k in np.argsort(-np.abs(slopes), kind="stable") if abs(slopes[k]) > LEAST * spread]
    if not left < EXACT * spread or len(order) < 2:
        return ""
    listed = ", ".join(names[k] for k in sorted(order[:NAMED])) + " ..." * (len(order) > NAMED)
    return (
        f"the target '{target}' is a sum of multiples of {len(order)} inputs ({listed}): a linear machine finds it; "
        "if one of them is measured with it or after it, leave that out with --drop"
    )
