"""A .tar, .tar.gz or .zip of a folder, unpacked once into the cache; nothing can be written outside of it."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from isinglass.data.catalogue.download import cache_folder
from isinglass.errors import DataError

SUFFIXES = (".tar.gz", ".tgz", ".tar", ".zip")
LARGEST = 64 * 2**30
"""Bytes unpacked; an archive that promises more is refused."""


def is_archive(path: Path) -> bool:
    """By its name."""
    return path.is_file() and path.name.lower().endswith(SUFFIXES)


def unpack(path: Path) -> Path:
    """The folder with the archive's content. Raises DataError where it is damaged, too large, or leads outside."""
    state = path.stat()
    key = hashlib.sha256(f"{path.resolve()}|{state.st_size}|{state.st_mtime_ns}".encode()).hexdigest()[:24]
    folder = cache_folder() / "unpacked" / key
    if folder.is_dir():
        return folder
    temporary = folder.with_name(f".{key}.{os.getpid()}")
    try:
        temporary.mkdir(parents=True)
        _unzip(path, temporary) if path.suffix.lower() == ".zip" else _untar(path, temporary)
        os.replace(temporary, folder)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, OSError) as error:
        if folder.is_dir():  # another process was faster
            return folder
        raise DataError(f"the archive cannot be unpacked: {error}", where=str(path)) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def _untar(path: Path, folder: Path) -> None:
    with tarfile.open(path) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        _check([(member.name, member.size) for member in members], path)
        archive.extractall(folder, members=members, filter="data")


def _unzip(path: Path, folder: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        _check([(member.filename, member.file_size) for member in members], path)
        archive.extractall(folder, members=members)


def _check(members: list[tuple[str, int]], path: Path) -> None:
    for name, _ in members:
        place = PurePosixPath(name.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts:
            raise DataError("a file of the archive leads outside of its folder", where=str(path), given=name)
    total = sum(size for _, size in members)
    if total > LARGEST:
        raise DataError("the archive is too large", where=str(path), given=f"{total} bytes", allowed=f"{LARGEST}")
