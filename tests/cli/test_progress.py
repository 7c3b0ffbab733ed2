import math
import os
import pty
import re
import subprocess
import sys

import numpy as np
import pytest

from isinglass.cli.output import Output
from isinglass.cli.progress import follow
from isinglass.learning.members import Member
from isinglass.learning.run import Tick
from isinglass.workbench.events import Comparing, Note, Stage, Ticked
from isinglass.workbench.watching.words import duration, losses, method

STEPS = 40


def progress(step, stop_loss=0.4):
    active = np.arange(128) >= step  # who has stopped shows no loss
    tick = Tick(
        epoch=5 * step,
        epochs=5 * STEPS,
        step=step,
        train_loss=np.where(active, 0.3 / step, np.nan),
        stop_loss=np.where(active, stop_loss, np.nan),
        active=active,
        rate=np.full(128, 0.01),
        seconds=step / 10,
    )
    members = tuple(Member(place, 0, place) for place in range(128))
    return Ticked(tick, members, done=step / STEPS, seconds_left=3.1 * (STEPS - step))


def events():
    yield Stage("reading", "tao")
    yield Note("few groups [degC]")
    yield Stage("training", "128 networks")
    yield from map(progress, range(1, STEPS + 1))
    yield Stage("scoring")
    return "the study"


def test_plain_lines_on_standard_error(capsys):
    assert follow(events(), Output(json=True)) == "the study"
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert lines[:3] == ["reading: tao", "note: few groups [degC]", "training: 128 networks"]
    assert lines[-1] == "scoring"
    assert [line[:5] for line in lines[3:-1]] == [f"{part:3d} %" for part in range(10, 101, 10)]
    assert "epoch 20/200, loss 0.075, stopping rows 0.4, 124 of 128 networks" in lines[3]


FOREST = Comparing("a random forest", 5, 6, 12.3)


def test_each_conventional_method_is_named_with_the_time_that_is_left(capsys):
    def shown():
        yield from (Stage("scoring"), Comparing("the mean", 1, 6, 14.0), FOREST)
        return "the study"

    assert follow(shown(), Output(json=True)) == "the study"
    assert capsys.readouterr().err.splitlines() == [
        "scoring",
        "conventional methods: the mean, 1 of 6, 14 s left",
        "conventional methods: a random forest, 5 of 6, 12 s left",
    ]


@pytest.mark.parametrize(
    ("room", "text"),
    [(60, "conventional methods: a random forest, 5 of 6, 12 s left"), (40, "a random forest, 5 of 6, 12 s left"),
     (24, "a random forest, 5 of 6"), (16, "a random forest"), (3, "")],
)  # fmt: skip
def test_a_method_is_cut_to_the_room_there_is(room, text):
    assert method(FOREST, room=room) == text


def test_quiet_shows_nothing(capsys):
    assert follow(events(), Output(quiet=True)) == "the study"
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("columns", [40, 60, 110])
def test_a_bar_on_a_terminal_never_wraps_and_goes_away(columns):
    script = f"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})\n"
    code = script + "from test_progress import *\nfollow(events(), Output())"
    inner, outer = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm"}
    with os.fdopen(inner, "rb", closefd=True) as reader:
        subprocess.run([sys.executable, "-c", code], stdout=outer, stderr=outer, env=environment, check=True)
        os.close(outer)
        text = os.read(reader.fileno(), 1 << 20).decode()
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
    frames = [frame for frame in re.split(r"[\r\n]+", plain) if frame.strip()]
    assert max(map(len, frames)) <= columns
    assert any("━" in frame for frame in frames)
    assert "note: few groups [degC]" in frames
    assert text.rstrip().endswith("\x1b[2K")


def test_losses_leave_out_what_is_unknown_or_has_no_room():
    assert losses(progress(10, math.nan)) == "93 s left, epoch 50/200, loss 0.03, 118 of 128 networks"
    assert losses(progress(10), room=30) == "93 s left, epoch 50/200"
    assert losses(progress(10), room=3) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"),
        (7.4, "7 s"),
        (99, "99 s"),
        (185, "3:05 min"),
        (5999, "99:59 min"),
        (6000, "1:40 h"),
        (math.nan, "?"),
    ],
)
def test_duration(seconds, text):
    assert duration(seconds) == text
