"""Fetch a file once: resumable, checked against its SHA-256, kept in a cache folder."""

from __future__ import annotations

import hashlib
import http.client
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isinglass.errors import DataError

CHUNK = 1 << 16
TIMEOUT = 30.0  # seconds without a byte


@dataclass(frozen=True)
class Remote:
    """A file on the network: where it is, what its content must be, and what it is called in the cache."""

    url: str
    sha256: str
    filename: str


@dataclass(frozen=True)
class Progress:
    """Bytes on the disk so far, and in all (0 where the server does not say)."""

    received: int
    total: int


def cache_folder() -> Path:
    """`ISINGLASS_CACHE` where it is set, else the platform's folder for caches."""
    chosen = os.environ.get("ISINGLASS_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "isinglass" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "isinglass"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "isinglass"


def cached_path(remote: Remote) -> Path:
    """Where the file is, or will be."""
    return cache_folder() / "data" / remote.filename


def fetch(remote: Remote) -> Path:
    """The file in the cache, downloaded where it is not there yet. Raises DataError as `download`."""
    for _ in download(remote):
        pass
    return cached_path(remote)


def download(remote: Remote) -> Iterator[Progress]:
    """Download into the cache, telling how far it is; nothing is told where the file is there already.

    Bytes go to `<name>.part`, which a later call continues; the file appears under its name only when its checksum
    is right.

    Raises:
        DataError: no connection, the server refuses, the connection breaks (call again to continue), the folder
            cannot be written, or the content is not the expected one (the partial file is removed).
    """
    path = cached_path(remote)
    if path.exists():
        return
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield from _receive(remote, part)
        _require_checksum(part, remote)
        part.replace(path)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise _no_connection(remote, part, error) from None
    except OSError as error:
        raise DataError(
            f"the download cannot be written: {error.strerror or error}",
            where=str(part),
            instead="free the disk, or choose another folder with ISINGLASS_CACHE.",
        ) from None


def _receive(remote: Remote, part: Path) -> Iterator[Progress]:
    have = part.stat().st_size if part.exists() else 0
    response, have = _open(remote, have)
    with response:
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else 0
        with part.open("ab" if have else "wb") as file:
            yield from _copy(response, file, have=have, total=total)
    size = part.stat().st_size
    if total and size < total:
        raise DataError(
            f"the connection broke after {size} of {total} bytes",
            where=remote.url,
            instead="run the same command again: it continues from there.",
        )


def _open(remote: Remote, have: int) -> tuple[http.client.HTTPResponse, int]:
    """Ask for the bytes from `have` on; returns the answer and the byte at which it really starts."""
    headers = {"User-Agent": "isinglass", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(remote.url, headers=headers)
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # the part is complete or too long: begin again
            error.close()
            return _open(remote, 0)
        raise
    start = f"bytes {have}-"
    resumed = response.status == 206 and response.headers.get("Content-Range", "").startswith(start)
    return response, have if resumed else 0


def _copy(response: http.client.HTTPResponse, file: BinaryIO, *, have: int, total: int) -> Iterator[Progress]:
    yield Progress(have, total)
    while True:
        try:
            chunk = response.read1(CHUNK)
        except http.client.IncompleteRead as error:
            chunk = error.partial
        if not chunk:
            return
        file.write(chunk)
        have += len(chunk)
        yield Progress(have, total)


def _require_checksum(part: Path, remote: Remote) -> None:
    digest = hashlib.sha256()
    with part.open("rb") as file:
        while chunk := file.read(CHUNK * 16):
            digest.update(chunk)
    if digest.hexdigest() == remote.sha256:
        return
    part.unlink()
    raise DataError(
        "the downloaded file is not the expected one (SHA-256 differs); it was removed",
        where=remote.url,
        given=digest.hexdigest(),
        allowed=remote.sha256,
        instead="try again; if it persists the file has changed at its source: download it yourself and give its path.",
    )


def _no_connection(remote: Remote, part: Path, error: Exception) -> DataError:
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return DataError(f"the server answers {error.code} {error.reason}", where=remote.url)
    reason = getattr(error, "reason", None) or error
    kept = part.stat().st_size if part.exists() else 0
    again = f"{kept} bytes are kept, the same command continues" if kept else "the same command tries again"
    return DataError(
        f"the file cannot be downloaded: {reason}",
        where=remote.url,
        instead=f"check the connection ({again}), or put the file at {cached_path(remote)}.",
    )
