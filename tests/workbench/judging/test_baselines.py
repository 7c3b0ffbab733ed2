"""What a study says of its conventional methods while they run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from isinglass.data.opening import from_frame
from isinglass.data.splits import split
from isinglass.evaluation.baselines import neighbours
from isinglass.recipe import Recipe
from isinglass.workbench.events import Comparing
from isinglass.workbench.judging import baselines
from isinglass.workbench.judging.baselines import REST, run_baselines, seconds_after_training, set_aside


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


@pytest.mark.parametrize(
    ("processors", "worth", "largest", "aside"),
    [(2, 0.0, 1 << 20, True), (1, 0.0, 1 << 20, False), (2, 1e6, 1 << 20, False), (2, 0.0, 100, False)],
    ids=["a processor is free", "one processor", "little work", "many rows"],
)
def test_methods_are_set_aside_where_that_is_a_gain(monkeypatch, processors, worth, largest, aside):
    monkeypatch.setattr(baselines, "available", lambda: processors)
    monkeypatch.setattr(baselines, "WORTH", worth)
    monkeypatch.setattr(baselines, "LARGE", largest)
    with set_aside(*study(120, ["mean", "linear"])) as found:
        assert (found is not None) is aside


class Half:
    """Answers for the first method and then for none."""

    def __init__(self, run):
        self.runs, self.arrived = [run, None, None], frozenset({run.name})

    def take(self):
        return self.runs.pop(0)


def test_what_was_done_aside_is_taken_and_the_rest_is_done_here():
    given = study(120, ["mean", "linear", "knn_l2"])
    _, here = run(*given)
    first = replace(here[0], notes=("from elsewhere",))
    steps = run_baselines(*given, 1, Half(first))
    events, runs = [], []
    while not runs:
        try:
            events.append(next(steps))
        except StopIteration as end:
            runs = end.value
    assert [one.name for one in runs] == ["mean", "linear", "knn_l2"]
    assert runs[0].notes == ("from elsewhere",)
    assert (runs[2].outcome.mean == here[2].outcome.mean).all()
    assert seconds_after_training(*given, Half(first)) < seconds_after_training(*given)
