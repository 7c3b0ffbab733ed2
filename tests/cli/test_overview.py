"""`isinglass --help` without the libraries: the same words as with them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import isinglass
from isinglass.cli.commands import COMMANDS
from isinglass.cli.overview import OPTIONS, VERBS, overview


def words(text):
    """What is read, without frames and types."""
    return [word.strip(",") for word in re.sub(r"[╭╮╰╯│─\s]+|<bool>", " ", text).split()]


def run(*arguments, **env):
    command = [sys.executable, "-m", "isinglass", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env})


def test_every_verb_says_its_own_first_line():
    assert set(VERBS) == set(COMMANDS)
    for name, line in VERBS.items():
        command = COMMANDS[name]
        if not isinstance(command, dict):
            assert line == " ".join((command.__doc__ or "").split("\n\n")[0].split()), name


def test_it_has_the_words_of_the_whole_program(cli):
    full = cli("--help").out
    found = words(overview(200, colour=False))
    assert sorted(found) == sorted(words(full))
    for name in OPTIONS:
        assert all(part in full for part in name.split(", "))


@pytest.mark.parametrize("width", [10, 40, 80, 137])
def test_no_line_is_wider_than_the_terminal(width):
    lines = overview(width, colour=False).splitlines()
    assert max(map(len, lines)) == max(width, 46)
    framed = [line for line in lines if line and line[0] in "╭│╰"]
    assert {len(line) for line in framed} == {max(width, 46)}


def test_both_names_of_help_and_frames_without_utf_8():
    plain = run("--help", COLUMNS="80")
    assert plain.returncode == 0
    assert plain.stdout == run("-h", COLUMNS="80").stdout == overview(80, colour=False)
    ascii_only = run("--help", COLUMNS="80", PYTHONIOENCODING="ascii")
    assert ascii_only.returncode == 0
    assert "Fit networks" in ascii_only.stdout


def test_nothing_but_python_is_loaded():
    code = (
        "import sys; sys.argv = ['isinglass', '--help']; from isinglass.__main__ import main; main();"
        "sys.stderr.write(' '.join(m for m in ('typing', 're', 'typer', 'rich', 'numpy', 'torch') if m in sys.modules))"
    )
    source = str(Path(isinglass.__file__).parents[1])  # -S knows no installed packages
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": source})
    assert done.returncode == 0
    assert done.stderr == ""
