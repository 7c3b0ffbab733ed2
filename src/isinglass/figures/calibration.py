"""Is it as sure as it should be? Histograms of the probability integral transform, coverage, reliability."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from isinglass.evaluation.clusters import clustered_error, few_factor
from isinglass.evaluation.report import Report, Unseen
from isinglass.figures.drawing.style import colour, legend_above, panel
from isinglass.figures.drawing.svg import Drawing, to_svg
from isinglass.spec import Task

OUTPUTS = 4
"""At most so many outputs are drawn."""

NINE_IN_TEN = 1.645
"""Standard deviations of a Gaussian to either side that hold 90 %."""


def calibration(report: Report) -> list[Drawing]:
    """Coverage and PIT for numbers, reliability for classes."""
    unseen = report.unseen
    if unseen is None:
        return []
    if report.task is not Task.REGRESSION:
        return [_reliability(unseen, report.task)] if unseen.probabilities is not None else []
    found = [_coverage(unseen)] if unseen.levels is not None and unseen.covered is not None else []
    if unseen.pit is not None:
        found += [_pit(unseen, out) for out in range(min(unseen.pit.shape[1], OUTPUTS))]
    return found


def _coverage(unseen: Unseen) -> Drawing:
    assert unseen.levels is not None
    assert unseen.covered is not None
    figure, axes = panel(3.2)
    levels = 100 * np.asarray(unseen.levels)
    margin = 100 * np.minimum(1.0, _coverage_margin(unseen))
    axes.fill_between(levels, levels - margin, levels + margin, color=colour("muted"), alpha=0.18, linewidth=0)
    axes.plot([0, 100], [0, 100], color=colour("muted"), linewidth=0.8)
    names = ("network", "reference", "third", "violet")
    for out, name in enumerate(names[: unseen.covered.shape[1]]):
        label = unseen.names[out] if unseen.covered.shape[1] > 1 else "measured"
        axes.plot(levels, 100 * unseen.covered[:, out], marker="o", markersize=3, color=colour(name), label=label)
    _percent_square(axes)
    axes.set_xlabel("promised coverage (%)")
    axes.set_ylabel("measured coverage (%)")
    if unseen.covered.shape[1] > 1:
        legend_above(axes)
    alt = "Measured against promised coverage of central intervals on unseen rows."
    caption = f"Above the line: intervals are wider than needed; below: too narrow. {_chance(unseen)}"
    return Drawing("coverage", to_svg(figure, "coverage", alt), alt, caption)


def _chance(unseen: Unseen) -> str:
    if unseen.cluster is None:
        return "Grey: what chance allows."
    return f"Grey: what chance allows {len(np.unique(unseen.cluster))} independent units of rows."


def _coverage_margin(unseen: Unseen) -> np.ndarray:
    """[level] nine in ten measured coverages lie nearer than this to the promise, of the output for which it is widest.

    A row lies in its central interval of level p where its PIT is within p/2 of 1/2.
    """
    levels = np.asarray(unseen.levels)
    least = np.sqrt(levels * (1 - levels) / len(unseen.observed))
    if unseen.cluster is None or unseen.pit is None:
        return NINE_IN_TEN * least
    inside = np.abs(unseen.pit[:, :, None] - 0.5) <= levels / 2  # [sample, out, level]
    errors = clustered_error(inside.reshape(len(inside), -1), unseen.cluster).reshape(inside.shape[1:]).max(axis=0)
    return few_factor(unseen.cluster, NINE_IN_TEN) * np.maximum(least, errors)


def _pit_margin(unseen: Unseen, out: int, bins: int) -> float:
    """The same for the density of a bin, 1 where level: the root mean square over the bins."""
    assert unseen.pit is not None
    pit = unseen.pit[:, out]
    known = np.isfinite(pit)
    least = float(np.sqrt((bins - 1) / max(1, int(known.sum()))))
    if unseen.cluster is None or not known.any():
        return NINE_IN_TEN * least
    bin_of = np.clip((pit[known] * bins).astype(int), 0, bins - 1)
    errors = bins * clustered_error(bin_of[:, None] == np.arange(bins), unseen.cluster[known])
    return few_factor(unseen.cluster, NINE_IN_TEN) * max(least, float(np.sqrt(np.mean(errors**2))))


def _pit(unseen: Unseen, out: int) -> Drawing:
    assert unseen.pit is not None
    figure, axes = panel(2.8)
    pit = unseen.pit[np.isfinite(unseen.pit[:, out]), out]
    bins = 20 if len(pit) >= 400 else 10
    share = np.histogram(pit, bins=bins, range=(0.0, 1.0))[0] / max(1, len(pit)) * bins
    margin = _pit_margin(unseen, out, bins)
    top = 1.08 * max(1.4, float(share.max(initial=0.0)))
    axes.axhspan(max(0.0, 1 - margin), min(top, 1 + margin), color=colour("muted"), alpha=0.18, linewidth=0)
    axes.bar((np.arange(bins) + 0.5) / bins, share, width=0.92 / bins, color=colour("reference"), alpha=0.75)
    axes.axhline(1.0, color=colour("ink"), linewidth=0.8)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, top)
    axes.set_xlabel("where in its predicted distribution a row falls")
    axes.set_ylabel("density (1 = ideal)")
    name = unseen.names[out]
    alt = f"Histogram of the probability integral transform of {name}; level when calibrated."
    caption = f"{name}: level is calibrated; a hump is too cautious, a bowl too sure, a slope biased. {_chance(unseen)}"
    key = f"pit-{out}"
    return Drawing(key, to_svg(figure, key, alt), alt, caption)


def _reliability(unseen: Unseen, task: Task) -> Drawing:
    stated, right, what = _stated(unseen, task)
    figure, axes = panel(3.2)
    edges = np.linspace(0, 1, 11)
    place = np.clip(np.digitize(stated, edges) - 1, 0, 9)
    count = np.bincount(place, minlength=10)
    used = count > 0
    mean, hit = (np.bincount(place, weights=v, minlength=10)[used] / count[used] for v in (stated, right))
    low, high = _wilson(hit, count[used])
    _percent_square(axes)
    axes.bar(10 * np.arange(10) + 5, 22 * count / count.max(), width=9.2, color=colour("muted"), alpha=0.25)
    axes.plot([0, 100], [0, 100], color=colour("muted"), linewidth=0.8)
    axes.vlines(100 * mean, 100 * low, 100 * high, color=colour("network"), alpha=0.45, linewidth=2.2)
    axes.plot(100 * mean, 100 * hit, marker="o", markersize=4, color=colour("network"), linewidth=1.0)
    axes.set_xlabel(f"stated probability of {what} (%)")
    axes.set_ylabel("how often it was so (%)")
    alt = f"Reliability diagram: stated probability of {what} against how often it was so."
    caption = "On the line probabilities mean what they say. Bars: 90 % intervals; grey: number of rows."
    return Drawing("reliability", to_svg(figure, "reliability", alt), alt, caption)


def _stated(unseen: Unseen, task: Task) -> tuple[np.ndarray, np.ndarray, str]:
    """[case] stated probability, whether it was so, and of what: two classes the second, more the chosen one."""
    assert unseen.probabilities is not None
    p = unseen.probabilities
    if task is Task.MULTILABEL:
        return p.ravel(), unseen.observed.ravel().astype(float), "a label"
    truth = unseen.observed[:, 0].astype(int)
    if p.shape[1] == 2:
        return p[:, 1], (truth == 1).astype(float), unseen.classes[1] if unseen.classes else "the second class"
    return p.max(axis=1), (p.argmax(axis=1) == truth).astype(float), "the chosen class"


def _wilson(share: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a proportion (Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953)."""
    z2 = NINE_IN_TEN**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = NINE_IN_TEN * np.sqrt(share * (1 - share) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    return middle - half, middle + half


def _percent_square(axes: Axes) -> None:
    axes.set_xlim(-2, 102)
    axes.set_ylim(-2, 102)
    axes.set_xticks(range(0, 101, 25))
    axes.set_yticks(range(0, 101, 25))
    axes.grid()
