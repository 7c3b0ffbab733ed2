"""Which columns say the same thing, and how much they matter together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from isinglass.explanation.dataset_level.permutation import single_pass
from isinglass.explanation.dataset_level.probe import Probe
from isinglass.explanation.explanation import Explanation


def grouped(
    probe: Probe, columns: Sequence[str] = (), *, threshold: float = 0.8, repeats: int = 5, seed: int = 0
) -> tuple[Explanation]:
    """Permutation importance of groups of correlated columns, each shuffled as a whole.

    Args:
        probe: the model, rows and score.
        columns: raw columns; empty: all. Groups are sought among these.
        threshold: of `correlated_groups`.
        repeats: permutations a group.
        seed: of the permutations.

    Returns:
        As `permutation.single_pass`, of groups, whose names are joined by ` + `.
    """
    groups = correlated_groups(probe, columns, threshold=threshold)
    (found,) = single_pass(probe, repeats=repeats, seed=seed, groups=groups)
    return (replace(found, method="permutation_grouped"),)


def correlated_groups(
    probe: Probe, columns: Sequence[str] = (), *, threshold: float = 0.8
) -> dict[str, tuple[str, ...]]:
    """Columns joined by a chain of rank correlations of at least `threshold` in size, as `groups` for
    importances.

    Spearman's correlation between the features of two columns, the largest where there are several; missing
    values take the middle rank. A column on its own is a group of one. Names are joined by ` + `. Where columns are
    named, groups are sought among these.
    """
    names = [name for name in probe.names if not columns or name in columns]
    probe.places(columns)
    linked = _strongest(probe, names) >= threshold  # [name, name]
    for _ in range(len(names)):  # transitive closure
        linked = (linked.astype(np.int32) @ linked.astype(np.int32)) > 0
    groups: dict[str, tuple[str, ...]] = {}
    for row in linked:
        members = tuple(name for name, member in zip(names, row, strict=True) if member)
        groups[" + ".join(members)] = members
    return groups


def _strongest(probe: Probe, names: Sequence[str]) -> np.ndarray:
    ranks = np.stack([_ranks(column) for column in probe.inputs.T])
    ranks -= ranks.mean(axis=1, keepdims=True)
    norm = np.sqrt((ranks**2).sum(axis=1, keepdims=True))
    ranks /= np.where(norm > 0, norm, 1.0)
    size = np.abs(ranks @ ranks.T)  # [feature, feature]
    places = [probe.places([name]) for name in names]
    strongest = np.array([[size[np.ix_(one, other)].max() for other in places] for one in places])
    np.fill_diagonal(strongest, 1.0)
    return strongest


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks with ties at their mean; missing values at the mean of all."""
    known = np.isfinite(values)
    if not known.any():
        return np.zeros(len(values))
    _, inverse, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2.0
    ranks = np.full(len(values), middle[inverse].mean())
    ranks[known] = middle[inverse]
    return ranks
