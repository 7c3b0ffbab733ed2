"""What a search keeps on disk is read back; what is damaged, newer or of other rows is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from isinglass.errors import CheckpointError
from isinglass.learning.search.record import Record, recorded
from isinglass.recipe import Recipe

RECIPE = Recipe.from_dict({"data": {"source": "x"}, "search": {"space": {"learning.optimizer.rate": [0.1, 0.2]}}})


def test_trials_are_read_back_infinite_ones_too(tmp_path: Path) -> None:
    path = tmp_path / "s" / ".search"
    record = Record.begin(path, RECIPE, data="abc")
    trials = [[0, 0.25, 0.5, [0.1, 0.4], 30], [1, math.inf, math.inf, [math.inf, 1.0], 30]]
    record.keep(0, 1, trials)
    again = Record.resume(path, data="abc")
    assert again.recall(0, 1) == trials
    assert again.recall(0, 0) is None
    assert again.recipe == recorded(path) == RECIPE


def test_a_finished_cohort_needs_its_checkpoint_no_longer(tmp_path: Path) -> None:
    record = Record.begin(tmp_path / ".search", RECIPE, data="abc")
    checkpoint = record.checkpoint(0, 0).path
    checkpoint.write_bytes(b"weights")
    record.keep(0, 0, [[0, 1.0, 0.1, [1.0], 3]])
    assert not checkpoint.exists()


def test_a_new_search_begins_without_what_an_older_one_left(tmp_path: Path) -> None:
    old = Record.begin(tmp_path / ".search", RECIPE, data="abc")
    old.keep(0, 0, [[0, 1.0, 0.1, [1.0], 3]])
    old.checkpoint(0, 1).path.write_bytes(b"weights")
    new = Record.begin(tmp_path / ".search", RECIPE, data="abc")
    assert new.recall(0, 0) is None
    assert not new.checkpoint(0, 1).path.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"version": 1, "fou', "cannot be read"),
        (b"[]", "cannot be read"),
        (json.dumps({"version": 99}).encode(), "newer version"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / ".search").write_bytes(content)
    with pytest.raises(CheckpointError, match=message):
        Record.resume(tmp_path / ".search", data="abc")


def test_other_rows_are_refused(tmp_path: Path) -> None:
    Record.begin(tmp_path / ".search", RECIPE, data="abc")
    with pytest.raises(CheckpointError, match="no longer those"):
        Record.resume(tmp_path / ".search", data="abd")


def test_a_record_changed_anywhere_is_refused(tmp_path: Path) -> None:
    record = Record.begin(tmp_path / ".search", RECIPE, data="abc")
    record.keep(0, 0, [[0, 1.25, 0.1, [1.0], 3]])
    whole = record.path.read_bytes()
    for place in range(0, len(whole), 7):
        record.path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CheckpointError, match=r"cannot be read|damaged|newer version"):
            recorded(record.path)
