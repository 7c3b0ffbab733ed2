"""What a study says of its conventional methods while they run."""

from __future__ import annotations

import numpy as np
import polars as pl

from isinglass.data.opening import from_frame
from isinglass.data.splits import split
from isinglass.evaluation.baselines import neighbours
from isinglass.recipe import Recipe
from isinglass.workbench.events import Comparing
from isinglass.workbench.judging.baselines import REST, run_baselines, seconds_after_training


def study(rows, names):
    x = np.random.default_rng(0).normal(size=(rows, 2))
    frame = pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": x.sum(1)})
    recipe = Recipe.from_dict({"data": {"source": "memory", "target": ["y"]}, "evaluation": {"baselines": names}})
    dataset = from_frame(frame, recipe.data, name="memory")
    return dataset, split(dataset, recipe.splits, seed=0), recipe


def run(*given):
    events, steps = [], run_baselines(*given, 1)
    while True:
        try:
            events.append(next(steps))
        except StopIteration as end:
            return events, end.value


def test_each_method_is_announced_before_it_runs():
    given = study(120, ["linear", "mean", "knn_l2"])
    events, runs = run(*given)
    assert [event.title for event in events] == [one.title for one in runs]
    assert [(event.number, event.count) for event in events] == [(1, 3), (2, 3), (3, 3)]
    assert all(isinstance(event, Comparing) and event.seconds_left > 0 for event in events)
    assert all(one.notes == () for one in runs)
    assert seconds_after_training(*given) > REST


def test_what_was_shortened_is_told_once():
    rows = int(1.6 * neighbours.ONCE)
    _, runs = run(*study(rows, ["mean", "knn_l1", "knn_l2"]))
    notes = [note for one in runs for note in one.notes]
    assert len(notes) == 1
    assert notes[0].startswith("more than 5,000 training rows: one third of them")
    assert notes[0].endswith("(nearest neighbours (L1), nearest neighbours (L2))")
