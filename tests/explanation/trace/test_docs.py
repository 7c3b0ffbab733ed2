"""The page on traces: its code runs, and its table is what the command prints."""

from __future__ import annotations

import io
import re
import tomllib
from pathlib import Path

from rich.console import Console

from isinglass.explanation.trace.expression import trace_expression
from isinglass.explanation.trace.network import read_network
from isinglass.explanation.trace.views import table

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "trace.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_python_runs() -> None:
    names: dict = {}
    exec(block("python"), names)
    assert names["found"]["0.weight"].update is not None


def test_the_table_is_what_is_printed() -> None:
    console = Console(file=io.StringIO(), width=120)
    console.print(table(trace_expression("(x + y) * z", {"x": -2, "y": 5, "z": -4})))
    printed = [line.rstrip() for line in console.file.getvalue().splitlines()]
    assert printed == [line for line in block("text").splitlines()[: len(printed)]]


def test_the_file_of_weights_is_read(tmp_path: Path) -> None:
    (tmp_path / "net.toml").write_text(block("toml"))
    assert len(tomllib.loads(block("toml"))["layers"]) == 3
    assert len(read_network(tmp_path / "net.toml").network) == 6
