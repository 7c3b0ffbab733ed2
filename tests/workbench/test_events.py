"""What a study tells: every member at every tick, as documents; the networks where they are asked."""

from __future__ import annotations

import json
import pickle
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from studies import quick, tell

from isinglass.cli.commands.check import QUESTIONS
from isinglass.data.opening import from_frame
from isinglass.errors import UsageError
from isinglass.remarks import TOPICS, Remark, topic_of
from isinglass.workbench.events import Comparing, Note, Stage, Ticked, Watched, result_of
from isinglass.workbench.population import train_population
from isinglass.workbench.prepare import prepare
from isinglass.workbench.tune import tune

SCHEDULE = {"learning__epochs": 4}


def learning():  # the default schedule is a cosine
    found = prepare(quick({"source": "diabetes"}, **SCHEDULE))
    return Watched(train_population(found.dataset, found.splits, found.recipe)), found


def test_a_tick_has_every_member_and_its_rate() -> None:
    running, _ = learning()
    ticks = [event for event in running if isinstance(event, Ticked)]
    assert len(ticks) == 4
    for event in ticks:
        assert [member.fold for member in event.members] == [0, 0, 0]
        assert np.isfinite([event.tick.train_loss, event.tick.stop_loss, event.tick.rate]).all()
        assert len(np.unique(event.tick.train_loss)) == 3
    rates = np.array([event.tick.rate[0] for event in ticks])
    assert (np.diff(rates) < 0).all()  # cosine, after its warm-up within the first epoch
    assert rates[0] < float(running.result.training.recipe.optimizer.rate)


def test_the_networks_can_be_asked_at_every_tick_and_asking_changes_nothing() -> None:
    running, found = learning()
    inputs = found.dataset.inputs[:20]
    said = [event.ensemble().members(inputs) for event in running if isinstance(event, Ticked)]
    assert [one.shape for one in said] == [(3, 20, 1)] * 4
    assert all(np.abs(later - earlier).max() > 1e-4 for earlier, later in pairwise(said))
    unwatched = result_of(learning()[0]._events)
    assert np.array_equal(running.result.ensemble.members(inputs), unwatched.ensemble.members(inputs))
    best = [np.array([event[m] for event in said]) for m in range(3)]
    for member, course in enumerate(best):  # the result is the best of what was seen
        assert np.abs(course - running.result.ensemble.members(inputs)[member]).max(axis=(1, 2)).min() < 1e-6


def test_a_search_has_no_single_ensemble() -> None:
    recipe = quick({"source": "diabetes"}, search__space={"learning.optimizer.rate": [0.001, 0.01]}, search__folds=2)
    searching = Watched(tune(recipe))
    event = next(event for event in searching if isinstance(event, Ticked))
    assert {member.setting for member in event.members} == {0, 1}
    with pytest.raises(UsageError, match="no single ensemble"):
        event.ensemble()


def test_events_are_documents() -> None:
    running, _ = learning()
    told = [event.to_json() for event in running]
    told += [Stage("reading", "tao").to_json(), Note("few").to_json(), Comparing("a forest", 1, 2, np.inf).to_json()]
    assert {document["type"] for document in told} == {"tick", "stage", "note", "comparing"}
    assert told[-1]["seconds_left"] is None
    text = json.dumps(told, allow_nan=False)
    tick = next(document for document in json.loads(text) if document["type"] == "tick")
    assert len(tick["train_loss"]) == len(tick["validation_loss"]) == len(tick["rate"]) == len(tick["fold"]) == 3


def test_a_note_knows_what_it_is_about_and_who_says_it() -> None:
    ids = np.arange(200)
    rows = pl.DataFrame({"patient": 10**18 + ids * 7 % 200, "x": ids % 7, "y": (ids % 7) ** 2.0 + np.sin(ids)})
    recipe = quick({"source": "table", "target": ["y"]}, learning__epochs=1)
    told = tell(recipe, dataset=from_frame(rows, recipe.data, name="table")).events
    notes = [event.to_json() for event in told if isinstance(event, Note)]
    (identifier,) = [note for note in notes if note["topic"] == "identifier"]
    assert identifier["origin"] == "data"
    assert "patient" in identifier["text"]
    assert {note["origin"] for note in notes} <= {"data", "division", "training", "scoring"}
    assert set(QUESTIONS) == set(TOPICS)
    again = pickle.loads(pickle.dumps(Remark("few", "leak")))
    assert (again, again.topic, topic_of("few")) == ("few", "leak", "")


def test_whoever_stops_watching_stops_the_study() -> None:
    closed = []

    def events():
        try:
            yield Stage("reading")
            yield Stage("training")
        finally:
            closed.append(True)

    running = iter(Watched(events()))
    next(running)
    running.close()  # type: ignore[attr-defined]  # a generator
    assert closed == [True]
