"""Recipes as TOML: the standard library only reads it."""

from __future__ import annotations

import json
from typing import Any


def to_toml(document: dict[str, Any], prefix: str = "") -> str:
    """A nested dict as a document: plain keys first, then each table or array of tables."""
    plain = {k: v for k, v in document.items() if not isinstance(v, dict) and not _is_table_array(v)}
    lines = [f"{_key(k)} = {toml_value(v)}" for k, v in plain.items()]
    for key, value in document.items():
        name = f"{prefix}{_key(key)}"
        if isinstance(value, dict):
            lines.append(f"\n[{name}]\n{to_toml(value, name + '.')}".rstrip())
        elif _is_table_array(value):
            lines += [f"\n[[{name}]]\n{to_toml(item, name + '.')}".rstrip() for item in value]
    return "\n".join(lines) + "\n"


def _is_table_array(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)


def toml_value(value: object) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {toml_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
