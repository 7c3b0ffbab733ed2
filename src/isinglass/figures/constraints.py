"""Do the predictions obey the physical laws? Sizes of the residuals, on a logarithmic axis."""

from __future__ import annotations

import numpy as np

from isinglass.evaluation.report import ConstraintCheck, Report
from isinglass.figures.drawing.style import colour, legend_above, panel
from isinglass.figures.drawing.svg import Drawing, to_svg

FLOOR = 1e-18
"""A residual of exactly zero has no logarithm: it is drawn here."""


def constraints(report: Report) -> list[Drawing]:
    """One histogram a law: predictions, and observations where their residuals are known."""
    return [_law(check, index) for index, check in enumerate(report.constraints)]


def _law(check: ConstraintCheck, index: int) -> Drawing:
    figure, axes = panel(2.3)
    sizes = {"predictions": ("network", _size(check.residual, check.reference))}
    if check.observed is not None:
        sizes["observations"] = ("reference", _size(check.observed, check.reference))
    both = np.concatenate([size for _, size in sizes.values()])
    edges = np.linspace(np.floor(both.min()), np.ceil(both.max() + 1e-9) + 0.1, 41)
    for label, (name, size) in sizes.items():
        axes.hist(size, bins=list(edges), color=colour(name), alpha=0.65, label=label)
    axes.set_xlabel("residual, part of the terms' size (power of ten)")
    axes.set_ylabel("rows")
    legend_above(axes)
    alt = f"Sizes of the residuals of the law {check.name}."
    key = f"constraint-{index}"
    return Drawing(key, to_svg(figure, key, alt), alt, f"{check.name}: {check.formula}")


def _size(residual: np.ndarray, reference: float) -> np.ndarray:
    relative = np.abs(residual[np.isfinite(residual)]) / (abs(reference) or 1.0)
    return np.log10(np.maximum(relative, FLOOR))
