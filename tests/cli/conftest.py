"""Small tables and models for the command line, made once."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import fitted, table


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
