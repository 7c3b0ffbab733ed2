"""`isinglass tune`: settings side by side, the winner fitted; interrupted, killed and gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import QUICK, running, wait_for

TRIES = (
    "--try=learning.optimizer.rate=[0.0001,0.02]",
    "--try=machine.hidden=[[4],[8]]",
    "--search=grid",
    "--set=search.members=2",
    "--set=search.folds=2",
)
LONG = ("--epochs=150", "--set=learning.patience=never", "--set=learning.threads=1")
"""Long enough to be hit in the middle."""


def cohorts(folder: Path) -> int:
    """Cohorts of a search that are finished."""
    path = folder / ".search"
    return len(json.loads(path.read_text())["found"]) if path.exists() else 0


def weights(folder: str) -> bytes:
    with zipfile.ZipFile(Path(folder, "t.isinglass")) as archive:
        return archive.read("members.safetensors")


@pytest.mark.slow
def test_the_best_of_four_settings_is_fitted_and_told(cli, here):
    ran = cli("tune", "t.csv", "-ty", *QUICK, "--epochs=30", *TRIES, "--out=s", "--no-report", "--json")
    assert ran.code == 0, ran.err
    trials = ran.json["trials"]
    assert [trial["score"] for trial in trials] == sorted(trial["score"] for trial in trials)
    assert {tuple(trial["setting"]["machine.hidden"]) for trial in trials} == {(4,), (8,)}
    assert len(trials) == 4
    assert sorted(os.listdir("s")) == ["card.md", "metrics.json", "recipe.toml", "t.isinglass"]
    written = Path("s/recipe.toml").read_text()
    best = trials[0]["setting"]
    assert f"rate = {best['learning.optimizer.rate']}" in written
    assert f"hidden = {best['machine.hidden']}" in written
    assert ran.json["report"] is None


@pytest.mark.slow
def test_a_report_is_written_unless_it_is_not_wanted(cli, here):
    assert cli("tune", "t.csv", "-ty", *QUICK, *TRIES, "--out=s", "--quiet").code == 0
    assert Path("s/report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("t.csv", "-ty"), "nothing to try"),
        ((), "no data"),
        (("--resume", "nowhere"), "there is no interrupted search here"),
        (("t.csv", "--resume", "s"), "a resumed search keeps its data and its folder"),
        (("t.csv", "-ty", "--try=learning.optimiser.rate=[0.1]"), "unknown recipe key"),
        (("t.csv", "-ty", "--try=learning.optimizer.rate=3"), "neither a list of values nor a range"),
    ],
)
def test_what_cannot_be_tuned_is_said_in_one_line(cli, here, arguments, message):
    ran = cli("tune", *arguments)
    assert message in ran.error
    assert [path.name for path in here.iterdir()] == ["t.csv"]


@pytest.mark.slow
def test_killed_and_interrupted_in_every_part_the_result_is_that_of_an_unbroken_search(cli, here):
    arguments = ("t.csv", "-ty", *QUICK, *LONG, *TRIES, "--no-report")
    whole = cli("tune", *arguments, "--out=whole", "--json")
    assert whole.code == 0, whole.err
    first = begun(*arguments, "--out=broken", until=lambda: Path("broken/.search.0.0").exists())
    first.kill()
    first.communicate()
    assert first.returncode == -signal.SIGKILL

    second = begun("--resume=broken", "--no-report", until=lambda: cohorts(Path("broken")) == 1)
    second.send_signal(signal.SIGINT)
    out, err = second.communicate(timeout=60)
    assert (second.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert err.splitlines()[-2:] == [
        "Interrupted; the state is saved. Go on with:",
        "  isinglass tune --resume broken",
    ]
    assert cli("fit", "--resume", "broken").error.startswith("broken: a search was interrupted here")
    refuses_other_rows(cli)

    third = begun("--resume=broken", "--no-report", until=lambda: Path("broken/.checkpoint").exists())
    third.kill()
    third.communicate()
    assert cohorts(Path("broken")) == 2
    resumed = cli("tune", "--resume=broken", "--no-report", "--json")
    assert resumed.code == 0, resumed.err
    assert resumed.json["trials"] == whole.json["trials"]
    assert weights("broken") == weights("whole")
    assert sorted(os.listdir("broken")) == ["card.md", "metrics.json", "recipe.toml", "t.isinglass"]


def begun(*arguments: object, until: Callable[[], bool]) -> subprocess.Popen[str]:
    """`isinglass tune` in a process of its own, which has come so far."""
    search = running("tune", *arguments)
    wait_for(until, search)
    return search


def refuses_other_rows(cli) -> None:
    """What was found on some rows is not gone on with on others, and not lost either."""
    good = Path("t.csv").read_text()
    Path("t.csv").write_text(good + "1.0,2.0,3.5\n")
    ran = cli("tune", "--resume=broken")
    assert "the data are no longer those that the search began with" in ran.error
    assert cohorts(Path("broken")) == 1
    Path("t.csv").write_text(good)
