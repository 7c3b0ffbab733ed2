"""No module imports another that imports it, over any number between: not inside functions, nor for types alone."""

from __future__ import annotations

import ast
from pathlib import Path

import isinglass

PACKAGE = Path(isinglass.__file__).parent


def modules() -> dict[str, ast.Module]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = (PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text("utf-8"))
    return found


def imports(trees: dict[str, ast.Module]) -> dict[str, set[str]]:
    """What each module imports of the others, wherever the import stands."""
    graph: dict[str, set[str]] = {}
    for name, tree in trees.items():
        wanted = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                wanted |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                parts = {f"{node.module}.{alias.name}" for alias in node.names}
                wanted |= {part if part in trees else node.module for part in parts}
        graph[name] = wanted & trees.keys() - {name}
    return graph


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """What is left when everything that imports nothing that is left, or is imported by nothing that is left, goes."""
    left = {name: set(wanted) for name, wanted in graph.items()}
    while True:
        wanted = set().union(*left.values())
        gone = {name for name, below in left.items() if not below or name not in wanted}
        if not gone:
            return [[name, *sorted(below)] for name, below in left.items()]
        left = {name: below - gone for name, below in left.items() if name not in gone}


def test_a_circle_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"a"}}
    assert circles(graph) == [["a", "b"], ["b", "c"], ["c", "a"]]
    assert circles(graph | {"c": {"d"}}) == []


def test_imports_of_every_place_are_seen() -> None:
    source = "from p import b\nif TYPE_CHECKING:\n    from p.c import X\ndef f():\n    import p.d\n"
    trees = {name: ast.parse(source if name == "p.a" else "") for name in ("p", "p.a", "p.b", "p.c", "p.d")}
    assert imports(trees)["p.a"] == {"p.b", "p.c", "p.d"}


def test_there_are_none() -> None:
    assert circles(imports(modules())) == []
