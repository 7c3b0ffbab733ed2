"""The command line, run in this process; small tables and models made once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Ran, fitted, table

from isinglass.cli.main import main

Cli = Callable[..., Ran]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run `isinglass ARGUMENTS` in this process."""

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["isinglass", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        written = capsys.readouterr()
        code = left.value.code
        return Ran(code if isinstance(code, int) else int(code is not None), written.out, written.err)

    return run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder that holds `t.csv`."""
    monkeypatch.chdir(tmp_path)
    table().write_csv(tmp_path / "t.csv")
    return tmp_path


@pytest.fixture(scope="session")
def tao(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the built-in table."""
    return fitted(tmp_path_factory.mktemp("tao") / "study", "tao")


@pytest.fixture(scope="session")
def iris(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of three classes."""
    return fitted(tmp_path_factory.mktemp("iris") / "study", "iris")


@pytest.fixture(scope="session")
def sums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of `table()`; the table lies beside it as t.csv."""
    folder = tmp_path_factory.mktemp("sums")
    table().write_csv(folder / "t.csv")
    return fitted(folder / "study", folder / "t.csv", "data.target=y")
