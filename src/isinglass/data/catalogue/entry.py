"""What is known of a named data set, and how it is had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from isinglass.data.catalogue.download import Remote
from isinglass.data.tables.sources.frame import Table

OWN = "Apache-2.0 (made by this package)"
"""The licence of what is drawn here."""


@dataclass(frozen=True)
class Entry:
    """One named data set.

    Args:
        title: what it is, in a line.
        origin: who made it, with a reference.
        licence: under which terms.
        open: gives the table (a remote one is downloaded first).
        defaults: values of `DataRecipe` that hold where the user's recipe says nothing.
        remote: the file on the network, for a set that is not in the package.
    """

    title: str
    origin: str
    licence: str
    open: Callable[[], Table]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    remote: Remote | None = None
    files: tuple[Remote, ...] = ()
    """Images: the files on the network, all in one folder of the cache."""
    make: Callable[[], Any] | None = None
    """Images that this package generates: gives the Dataset."""
