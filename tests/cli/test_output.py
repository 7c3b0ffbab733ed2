import json
import math
from pathlib import Path

import numpy as np

from isinglass.cli.output import Output, plain
from isinglass.spec import Kind


def test_plain_is_json_without_nan():
    value = {
        "nan": math.nan,
        "inf": [math.inf, np.float32(1.5), np.int64(2)],
        "array": np.array([[1.0, math.nan]]),
        "path": Path("a/b"),
        "kind": Kind.COUNT,
        "tuple": (True, None, "x"),
        3: np.bool_(True),
    }
    assert json.loads(json.dumps(plain(value), allow_nan=False)) == {
        "nan": None,
        "inf": [None, 1.5, 2],
        "array": [[1.0, None]],
        "path": "a/b",
        "kind": "count",
        "tuple": [True, None, "x"],
        "3": True,
    }


def speak(output):
    output.show("shown")
    output.say("said")
    output.note("noted [degC]")
    output.result({"a": 1})


def test_words_for_people(capsys):
    speak(Output())
    assert capsys.readouterr() == ("shown\nsaid\n", "note: noted [degC]\n")


def test_json_alone_on_standard_output(capsys):
    speak(Output(json=True))
    assert capsys.readouterr() == ('{"a": 1}\n', "note: noted [degC]\n")


def test_quiet_keeps_the_result(capsys):
    speak(Output(quiet=True))
    assert capsys.readouterr() == ("shown\n", "")


def test_long_lines_are_not_broken(capsys):
    path = "folder/" * 60
    Output().show(path)
    assert capsys.readouterr().out == path + "\n"
