"""Files that are complete or not there at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from isinglass.errors import IsinglassError

FULL = "free space on the disk or name another folder"
CURES = {
    errno.ENOSPC: FULL,
    getattr(errno, "EDQUOT", errno.ENOSPC): FULL,
    errno.EISDIR: "name a file, not a folder",
    errno.ENAMETOOLONG: "choose a shorter name",
}
"""What to do, by the number of the system's error."""


def unwritable(path: Path, error: Exception, *, failure: type[IsinglassError]) -> IsinglassError:
    """What is said of a file that could not be written, and was not touched."""
    number, words = getattr(error, "errno", None), getattr(error, "strerror", None)
    return failure(
        f"the file cannot be written: {words or str(error).splitlines()[0]}",
        where=str(path),
        instead=f"{CURES.get(number or 0, FULL)}; what was there before is intact.",
    )


def write_atomically(path: Path, data: bytes, *, failure: type[IsinglassError]) -> Path:
    """Write to a temporary file beside `path`, flush it to the disk, then rename.

    Args:
        path: the file; its folder is made where it is not there.
        data: all of it.
        failure: the kind of error that is raised where it cannot be written.

    Raises:
        failure: the folder cannot be written or the disk is full; an earlier file is as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    made = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as file:
            made = True
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise unwritable(path, error, failure=failure) from None
    finally:  # an interruption too leaves nothing half-written
        if made:
            temporary.unlink(missing_ok=True)
    return path
