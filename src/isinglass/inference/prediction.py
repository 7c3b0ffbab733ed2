"""What a model says of some rows: one number, how sure it is, and why it is not surer.

For regression with K members, member k gives a mean mu_k(x) and a variance s_k(x)^2:

    mean        mu   = 1/K sum mu_k
    noise^2          = c^2 1/K sum s_k^2 + f^2                       aleatoric: what the inputs do not tell
    ignorance^2      = c^2 (1 + 1/K) 1/(K-1) sum (mu_k - mu)^2       epistemic: what the members disagree on
    std^2            = noise^2 + ignorance^2

with the factor c and the floor f (mostly 0) of the calibration, found on out-of-bag rows; 1/K is the share of the mean
itself, which is drawn from as few members. For classes, with p = 1/K sum p_k and the entropy H:

    noise            = 1/K sum H(p_k),     ignorance = H(p) - noise       (nats)

both times the ratio of the entropy of p after and before it is tempered, so that their sum is that of `probabilities`.

References: Lakshminarayanan, Pritzel & Blundell (2017), Simple and scalable predictive uncertainty estimation using
deep ensembles, NeurIPS 30; Depeweg et al. (2018), Decomposition of uncertainty, ICML 35.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

import numpy as np
from numpy.typing import NDArray

from isinglass.inference.calibration import Calibration
from isinglass.inference.decision import Decision
from isinglass.objective.constraints import Residual
from isinglass.spec import Column, Task

Floats = NDArray[np.floating]

SHOWN = 10
"""Rows that a notebook shows."""


@dataclass(frozen=True)
class Prediction:
    """Predictions for `sample` rows, in the targets' units.

    mean: [sample, out]; for classes the most probable one's index as a number, for labels 0 or 1;
    noise, ignorance: [sample, out], one standard deviation each (regression), or nats ([sample, 1] for classes);
    probabilities: [sample, class] or, for several labels, [sample, out]; None for regression;
    lowest, highest: [out], what an exact law allows; intervals end there;
    decision: the rule by which `decisions` weighs the costs of a miss; None without costs;
    names: [sample], where the rows came from (files of images); None for rows of a table;
    features: names along the last axis of `beyond`;
    find_residuals: gives `residuals`; None where the model has no laws.
    """

    task: Task
    targets: tuple[Column, ...]
    mean: Floats
    noise: Floats
    ignorance: Floats
    calibration: Calibration
    probabilities: Floats | None = None
    lowest: Floats | float = -np.inf
    highest: Floats | float = np.inf
    names: NDArray[np.str_] | None = None
    decision: Decision | None = None
    features: tuple[str, ...] = ()
    score_novelty: Callable[[], Floats] | None = field(default=None, repr=False)
    score_parts: Callable[[], dict[str, Floats]] | None = field(default=None, repr=False)
    find_beyond: Callable[[], NDArray[np.bool_]] | None = field(default=None, repr=False)
    each_member: Callable[[], Floats] | None = field(default=None, repr=False)
    find_residuals: Callable[[], tuple[Residual, ...]] | None = field(default=None, repr=False)

    @cached_property
    def std(self) -> Floats:
        """Standard deviation [sample, out] of a new observation (regression)."""
        return np.hypot(self.noise, self.ignorance)

    @cached_property
    def novelty(self) -> Floats:
        """How far outside the training rows [sample]; above 1 is outside (see `inference.novelty.novelty`)."""
        return self.score_novelty() if self.score_novelty else np.full(len(self.mean), np.nan)

    @cached_property
    def novelty_parts(self) -> dict[str, Floats]:
        """Each score of novelty by itself, [sample] each: distance, pairs, range, hidden, reconstruction, ignorance."""
        return self.score_parts() if self.score_parts else {}

    @cached_property
    def outside(self) -> NDArray[np.bool_]:
        """Which rows [sample] lie outside the training data."""
        return self.novelty > 1

    @cached_property
    def beyond(self) -> NDArray[np.bool_]:
        """Which of a row's `features` lie outside their training ranges: [sample, feature]."""
        return self.find_beyond() if self.find_beyond else np.zeros((len(self), 0), dtype=bool)

    @cached_property
    def residuals(self) -> tuple[Residual, ...]:
        """By how much each row's `mean` breaks each law of the model, exact ones and penalties: a name, the formula and
        `values` [sample] in the law's own units; none where the model has no laws."""
        return self.find_residuals() if self.find_residuals else ()

    @cached_property
    def members(self) -> Floats:
        """Each member's own answer: means [member, sample, out] or probabilities [member, sample, class]."""
        if self.each_member is None:
            raise ValueError("these predictions were made without their members")
        return self.each_member()

    @property
    def labels(self) -> NDArray[np.str_] | None:
        """The most probable class by name, [sample]; None for regression."""
        if self.task is not Task.CLASSIFICATION:
            return None
        return np.asarray(self.targets[0].categories)[self.mean[:, 0].astype(int)]

    @property
    def decisions(self) -> NDArray[np.str_] | None:
        """The class to act on by name, [sample], where a miss of one class costs more than of another; else None."""
        if self.decision is None or self.probabilities is None or self.task is not Task.CLASSIFICATION:
            return None
        return np.asarray(self.targets[0].categories)[self.decision.choose(self.probabilities)]

    def interval(self, coverage: float = 0.9) -> tuple[Floats, Floats]:
        """Low and high ends [sample, out] of a band that holds `coverage` of new observations (regression).

        The half-width is q * std with q the conformal quantile of |y - mean| / std over out-of-bag rows.
        """
        low, high = self.calibration.interval(self.mean, self.std, coverage=coverage)
        return np.clip(low, self.lowest, self.highest), np.clip(high, self.lowest, self.highest)

    def __len__(self) -> int:
        return len(self.mean)

    def __repr__(self) -> str:
        names = ", ".join(target.name for target in self.targets)
        return f"<isinglass Prediction of {names}: {len(self)} {'row' if len(self) == 1 else 'rows'}>"

    def _repr_html_(self) -> str:
        """For notebooks: the first rows, each with how sure it is."""
        heads, rows = self._lines(SHOWN)
        head = "".join(f"<th>{escape(name)}</th>" for name in heads)
        body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
        more = f"<p>and {len(self) - SHOWN} more</p>" if len(self) > SHOWN else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"

    def _lines(self, count: int) -> tuple[list[str], list[list[str]]]:
        names = self.names if self.names is not None else np.arange(1, len(self) + 1)
        novel = self.novelty if self.score_novelty else None
        if self.task is Task.REGRESSION:
            heads = [f"{target.name} ({target.unit})" if target.unit else target.name for target in self.targets]
            values = [[with_spread(m, s) for m, s in zip(*row, strict=True)] for row in _rows(self, count)]
        elif self.task is Task.CLASSIFICATION and self.labels is not None and self.probabilities is not None:
            heads, best = [self.targets[0].name, "probability"], self.probabilities.max(axis=1)
            values = [[str(n), f"{100 * p:.0f} %"] for n, p in zip(self.labels[:count], best, strict=False)]
        else:
            heads = [target.name for target in self.targets]
            shown = self.mean if self.probabilities is None else self.probabilities
            values = [[f"{value:.2f}" for value in row] for row in shown[:count]]
        rows = [[str(name), *line] for name, line in zip(names, values, strict=False)]
        if novel is None:
            return ["row", *heads], rows
        told = [f"{value:.2g}{', outside' if value > 1 else ''}" for value in novel[:count]]
        return ["row", *heads, "novelty"], [[*row, cell] for row, cell in zip(rows, told, strict=True)]


def with_spread(mean: float, std: float) -> str:
    """`80.12 ± 3.2`, `101324998.79 ± 0.24`: at least four digits, and as many as the standard deviation tells."""
    told = math.isfinite(mean) and std > 0 and mean != 0
    digits = max(4, 2 + math.ceil(math.log10(abs(mean) / std))) if told else 4
    return f"{mean:.{min(digits, 17)}g} ± {std:.2g}"


def _rows(prediction: Prediction, count: int) -> list[tuple[Floats, Floats]]:
    return list(zip(prediction.mean[:count], prediction.std[:count], strict=True))
