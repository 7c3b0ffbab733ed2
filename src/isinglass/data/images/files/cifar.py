"""CIFAR-10's own files: the binary layout (label byte, 3072 pixel bytes) and the Python layout (a pickle).

A pickle is read by an unpickler that builds dictionaries, lists, numbers, text, bytes and numpy arrays and refuses
all else, so that no code of the file can run.
"""

from __future__ import annotations

import io
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np

from isinglass.data.images.listing import Found, classes_of_codes
from isinglass.errors import DataError

PIXELS = 3 * 32 * 32
NAME = re.compile(r"^(?P<part>data|test)_batch\w*(?P<binary>\.bin)?$")
SAFE = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}


def cifar_files(home: Path) -> list[tuple[Path, str, bool]]:
    """(path, part, whether binary) for each batch of a folder, or for the one batch that `home` is."""
    inside = [home] if home.is_file() else sorted(home.iterdir())
    matches = [(path, NAME.match(path.name)) for path in inside if path.is_file()]
    parts = {"data": "train", "test": "test"}
    return [(path, parts[match["part"]], bool(match["binary"])) for path, match in matches if match]


def open_cifar(folder: Path) -> Found:
    """All batches of a folder, or one. Raises DataError where a batch is damaged or holds what it should not."""
    pixels, labels, names, parts = [], [], [], []
    for path, part, binary in cifar_files(folder):
        images, codes = _read_binary(path) if binary else _read_python(path)
        pixels.append(images)
        labels.append(codes)
        names += [f"{path.name}, image {k}" for k in range(1, len(images) + 1)]
        parts += [part] * len(images)
    column, targets = classes_of_codes(np.concatenate(labels), _names(folder.parent if folder.is_file() else folder))
    part = np.array(parts) if len(set(parts)) > 1 else None
    return Found(str(folder), np.array(names), targets, (column,), part=part, pixels=np.concatenate(pixels))


def _read_binary(path: Path) -> tuple[np.ndarray, np.ndarray]:
    size = path.stat().st_size
    if size == 0 or size % (PIXELS + 1):
        raise DataError(
            "not CIFAR-10's binary layout",
            where=str(path),
            given=f"{size} bytes",
            allowed=f"a multiple of {PIXELS + 1} bytes",
        )
    rows = np.fromfile(path, np.uint8).reshape(-1, PIXELS + 1)
    return rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0]


def _read_python(path: Path) -> tuple[np.ndarray, np.ndarray]:
    content = read_restricted(path)
    table = {_text(key): value for key, value in content.items()} if isinstance(content, dict) else {}
    data, labels = table.get("data"), table.get("labels", table.get("fine_labels"))
    good = isinstance(data, np.ndarray) and data.dtype == np.uint8 and data.ndim == 2 and data.shape[1] == PIXELS
    if data is None or not good or labels is None or len(labels) != len(data):
        raise DataError("not CIFAR's Python layout", where=str(path), given=", ".join(map(str, table)) or "no table")
    return data.reshape(-1, 3, 32, 32), np.asarray(labels, np.int64)


def read_restricted(path: Path) -> Any:
    """The plain data of a pickle. Raises DataError where it asks for anything else."""
    try:
        return _Plain(io.BytesIO(path.read_bytes()), encoding="bytes").load()
    except DataError as error:
        raise DataError(error.what, where=str(path), instead=error.instead) from None
    except Exception as error:  # a damaged pickle may raise nearly anything
        raise DataError(f"the pickle is damaged: {error}", where=str(path)) from None


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in SAFE:
            return super().find_class(module.replace("numpy.core", "numpy._core"), name)
        raise DataError(
            f"the pickle asks for {module}.{name}, which is not data",
            instead="CIFAR's binary layout, or arrays in an .npz file.",
        )


def _names(folder: Path) -> tuple[str, ...]:
    text = folder / "batches.meta.txt"
    if text.is_file():
        return tuple(line.strip() for line in text.read_text(encoding="utf-8").splitlines() if line.strip())
    meta = folder / "batches.meta"
    if not meta.is_file():
        return ()
    table = {_text(key): value for key, value in read_restricted(meta).items()}
    return tuple(_text(name) for name in table.get("label_names", ()))


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
