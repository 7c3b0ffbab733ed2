"""Who saw what: rows by fold, in space, in time and by group."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from isinglass.evaluation.report import Report, SplitPart
from isinglass.figures.drawing.plot_helpers import dot_label, dots, thinned
from isinglass.figures.drawing.style import SERIES, colour, legend_above, panel, shortened
from isinglass.figures.drawing.svg import Drawing, to_svg
from isinglass.figures.drawing.ticks import date_axis, moments
from isinglass.spec import Role

GROUPS = 24
"""More groups than this: only the largest are drawn."""


def splits(report: Report) -> list[Drawing]:
    """Shares of the rows, then whatever else is known: groups, a map, a time line."""
    part = report.splits
    scale = report.data.rows / max(1, part.role.shape[1])  # of very many rows the report holds an even choice
    found = [_shares(part, scale)]
    if part.groups is not None:
        found.append(_groups(part, scale))
    if part.position is not None:
        found.append(_map(part))
    if part.time is not None:
        found.append(_timeline(part))
    return found


def _shares(part: SplitPart, scale: float) -> Drawing:
    folds = len(part.role)
    figure, axes = panel(0.85 + 0.17 * min(folds, 20))
    left = np.zeros(folds)
    for role, name, label in (
        (Role.TRAIN, "reference", "training"),
        (Role.TEST, "network", "unseen: scored"),
        (Role.UNUSED, "rule", "unused"),
    ):
        rows = scale * (part.role == role).sum(axis=1)
        if rows.any():
            axes.barh(np.arange(folds), rows, left=left, height=0.72, alpha=0.85, color=colour(name), label=label)
        left = left + rows
    axes.set_yticks(range(folds), ["test part"] if folds == 1 else [f"fold {k + 1}" for k in range(folds)])
    _bare(axes)
    axes.set_xlabel("rows")
    legend_above(axes)
    unseen = round(scale * (part.role == Role.TEST).sum())
    alt = f"Rows of {folds} fold{'s' * (folds > 1)} by part; {unseen} rows are scored as unseen."
    return Drawing("splits-shares", to_svg(figure, "splits-shares", alt), alt, _scheme(part, unseen))


def _scheme(part: SplitPart, unseen: int) -> str:
    if part.scheme == "sealed":
        return f"One sealed test part of {unseen} rows, set aside before anything was fitted."
    return f"{len(part.role)} folds: each of {unseen} rows is predicted by networks that never saw its fold."


def _bare(axes: Axes) -> None:
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.margins(y=0.02)


def _fold_of(part: SplitPart) -> np.ndarray:
    """[sample] the fold in which a sample is unseen; -1 where there is none."""
    unseen = part.role == Role.TEST
    return np.where(unseen.any(axis=0), unseen.argmax(axis=0), -1)


def _shade(part: SplitPart, fold: int) -> str:
    """Sealed: the test part against the rest. Folds: colours in turn."""
    if fold < 0:
        return "reference"
    return "network" if part.scheme == "sealed" else SERIES[fold % len(SERIES)]


def _unseen_in(part: SplitPart, fold: int) -> str:
    if fold < 0:
        return ""
    return "test" if part.scheme == "sealed" else f"fold {fold + 1}"


def _groups(part: SplitPart, scale: float) -> Drawing:
    assert part.groups is not None
    names, index, rows = np.unique(np.asarray(part.groups).astype(str), return_inverse=True, return_counts=True)
    fold = np.array([np.bincount(_fold_of(part)[index == g] + 1).argmax() - 1 for g in range(len(names))])
    shown = np.argsort(-rows, kind="stable")[:GROUPS]
    shown = shown[np.lexsort((names[shown], fold[shown]))]
    figure, axes = panel(0.7 + 0.19 * len(shown))
    shades = [colour(_shade(part, int(f))) for f in fold[shown]]
    bars = axes.barh(np.arange(len(shown)), scale * rows[shown], height=0.72, alpha=0.85, color=shades)
    inside = [_unseen_in(part, int(f)) for f in fold[shown]]
    axes.bar_label(bars, inside, padding=3, fontsize=7.5, color=colour("muted"))
    axes.set_yticks(range(len(shown)), [shortened(str(name)) for name in names[shown]])
    _bare(axes)
    axes.margins(x=0.14)
    axes.set_xlabel("rows")
    more = f" The {GROUPS} largest of {len(names)} are shown." if len(names) > GROUPS else ""
    alt = f"Rows of each of {len(names)} groups and the fold in which they are unseen."
    caption = f"Rows with the same {part.group_name or 'group'} stay in one part.{more}"
    return Drawing("splits-groups", to_svg(figure, "splits-groups", alt), alt, caption)


def _map(part: SplitPart) -> Drawing:
    assert part.position is not None
    figure, axes = panel(2.7)
    shown = thinned(len(part.position))
    position, fold = part.position[shown], _fold_of(part)[shown]
    _by_fold(axes, part, position[:, 0], position[:, 1], fold)
    axes.set_xlabel("longitude (°E)")
    axes.set_ylabel("latitude (°N)")
    axes.margins(0.06)
    axes.autoscale_view()
    axes.grid()
    alt = "Where the rows lie, coloured by the fold in which they are unseen."
    return Drawing("splits-map", to_svg(figure, "splits-map", alt), alt, alt + _thinned(part))


def _timeline(part: SplitPart) -> Drawing:
    assert part.time is not None
    figure, axes = panel(2.2)
    shown = thinned(len(part.time))
    fold = _fold_of(part)[shown]
    jitter = np.random.default_rng(0).uniform(-0.3, 0.3, size=len(shown))
    if part.dated or np.asarray(part.time).dtype.kind == "M":
        date_axis(axes)
    _by_fold(axes, part, moments(np.asarray(part.time)[shown], dated=part.dated), fold + jitter, fold)
    folds = range(-1 if (fold < 0).any() else 0, len(part.role))
    axes.set_yticks(list(folds), [_unseen_in(part, f) or "training" for f in folds])
    axes.set_xlabel(part.time_label)
    alt = "When the rows were taken, by the fold in which they are unseen."
    caption = "When the rows were taken." + _thinned(part)
    return Drawing("splits-time", to_svg(figure, "splits-time", alt), alt, caption)


def _by_fold(axes: Axes, part: SplitPart, x: np.ndarray, y: np.ndarray, fold: np.ndarray) -> None:
    few = len(np.unique(np.column_stack([x, y]), axis=0)) <= 60
    for value in np.unique(fold):
        mine = fold == value
        dots(axes, x[mine], y[mine], name=_shade(part, int(value)), size=7.0 if few else 3.0, alpha=0.6)
    if part.scheme == "sealed":
        dot_label(axes, name="reference", label="training")
        dot_label(axes, name="network", label="test part")
        legend_above(axes)


def _thinned(part: SplitPart) -> str:
    count = part.role.shape[1]
    shown = len(thinned(count))
    return "" if shown == count else f" {shown} of {count} rows are drawn."
