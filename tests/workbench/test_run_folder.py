"""A study's folder: hidden files while it runs, none after; what was there stays until all that is new is complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from isinglass.errors import CheckpointError, DataError, ModelFileError, UsageError
from isinglass.recipe import Recipe
from isinglass.workbench import run_folder

TAO = Recipe.from_dict({"data": {"source": "tao"}})


def begun(out: Path, *, saved: bool) -> Path:
    checkpoint = run_folder.begin(out, TAO, resume=False)
    assert checkpoint is not None
    if saved:
        checkpoint.path.write_bytes(b"a state")
    return out


def test_a_run_can_be_found_again_once_something_was_saved(tmp_path):
    out = begun(tmp_path / "s", saved=False)
    assert not run_folder.resumable(out)
    assert run_folder.resumable(begun(out, saved=True))
    assert Recipe.from_file(out / run_folder.RECIPE) == TAO


def test_a_new_run_forgets_the_state_of_the_last_one_and_a_resumed_one_keeps_it(tmp_path):
    out = begun(tmp_path / "s", saved=True)
    run_folder.begin(out, TAO, resume=True)
    assert run_folder.resumable(out)
    run_folder.begin(out, TAO, resume=False)
    assert not run_folder.resumable(out)


@pytest.mark.parametrize(
    ("error", "saved", "stays"),
    [
        (DataError("bad"), True, False),
        (ModelFileError("no room"), True, True),
        (CheckpointError("no room"), True, True),
        (ModelFileError("no room"), False, False),
        (KeyboardInterrupt(), True, True),
    ],
    ids=repr,
)
def test_only_what_is_worth_another_try_stays(tmp_path, error, saved, stays):
    out = begun(tmp_path / "s", saved=saved)
    with pytest.raises(type(error)), run_folder.cleared_on_failure(out):
        raise error
    assert out.exists() == stays
    assert run_folder.resumable(out) == stays


def test_clearing_leaves_what_is_not_its_own(tmp_path):
    out = begun(tmp_path / "s", saved=True)
    (out / "notes.txt").write_text("mine")
    (out / "..checkpoint.123").write_bytes(b"killed while writing")
    run_folder.clear(out)
    assert [path.name for path in out.iterdir()] == ["notes.txt"]
    run_folder.clear(tmp_path / "nowhere")


def test_a_study_is_not_replaced_unasked(tmp_path):
    (tmp_path / "metrics.json").write_text("{}")
    with pytest.raises(UsageError, match="holds a study"):
        run_folder.require_free(tmp_path, replaceable=False)
    run_folder.require_free(tmp_path, replaceable=True)
    run_folder.require_free(None, replaceable=False)


def test_how_often_a_run_is_saved(tmp_path, monkeypatch):
    monkeypatch.setenv(run_folder.EVERY, "2.5")
    checkpoint = run_folder.begin(tmp_path, TAO, resume=False)
    assert checkpoint is not None
    assert checkpoint.every == 2.5
    monkeypatch.setenv(run_folder.EVERY, "often")
    with pytest.raises(UsageError, match=r"not a number of seconds. Given: often"):
        run_folder.begin(tmp_path, TAO, resume=False)
