"""One data set, three parts, the test part opened once (lectures, example 19): the ledger counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from isinglass.data.bagging import membership
from isinglass.data.hashing import hash_values
from isinglass.data.splits import Rows, random
from isinglass.errors import ModelFileError
from isinglass.evaluation.ledger import Ledger
from isinglass.recipe import SplitRecipe
from isinglass.spec import Role, Task

IDS = hash_values(np.arange(10))
DAY = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_three_parts_and_one_opening():
    rows = Rows(hash_values(np.arange(1000)), np.zeros((1000, 1)), Task.REGRESSION, {})
    role = random.sealed(rows, SplitRecipe(), 0).role
    member = membership(rows.ids, role, np.zeros(1, int), np.zeros(1, int))[0]
    train, valid, test = member == Role.TRAIN, (member == Role.STOP) | (member == Role.OUT), member == Role.TEST
    assert (train.sum() + valid.sum(), test.sum()) == (800, 200)
    ledger = Ledger()
    assert ledger.sentence() == "The test part has not been opened."
    ledger = ledger.record("fit", rows.ids[test], {"rmse": 1.0}, when=DAY)
    assert ledger.count == 1
    assert ledger.sentence() == "The test part was opened once, on 2026-01-02, by `fit`."


def test_every_opening_is_counted_and_dated_and_the_old_ledger_is_unchanged():
    first = Ledger().record("fit", IDS, {"rmse": 1.0}, when=DAY)
    second = first.record("evaluate", IDS, {"rmse": 1.0, "r2": float("nan")})
    assert (first.count, second.count) == (1, 2)
    assert second.openings[1].metrics == (("rmse", 1.0),)
    assert second.openings[0].when == "2026-01-02T03:04:05+00:00"
    assert "opened 2 times, first on 2026-01-02" in second.sentence()


def test_the_rows_are_known_by_their_content_not_their_order():
    first, second = (Ledger().record("fit", ids, {}).openings[0] for ids in (IDS, IDS[::-1]))
    assert first.rows_digest == second.rows_digest
    assert first.rows_digest != Ledger().record("fit", IDS[1:], {}).openings[0].rows_digest


def test_it_survives_json():
    ledger = Ledger().record("fit", IDS, {"rmse": 1 / 3}).record("evaluate", IDS, {})
    assert Ledger.from_json(json.loads(json.dumps(ledger.to_json()))) == ledger


@pytest.mark.parametrize(
    "change", [lambda entries: entries[1:], lambda entries: [{**entries[0], "when": "2020"}, *entries[1:]]]
)
def test_a_struck_out_or_changed_opening_is_noticed(change):
    entries = Ledger().record("fit", IDS, {}).record("evaluate", IDS, {}).to_json()
    with pytest.raises(ModelFileError, match="chain is broken"):
        Ledger.from_json(change(entries))


@pytest.mark.parametrize("document", [[{"when": "2020"}], [{"metrics": 3}], [7]])
def test_damage_is_named(document):
    with pytest.raises(ModelFileError, match="the ledger is damaged"):
        Ledger.from_json(document)
