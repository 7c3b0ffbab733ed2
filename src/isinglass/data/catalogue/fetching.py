"""The files on the network that a data set needs, and whether they are here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from isinglass.data.catalogue.download import Progress, Remote, cached_path, download, fetch
from isinglass.data.catalogue.sets import find_entry


def prepare(name: str) -> Iterator[Progress]:
    """Download what a data set needs, telling how far it is; nothing happens where it is there already.

    Raises:
        DataError: the name is unknown, or the download fails.
    """
    for remote in _remotes(name):
        yield from download(remote)


def fetch_files(name: str) -> Path:
    """The folder of a set of images, downloaded where it is not there yet."""
    for remote in find_entry(name).files:
        fetch(remote)
    return cached_path(find_entry(name).files[0]).parent


def is_ready(name: str) -> bool:
    """Whether a data set can be opened without the network."""
    return all(cached_path(remote).exists() for remote in _remotes(name))


def _remotes(name: str) -> tuple[Remote, ...]:
    entry = find_entry(name)
    return (*entry.files, *(() if entry.remote is None else (entry.remote,)))
