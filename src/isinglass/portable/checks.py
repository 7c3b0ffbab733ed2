"""Arrays that come from a file are checked before anything is looked up in them."""

from __future__ import annotations

from isinglass.errors import ModelFileError


def require(right: bool, what: str, *, where: str) -> None:
    """Raises ModelFileError where something is not right."""
    if not right:
        raise ModelFileError(f"a conventional method is damaged: {what}", where=where)
