"""One sample of a model, and what is asked of it: which sample, of whom, about which class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from isinglass.data.rows import Asked as Read
from isinglass.data.rows import Rows
from isinglass.errors import DataError, UsageError
from isinglass.explanation.explanation import Explanation
from isinglass.explanation.instance_level.local_methods import Wording, look
from isinglass.explanation.instance_level.network import Question
from isinglass.inference.ensemble import Ensemble
from isinglass.model.scoring import answer
from isinglass.model.subject import Subject
from isinglass.spec import Task

NEIGHBOURS = 8


@dataclass(frozen=True)
class Place:
    """Where a sample was taken from.

    number: counted from 1; inputs: [1, ...]; where: in words; members: those that are asked; unseen: whether none of
    them has learnt from it, None where that is not known.
    """

    number: int
    inputs: np.ndarray
    where: str
    members: np.ndarray
    unseen: bool | None


def look_at(
    subject: Subject,
    rows: Rows | None,
    method: str,
    *,
    sample: int = 1,
    output: str = "",
    member: int | None = None,
    **options: Any,
) -> Explanation:
    """Ask the members that never saw a sample what they look at in it.

    Args:
        subject: networks, what they read, kept rows.
        rows: where the sample is taken from; None: the unseen samples kept with the model.
        method: a key of `explanation.LOCAL_METHODS`.
        sample: its number, counted from 1.
        output: a class or target by name, where several masks share a class as MASK=CLASS; empty: the class that is
            predicted, the first target.
        member: this one alone, counted from 1.
        options: the method's own.
    """
    read = None if rows is None else subject.read(rows)
    inputs, files = (subject.sample.inputs, None) if read is None else (read.inputs, read.names)
    place = _place(subject, read, inputs, files, sample=sample, member=member)
    asked = subject.ensemble.take(place.members)
    index, name = _output(subject, asked, place.inputs, output)
    if method == "nearest":
        options["pool"] = _pool(subject, None if rows is None else inputs, place, rows is None)
    count = int(options.pop("count", NEIGHBOURS))
    found = look(
        asked,
        _question(subject, place.inputs[0], index),
        method,
        wording=_wording(subject, asked, place, name),
        seed=subject.seed,
        **options,
    )
    return found if method != "nearest" else _neighbours(subject, found, options["pool"], place, rows, count)


def _place(
    subject: Subject,
    rows: Read | None,
    inputs: np.ndarray,
    files: np.ndarray | None,
    *,
    sample: int,
    member: int | None,
) -> Place:
    count = len(subject.ensemble)
    if member is not None and not 1 <= member <= count:
        raise UsageError("no such member", given=member, allowed=f"1 to {count}")
    where = "the unseen samples kept with the model" if rows is None else rows.where
    if not len(inputs):
        raise DataError("there are no samples to look at", where=where, instead="give some: --data DATA")
    if not 1 <= sample <= len(inputs):
        raise UsageError("no such sample", where=where, given=sample, allowed=f"1 to {len(inputs)}")
    blind = (
        np.arange(count)
        if rows is not None
        else np.flatnonzero(subject.ensemble.fold == subject.sample.fold[sample - 1])
    )
    members = blind if member is None else np.array([member - 1])
    unseen = None if rows is not None else bool(np.isin(members, blind).all())
    named = where if files is None else f"{where} ({files[sample - 1]})"
    return Place(sample, np.asarray(inputs[sample - 1 : sample]), named, members, unseen)


def _question(subject: Subject, sample: np.ndarray, output: int) -> Question:
    low, high = _range(subject, sample)
    features = subject.schema.features
    names = list(dict.fromkeys(feature.column for feature in features))
    columns = tuple(tuple(p for p, f in enumerate(features) if f.column == name) for name in names)
    codes = tuple(place for place, feature in enumerate(features) if feature.kind == "code")
    return Question(sample, output, columns, codes, low, high)


def _range(subject: Subject, sample: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of physical values: what eight bits hold, or what was seen in the kept samples and this one."""
    if sample.dtype == np.uint8:
        return np.zeros(len(sample)), np.full(len(sample), 255.0)
    known = np.concatenate([subject.sample.inputs, sample[None]]).astype(np.float64)
    known = known.reshape(len(known), len(sample), -1)
    filled = [np.where(np.isnan(known), end, known) for end in (np.inf, -np.inf)]
    return filled[0].min(axis=(0, 2)), filled[1].max(axis=(0, 2))


def _output(subject: Subject, asked: Ensemble, inputs: np.ndarray, name: str) -> tuple[int, str]:
    """The place of a class or target, and its name."""
    names = _names(subject)
    if not name:
        place = _predicted(subject, asked, inputs)
        return place, names[place]
    if name in names:
        return names.index(name), name
    alike = [place for place, full in enumerate(names) if full.partition("=")[2] == name]
    if len(alike) == 1:
        return alike[0], names[alike[0]]
    what = "target" if subject.schema.task in (Task.REGRESSION, Task.MULTILABEL) else "class"
    raise UsageError(f"no such {what}" if not alike else f"several masks have this {what}", given=name, allowed=names)


def _names(subject: Subject) -> list[str]:
    schema = subject.schema
    if schema.task in (Task.REGRESSION, Task.MULTILABEL):
        return [target.name for target in schema.targets]
    if len(schema.targets) == 1:
        return [str(name) for name in schema.targets[0].categories]
    return [f"{target.name}={name}" for target in schema.targets for name in target.categories]


def _predicted(subject: Subject, asked: Ensemble, inputs: np.ndarray) -> int:
    if subject.schema.task is Task.REGRESSION:
        return 0
    if subject.schema.over:  # what most pixels of the first mask are said to be
        (found,) = asked.segment(inputs)
        return int(np.bincount(found.classes[0, 0].ravel()).argmax())
    return int(answer(asked, inputs)[0].argmax())


def _wording(subject: Subject, asked: Ensemble, place: Place, name: str) -> Wording:
    schema = subject.schema
    seen = {True: " that never saw it", False: " that may have learnt from it", None: ""}[place.unseen]
    who = f"{len(place.members)} network{'s' * (len(place.members) > 1)}{seen}"
    part = "" if asked.combination is None else f", {_share(asked)} % of a combination that says"
    about = f"Sample {place.number} of {place.where}; {who}{part}{_said(subject, asked, place.inputs)}"
    return Wording(_score(subject, name), about, schema.spec.names, schema.spec.units)


def _share(asked: Ensemble) -> str:
    """How much the networks that are looked into count in a combination, in percent."""
    assert asked.combination is not None
    return f"{100 * asked.combination.of(set(asked.fold.tolist())).network.mean():.0f}"


def _score(subject: Subject, name: str) -> str:
    task = subject.schema.task
    if task is Task.REGRESSION:
        unit = next(target.unit for target in subject.schema.targets if target.name == name)
        return f"{name} ({unit})" if unit else name
    return f"the {'mean ' if task.mapped else ''}score of {name}"


def _said(subject: Subject, asked: Ensemble, inputs: np.ndarray) -> str:
    """Their answer, in a few words."""
    if subject.schema.over:
        return ""
    found = asked.predict(inputs)
    if found.probabilities is None:
        pairs = zip(subject.schema.targets, found.mean[0], strict=True)
        return ": " + ", ".join(
            f"{target.name} {value:.4g}{' ' * bool(target.unit)}{target.unit}" for target, value in pairs
        )
    best = int(found.probabilities[0].argmax())
    return f": {_names(subject)[best]} {100 * found.probabilities[0, best]:.0f} %"


def _pool(subject: Subject, inputs: np.ndarray | None, place: Place, kept: bool) -> np.ndarray:
    """The kept samples and the given ones, without the one that is asked about."""
    first = np.delete(subject.sample.inputs, place.number - 1, axis=0) if kept else subject.sample.inputs
    if inputs is None:
        return first
    return np.concatenate([first, np.delete(inputs, place.number - 1, axis=0)])


def _neighbours(
    subject: Subject, found: Explanation, pool: np.ndarray, place: Place, rows: Rows | None, count: int
) -> Explanation:
    """The nearest alone, with their numbers, what was observed there, and the samples themselves."""
    nearest = np.argsort(found.mean(), kind="stable")[:count]
    names = np.array(_pool_names(subject, place, rows, len(pool)))[nearest]
    coords = dict(found.coords) | {"neighbour": names, "samples": pool[nearest]}
    return replace(found, values=found.values[nearest], coords=coords)


def _pool_names(subject: Subject, place: Place, rows: Rows | None, count: int) -> list[str]:
    kept = [f"{number + 1}{_observed(subject, number)}" for number in range(len(subject.sample.inputs))]
    if rows is None:
        return kept[: place.number - 1] + kept[place.number :]
    others = [number for number in range(1, count - len(kept) + 2) if number != place.number]
    return kept + [f"{number} of the data" for number in others]


def _observed(subject: Subject, number: int) -> str:
    """What is known of a kept sample."""
    target = subject.sample.targets[number]
    if subject.schema.task is Task.CLASSIFICATION:
        return f" {subject.schema.classes[int(target[0])]}"
    return f" {float(target[0]):.4g}" if subject.schema.task is Task.REGRESSION else ""
