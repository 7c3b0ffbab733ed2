"""Importance by shuffling: how much worse the score gets when a column no longer belongs to its row.

Single-pass (Breiman 2001, https://doi.org/10.1023/A:1010933404324) shuffles one column at a time. Of two
correlated columns each hides the other, so both seem unimportant. Multi-pass (Lakshmanan et al. 2015,
https://doi.org/10.1175/JTECH-D-13-00205.1) keeps the most important column shuffled, with the same
permutation, and asks again: then the second of the pair shows. Both are described by McGovern et al. (2019,
https://doi.org/10.1175/BAMS-D-18-0195.1). Nothing is fitted again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isinglass.errors import UsageError
from isinglass.explanation.dataset_level.probe import Edit, Probe
from isinglass.explanation.explanation import Explanation
from isinglass.spec import Kind, Spec

Groups = Mapping[str, Sequence[str]]

FINALISTS = 8
"""Names of a step of the multi-pass that get all repeats."""


def single_pass(
    probe: Probe,
    columns: Sequence[str] = (),
    *,
    repeats: int = 5,
    seed: int = 0,
    groups: Groups | None = None,
) -> tuple[Explanation]:
    """Shuffle one name at a time; importance = worsening of the score, positive = the model needs it.

    Args:
        probe: the model, rows and score.
        columns: raw columns; empty: all. All features made from a column are shuffled together.
        repeats: permutations a name, each drawn from `seed`, the name's place and the repeat.
        seed: of the permutations.
        groups: instead of `columns`: names of groups -> raw columns that are shuffled together, in the same
            order.

    Returns:
        One explanation, `values` [name, repeat, score] in the score's unit. `check`: `plain`, the mean score
        of the rows as they are; `shuffled`, with all columns shuffled together (no skill left);
        `repeatability`, the largest difference between two predictions of the same rows (0 for a
        deterministic model).
    """
    question = _Question(probe, _groups(probe, columns, groups), seed)
    plain, check = _check(probe, seed)
    return (_explanation(probe, question, _all(question, repeats) - plain, "permutation", check),)


def multi_pass(
    probe: Probe,
    columns: Sequence[str] = (),
    *,
    repeats: int = 5,
    seed: int = 0,
    groups: Groups | None = None,
    steps: int = 10,
    first: Explanation | None = None,
) -> tuple[Explanation]:
    """Shuffle the most important name, keep it shuffled, and look for the next, `steps` times at most.

    Arguments as for `single_pass`; `first` is what that gave with the same ones, so that it is not done again.
    The first step is the single pass; the name with the worst score, averaged over repeats and scores, stays
    shuffled with the permutation of that repeat.

    From the second step on the names run a race: all are shuffled once, the better half once more, and so on
    until `FINALISTS` are left, which get all repeats (successive halving: Karnin, Koren & Somekh 2013, Almost
    optimal exploration in multi-armed bandits, ICML 28). So a step costs two rounds of predictions at most
    instead of `repeats`, and with no more names than finalists nothing is left out.

    Returns:
        One explanation, `values` [name, repeat, score]: the worsening of the score when the name was taken,
        with all names taken before it shuffled too; NaN for names that were not reached. `coords["order"]`
        has the names in the order in which they were taken. `check` as for `single_pass`.
    """
    question = _Question(probe, _groups(probe, columns, groups), seed)
    plain, check = _check(probe, seed)
    rise = dict(enumerate(_all(question, repeats) - plain if first is None else _known(first, question, repeats)))
    values = np.full((len(question.groups), repeats, len(plain)), np.nan)
    taken: list[int] = []
    for step in range(min(steps, len(question.groups))):
        rise = _race(question, taken, repeats, plain) if step else rise
        best = max(rise, key=lambda name: float(rise[name].mean()))
        values[best] = rise[best]
        taken.append(best)
    return (_explanation(probe, question, values, "permutation_multi", check, order=taken),)


@dataclass(frozen=True)
class _Question:
    """Names to shuffle and the stream of permutations that belongs to each."""

    probe: Probe
    groups: Groups
    seed: int

    @cached_property
    def places(self) -> list[list[int]]:
        """The features of each name."""
        return [self.probe.places(members) for members in self.groups.values()]

    def edit(self, name: int, repeat: int) -> Edit:
        """Shuffle a name with its own permutation of this repeat."""
        order = np.random.default_rng([self.seed, repeat, name]).permutation(len(self.probe.inputs))
        places = self.places[name]
        return Edit(places, self.probe.inputs[order[:, None], places])

    def losses(self, taken: Sequence[int], names: Sequence[int], repeat: int) -> list[np.ndarray]:
        """[score] losses with each of these names shuffled, and those that are taken too."""
        fixed = [self.edit(name, repeat) for name in taken]
        edits = (_joined([*fixed, self.edit(name, repeat)]) for name in names)
        return [self.probe.loss(predicted) for predicted in self.probe.predictions(edits)]


def _joined(edits: Sequence[Edit]) -> Edit:
    places = [place for edit in edits for place in edit.places]
    return Edit(places, np.concatenate([edit.values for edit in edits], axis=1))


def _all(question: _Question, repeats: int) -> np.ndarray:
    """[name, repeat, score] losses with each name shuffled alone."""
    draws = [(name, repeat) for name in range(len(question.groups)) for repeat in range(repeats)]
    edits = (question.edit(name, repeat) for name, repeat in draws)
    losses = [question.probe.loss(predicted) for predicted in question.probe.predictions(edits)]
    return np.stack(losses).reshape(len(question.groups), repeats, -1)


def _known(first: Explanation, question: _Question, repeats: int) -> np.ndarray:
    if first.method != "permutation" or first.spec.names != tuple(question.groups) or first.values.shape[1] != repeats:
        raise UsageError("the first step is not a single pass over the same names and repeats", given=first.spec.names)
    return first.values


def _race(question: _Question, taken: Sequence[int], repeats: int, plain: np.ndarray) -> dict[int, np.ndarray]:
    """[repeat, score] worsening for each name that went through all repeats."""
    rise: dict[int, list[np.ndarray]] = {n: [] for n in range(len(question.groups)) if n not in taken}
    for repeat in range(repeats):
        if repeat:  # the better half goes on
            ranked = sorted(rise, key=lambda name: -float(np.mean(rise[name])))
            rise = {name: rise[name] for name in ranked[: max(FINALISTS, -(-len(ranked) // 2))]}
        for name, loss in zip(rise, question.losses(taken, list(rise), repeat), strict=True):
            rise[name].append(loss - plain)
    return {name: np.stack(found) for name, found in rise.items()}


def _groups(probe: Probe, columns: Sequence[str], groups: Groups | None) -> Groups:
    if groups is not None and columns:
        raise UsageError("columns and groups exclude each other", instead="name the columns inside the groups.")
    if groups is None:
        groups = {name: (name,) for name in columns or probe.names}
    for members in groups.values():
        probe.places(members)
    return groups


def _check(probe: Probe, seed: int) -> tuple[np.ndarray, dict[str, float]]:
    everything = list(range(len(probe.features)))
    order = np.random.default_rng([seed, len(everything)]).permutation(len(probe.inputs))
    first = np.array(probe.predict(probe.inputs.copy()))
    plain = probe.loss(first)
    unchanged, shuffled = Edit(everything, probe.inputs), Edit(everything, probe.inputs[order])
    again, mixed = (np.array(p) for p in probe.predictions([unchanged, shuffled]))
    sign = 1.0 if probe.better == "low" else -1.0
    return plain, {
        "plain": sign * float(plain.mean()),
        "shuffled": sign * float(probe.loss(mixed).mean()),
        "repeatability": float(np.nanmax(np.abs(again - first), initial=0.0)),
    }


def _explanation(
    probe: Probe,
    question: _Question,
    values: np.ndarray,
    method: str,
    check: Mapping[str, float],
    *,
    order: Sequence[int] = (),
) -> Explanation:
    names = tuple(question.groups)
    units = tuple(probe.unit(name) for name in names)
    coords = {"name": np.array(names), "order": np.array([names[index] for index in order])}
    spec = Spec(dims=("name", "repeat", "score"), names=names, units=units, kind=Kind.CONTINUOUS)
    return Explanation(values, spec, method, check, coords)
