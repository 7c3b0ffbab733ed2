"""Numbers predicted for unseen rows: against the observed ones, and what is left over."""

from __future__ import annotations

import numpy as np

from isinglass.evaluation.report import Report, Unseen
from isinglass.figures.drawing.plot_helpers import dot_label, dots, running, square, thinned
from isinglass.figures.drawing.style import colour, legend_above, panel, with_unit
from isinglass.figures.drawing.svg import Drawing, to_svg
from isinglass.figures.drawing.ticks import few_ticks

OUTPUTS = 4
"""At most so many outputs are drawn; all of them are in the table."""


def predicted_observed(report: Report) -> list[Drawing]:
    """Observed against predicted, with the interval as a band and the rows outside it in another colour."""
    return [_against(report.unseen, out) for out in _outputs(report)] if report.unseen else []


def residuals(report: Report) -> list[Drawing]:
    """Observed minus predicted, with its running median and the band that holds nine in ten."""
    return [_left_over(report.unseen, out) for out in _outputs(report)] if report.unseen else []


def _outputs(report: Report) -> range:
    unseen = report.unseen
    return range(0 if unseen is None or unseen.mean is None else min(unseen.mean.shape[1], OUTPUTS))


def _label(unseen: Unseen, out: int) -> tuple[str, str]:
    return unseen.names[out], unseen.units[out] if unseen.units else ""


def _against(unseen: Unseen, out: int) -> Drawing:
    assert unseen.mean is not None
    name, unit = _label(unseen, out)
    figure, axes = panel(3.2)
    mean, observed = unseen.mean[:, out], unseen.observed[:, out]
    shown = thinned(len(mean))
    inside = np.ones(len(mean), dtype=bool)
    share = ""
    if unseen.low is not None and unseen.high is not None:
        low, high = unseen.low[:, out], unseen.high[:, out]
        inside = (observed >= low) & (observed <= high)
        x, below, above = (running(mean, edge, [0.5]) for edge in (mean, low - mean, high - mean))
        if x.size:
            axes.fill_between(
                x[0], x[0] + below[1], x[0] + above[1], color=colour("reference"), alpha=0.14, linewidth=0
            )
        share = f" {100 * inside.mean():.0f} % of the rows lie inside their {100 * unseen.coverage:.0f} % interval."
        dot_label(axes, name="reference", label="inside the interval")
        dot_label(axes, name="alarm", label="outside")
    for kind, mask in (("reference", inside), ("alarm", ~inside)):
        keep = shown[mask[shown]]
        dots(axes, mean[keep], observed[keep], name=kind, alpha=0.55)
    square(axes, mean[shown], observed[shown])
    axes.set_xlabel(with_unit(f"predicted {name}", unit))
    axes.set_ylabel(with_unit("observed", unit))
    few_ticks(axes, np.array(axes.get_xlim()))
    if share:
        legend_above(axes)
    alt = f"Observed against predicted {name} for {len(mean)} unseen rows, with the line of equality.{share}"
    key = f"against-{out}"
    caption = f"{name}: each dot is a row that the networks never saw.{share}{_thinned(len(mean))}"
    return Drawing(key, to_svg(figure, key, alt), alt, caption)


def _left_over(unseen: Unseen, out: int) -> Drawing:
    assert unseen.mean is not None
    name, unit = _label(unseen, out)
    figure, axes = panel(2.8)
    mean = unseen.mean[:, out]
    left = unseen.observed[:, out] - mean
    shown = thinned(len(mean))
    dots(axes, mean[shown], left[shown], name="reference", alpha=0.4)
    axes.axhline(0.0, color=colour("muted"), linewidth=0.8)
    x, low, middle, high = running(mean, left, [0.05, 0.5, 0.95])
    axes.plot(x, middle, color=colour("network"), label="running median")
    axes.plot(x, low, color=colour("network"), linewidth=0.9, linestyle=(0, (4, 2)), label="5 and 95 %")
    axes.plot(x, high, color=colour("network"), linewidth=0.9, linestyle=(0, (4, 2)))
    axes.set_xlabel(with_unit(f"predicted {name}", unit))
    axes.set_ylabel(with_unit("observed − predicted", unit))
    few_ticks(axes, np.array(axes.get_xlim()))
    if x.size:
        legend_above(axes)
    alt = f"Residuals of {name} against the prediction."
    caption = f"{name}: a median away from zero is bias; dashed lines that spread are noise that depends on the row."
    key = f"residuals-{out}"
    return Drawing(key, to_svg(figure, key, alt), alt, caption + _thinned(len(mean)))


def _thinned(count: int) -> str:
    shown = len(thinned(count))
    return "" if shown == count else f" {shown} of {count} rows are drawn."
