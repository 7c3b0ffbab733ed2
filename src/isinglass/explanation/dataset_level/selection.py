"""Sequential selection: which few columns are enough? Everything is fitted again for every set of columns.

Forward starts with nothing and takes the column that helps most beside those it has; backward starts with all and gives
up the column that is missed least. Unlike a permutation this asks what can be *learnt* without a column: of two columns
that say the same, one is enough. The path ends where two more columns have brought nothing. Of its sets the smallest is
chosen whose score lies within one standard error of the best one's, since the same rows have chosen and scored::

    error = standard deviation over folds / sqrt(folds)

References: McGovern et al. (2019), doi:10.1175/BAMS-D-18-0195.1 (both directions); Breiman, Friedman, Olshen and Stone
(1984), Classification and regression trees, section 3.4.3 (the rule).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from isinglass.errors import UsageError
from isinglass.explanation.explanation import Explanation
from isinglass.spec import Kind, Spec

Columns = tuple[str, ...]
Asking = Generator[list[Columns], np.ndarray, Explanation]
"""Yields sets of columns, is sent their scores [set, fold] on rows that had no part in the fits (low is good; infinite
where nothing could be fitted), and returns the path."""

PATIENCE = 2
"""Rounds without a better score after which the path ends."""
NOTHING, ALL = "(nothing)", "(all)"


@dataclass(frozen=True)
class Step:
    """A set on the path: the column that made it, its scores [fold], and who came second in that round."""

    column: str
    columns: Columns
    scores: np.ndarray
    second: str = ""
    second_score: float = np.nan

    @property
    def score(self) -> float:
        """Mean over folds."""
        return float(self.scores.mean())

    @property
    def error(self) -> float:
        """Standard error of the mean; 0 for one fold, NaN where a fold could not be fitted."""
        if not np.isfinite(self.scores).all():
            return np.nan
        return float(self.scores.std(ddof=1) / np.sqrt(len(self.scores))) if len(self.scores) > 1 else 0.0


def forward(names: Sequence[str], *, most: int = 0) -> Asking:
    """Take columns one after the other, at most so many (0: as many as help).

    Returns:
        `values` [step, fold], the scores of the sets on the path; `coords`: `step`, the column that made each set,
        `size`, its columns, `error`, the standard error of its mean, `second` and `second_score`, who came second,
        `chosen`, the columns chosen. `check`: the
        `score` of the chosen set, the `best` one and its `error`, the scores of `nothing` and of `all`, and how many
        `sets` were fitted.

    Raises:
        UsageError: there are no columns, one is named twice, or `most` is below 0.
    """
    names = _named(names, most)
    nothing, whole = yield [(), names]
    steps, sets = [Step(NOTHING, (), nothing)], 2
    while len(steps[-1].columns) < (most or len(names)) and not _stale(steps):
        taken = steps[-1].columns
        rest = [name for name in names if name not in taken]
        scores = yield [(*taken, name) for name in rest]
        steps.append(_best(rest, [(*taken, name) for name in rest], scores))
        sets += len(rest)
    return _explanation("forward", names, steps, most, {"nothing": nothing, "all": whole}, sets)


def backward(names: Sequence[str], *, most: int = 0) -> Asking:
    """Give up columns one after the other, at least until `most` are left. Otherwise as `forward`."""
    names = _named(names, most)
    nothing, whole = yield [(), names]
    steps, sets = [Step(ALL, names, whole)], 2
    while len(steps[-1].columns) > 1 and not (len(steps[-1].columns) <= (most or len(names)) and _lost(steps)):
        kept = steps[-1].columns
        left = [tuple(other for other in kept if other != name) for name in kept]
        scores = yield left
        steps.append(_best(kept, left, scores))
        sets += len(left)
    if len(steps[-1].columns) == 1:
        steps.append(Step(steps[-1].columns[0], (), nothing))
    return _explanation("backward", names, steps, most, {"nothing": nothing, "all": whole}, sets)


DIRECTIONS: dict[str, Callable[..., Asking]] = {"forward": forward, "backward": backward}


def chosen(steps: Sequence[Step], most: int = 0) -> Step:
    """The smallest set within one standard error of the best, of those with at most so many columns."""
    allowed = [step for step in steps if len(step.columns) <= most or not most]
    best = min(allowed, key=lambda step: step.score)
    good = [step for step in allowed if step.score <= best.score + best.error]
    return min([*good, best], key=lambda step: len(step.columns))


def _named(names: Sequence[str], most: int) -> Columns:
    if not names or len(set(names)) < len(names):
        raise UsageError("selection needs columns, each named once", given=", ".join(names) or "none")
    if most < 0:
        raise UsageError("at most so many columns: 1 or more, 0 for as many as help", where="most", given=most)
    return tuple(names)


def _stale(steps: Sequence[Step]) -> bool:
    best = min(range(len(steps)), key=lambda place: steps[place].score)
    return len(steps) - 1 - best >= PATIENCE


def _lost(steps: Sequence[Step]) -> bool:
    """Whether the last sets are all worse than the best one by more than its error."""
    best = min(steps, key=lambda step: step.score)
    return len(steps) > PATIENCE and all(step.score > best.score + best.error for step in steps[-PATIENCE:])


def _best(names: Sequence[str], sets: Sequence[Columns], scores: np.ndarray) -> Step:
    order = np.argsort(scores.mean(axis=1), kind="stable")
    first = int(order[0])
    if len(order) == 1:
        return Step(names[first], sets[first], scores[first])
    second = int(order[1])
    return Step(names[first], sets[first], scores[first], names[second], float(scores[second].mean()))


def _explanation(
    direction: str, names: Columns, steps: Sequence[Step], most: int, ends: Mapping[str, np.ndarray], sets: int
) -> Explanation:
    picked = chosen(steps, most)
    best = min(steps, key=lambda step: step.score)
    check = {"score": picked.score, "best": best.score, "error": best.error}
    check |= {name: float(scores.mean()) for name, scores in ends.items()} | {"sets": float(sets)}
    coords = {
        "step": np.array([step.column for step in steps]),
        "size": np.array([len(step.columns) for step in steps]),
        "error": np.array([step.error for step in steps]),
        "second": np.array([step.second for step in steps]),
        "second_score": np.array([step.second_score for step in steps]),
        "chosen": np.array(picked.columns, dtype=str),
    }
    spec = Spec(dims=("step", "fold"), names=names, units=("",) * len(names), kind=Kind.CONTINUOUS)
    return Explanation(np.stack([step.scores for step in steps]), spec, f"selection_{direction}", check, coords)
