"""What the documents say of the code is so: every file, folder and dict that they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import isinglass

SOURCE = Path(isinglass.__file__).parent
DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("extending.md", "how-a-study-flows.md")
NAMED = re.compile(r"`((?:[a-z_]+/)+(?:[a-z_]+\.py)?)(?:: ([\w.]+))?`(?:, `([A-Z_]+)`)?")


def named(page: str) -> list[tuple[str, str, str]]:
    """(path, function, dict) of every place that a page names."""
    found = NAMED.findall((DOCS / page).read_text(encoding="utf-8"))
    return [entry for entry in found if not entry[0].startswith(("tests/", "benchmarks/", "docs/"))]


@pytest.mark.parametrize("page", PAGES)
def test_places_are_there(page: str) -> None:
    places = named(page)
    assert len(places) > 8
    for path, function, table in places:
        place = SOURCE / path
        assert place.exists(), path
        text = (place if place.is_file() else place / "__init__.py").read_text(encoding="utf-8")
        last = function.split(".")[-1]
        assert not function or re.search(rf"^\s*(?:def|class) {last}\b", text, re.MULTILINE), f"{path}: {function}"
        assert not table or re.search(rf"\b{table}\b", text), f"{path}: {table}"


def test_modules_in_the_glossary_are_there() -> None:
    rows = re.findall(r"^\| `[\w.]+` \| `([a-z_]+(?:\.[a-z_]+)*)` \|$", (DOCS / "names.md").read_text(), re.MULTILINE)
    modules = [
        name
        for name in rows
        if "." in name
        and not name.startswith(("learning.members", "learning.optimizer.", "learning.batch", "splits.in_bag"))
    ]
    assert len(modules) > 50
    for name in modules:
        place = SOURCE / name.replace(".", "/")
        assert place.with_suffix(".py").exists() or place.is_dir(), name
