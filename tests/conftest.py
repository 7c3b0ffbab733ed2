"""Fixtures that every test may use."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

# Before torch or numpy start their pools: tests are small and run side by side, threads only get in the way.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "2")
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import settings

# On a developer's machine each run draws new examples; in CI the same ones, so that it judges the change alone.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "default")

if TYPE_CHECKING:
    from commands import Cli
    from studies import Told

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the project; where it is not there the test is skipped, in CI it fails."""
    folder = Path(os.environ.get("ISINGLASS_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "data" / "INDEX.md").exists():
        absent = pytest.fail if os.environ.get("CI") else pytest.skip
        absent(f"the real data are not at {folder}: set ISINGLASS_SHARED to their folder")
    return folder / "data"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Downloads and plans measured by a test never reach the user's cache."""
    monkeypatch.setenv("ISINGLASS_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def buoys(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A quick study of the buoys, written to a folder: seven folds of three networks."""
    from studies import quick, tell

    return tell(quick({"source": "tao", "target": ["Humidity"], "group": "location"}), tmp_path_factory.mktemp("buoys"))


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run `isinglass ARGUMENTS` in this process: a new one would load torch each time."""
    from commands import Ran

    from isinglass.cli.main import main

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["isinglass", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        written = capsys.readouterr()
        code = left.value.code
        return Ran(code if isinstance(code, int) else int(code is not None), written.out, written.err)

    return run
