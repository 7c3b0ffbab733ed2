"""One file that holds a model: a zip of safetensors and JSON, with checksums. No pickle: loading runs no code.

    manifest.json        format, format_version, writer, and the SHA-256 of every other entry
    <name>.json          documents: the recipe, the schema, the report's numbers, ...
    <name>.safetensors   named arrays

The version is raised when an older reader could misunderstand a newer file. A file from a newer version, a damaged
one, or one that is no model is refused with a ModelFileError that says which.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from isinglass.errors import ModelFileError
from isinglass.files import write_atomically

FORMAT = "isinglass-model"
VERSION = 1
MANIFEST = "manifest.json"
# What zipfile, zlib and json raise on bytes that are not what they should be (RuntimeError: an encryption flag;
# NotImplementedError, one of its kind, an unknown compression).
DAMAGE = (zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError, ValueError, RuntimeError)
LARGEST_DOCUMENT = 256 * 2**20  # bytes; a JSON entry beyond this is no document of ours but a zip bomb


@dataclass(frozen=True)
class Bundle:
    """The parts of a model file: `documents` (JSON values by name) and `arrays` (named arrays by group)."""

    documents: Mapping[str, Any]
    arrays: Mapping[str, Mapping[str, np.ndarray]]


def write_bundle(path: str | Path, bundle: Bundle, *, writer: str) -> Path:
    """Write atomically: the file is complete or it is not there, and an earlier one stays until then.

    Raises ModelFileError where the folder cannot be written or the disk is full.
    """
    entries = _entries(bundle)
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in entries.items()}
    manifest = {"format": FORMAT, "format_version": VERSION, "writer": writer, "sha256": sums}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(_stamp(MANIFEST), json.dumps(manifest, indent=1))
        for name, data in entries.items():
            archive.writestr(_stamp(name), data)
    return write_atomically(Path(path), buffer.getvalue(), failure=ModelFileError)


def read_bundle(path: str | Path) -> Bundle:
    """Read and verify. Raises ModelFileError: no such file, no model, newer version, damaged entry."""
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive, path)
            return _parts({name: _verified(archive, name, total, path) for name, total in manifest["sha256"].items()})
    except FileNotFoundError:
        raise ModelFileError("there is no such model file", where=str(path)) from None
    except (IsADirectoryError, PermissionError) as error:
        raise ModelFileError(f"the model file cannot be read: {error.strerror}", where=str(path)) from None
    except DAMAGE as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(
            f"this is no isinglass model, or it is damaged ({error})",
            where=str(path),
            instead="fit again, or take an undamaged copy",
        ) from None


def _stamp(name: str) -> zipfile.ZipInfo:
    # A fixed date: the same model gives the same bytes.
    info = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _entries(bundle: Bundle) -> dict[str, bytes]:
    from safetensors.numpy import save

    documents = {
        f"{name}.json": json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode()
        for name, value in bundle.documents.items()
    }
    arrays = {
        f"{name}.safetensors": save({key: np.ascontiguousarray(value) for key, value in group.items()})
        for name, group in bundle.arrays.items()
    }
    return {**documents, **arrays}


def _manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    manifest = json.loads(archive.read(MANIFEST))
    if manifest.get("format") != FORMAT:
        raise ModelFileError("this is no isinglass model", where=str(path), given=manifest.get("format"))
    if manifest["format_version"] > VERSION:
        raise ModelFileError(
            "the model was written by a newer version of isinglass",
            where=str(path),
            given=f"format {manifest['format_version']} by {manifest.get('writer', 'unknown')}",
            allowed=f"format 1 to {VERSION}",
            instead="pip install --upgrade isinglass",
        )
    return manifest


def _verified(archive: zipfile.ZipFile, name: str, total: str, path: Path) -> bytes:
    if name.endswith(".json") and archive.getinfo(name).file_size > LARGEST_DOCUMENT:
        raise ModelFileError("a document in the model file is too large", where=f"{path}, {name}")
    data = archive.read(name)
    if hashlib.sha256(data).hexdigest() != total:
        raise ModelFileError(
            "the model file is damaged: a checksum does not match",
            where=f"{path}, {name}",
            instead="fit again, or take an undamaged copy",
        )
    return data


def _parts(entries: Mapping[str, bytes]) -> Bundle:
    from safetensors.numpy import load

    return Bundle(
        documents={name[:-5]: json.loads(data) for name, data in entries.items() if name.endswith(".json")},
        arrays={name[:-12]: load(data) for name, data in entries.items() if name.endswith(".safetensors")},
    )
