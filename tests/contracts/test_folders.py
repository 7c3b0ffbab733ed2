"""Rooms that one can look over: few modules in a folder, no long file, and no name that says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

import isinglass

PACKAGE = Path(isinglass.__file__).parent
MODULES = 18
"""Beside `__init__`, in one folder."""
LINES = 400
NAMELESS = {"util", "utils", "helper", "helpers", "misc", "common", "manager", "managers"}

FOLDERS = sorted({path.parent for path in PACKAGE.rglob("*.py")})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(PACKAGE.parent)))
def test_a_folder_has_few_modules(folder: Path) -> None:
    assert len([path for path in folder.glob("*.py") if path.stem != "__init__"]) <= MODULES


def test_no_file_is_long() -> None:
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {path: count for path, count in lines.items() if count > LINES} == {}


def test_every_name_says_something() -> None:
    assert [path for path in PACKAGE.rglob("*.py") if NAMELESS & {path.stem, *path.relative_to(PACKAGE).parts}] == []
