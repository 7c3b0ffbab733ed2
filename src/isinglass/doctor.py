"""What this machine has and what is missing: each part is a plain dict of names and words."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

EXTRA = re.compile(r"""^(?P<name>[\w.-]+).*;.*extra\s*==\s*['"](?P<extra>\w+)['"]""")
NAME = re.compile(r"^[\w.-]+")
LOW_DISK = 1 << 30
"""Bytes free in the cache folder below which a download or a compiled kernel may not fit."""


@dataclass(frozen=True)
class Health:
    """Facts by part, and sentences about what is wrong."""

    parts: dict[str, dict[str, object]]
    problems: list[str]


def examine() -> Health:
    """Look at everything. Imports torch."""
    parts = {
        "program": _program(),
        "machine": _machine(),
        "torch": _torch(),
        "core": {name: installed(name) for name in core()},
        "extras": _extras(),
        "cache": _cache(),
    }
    return Health(parts, list(_problems(parts)))


def core() -> list[str]:
    """Distributions that isinglass cannot do without."""
    found = (NAME.match(line) for line in requires("isinglass") or () if ";" not in line)
    return [match.group() for match in found if match]


def extras() -> dict[str, list[str]]:
    """The optional distributions by extra, the developers' own left out."""
    found: dict[str, list[str]] = {}
    for match in filter(None, map(EXTRA.match, requires("isinglass") or ())):
        if match["extra"] != "dev":
            found.setdefault(match["extra"], []).append(match["name"])
    return found


def installed(name: str) -> str:
    """The version of a distribution, or `missing`."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _program() -> dict[str, object]:
    return {
        "isinglass": installed("isinglass"),
        "python": f"{platform.python_version()} at {sys.executable}",
        "folder": Path(__file__).resolve().parent,
    }


def _machine() -> dict[str, object]:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"system": platform.platform(), "processor": platform.machine(), "cores": usable}


def _torch() -> dict[str, object]:
    import torch

    from isinglass.learning.plans.devices import found, names_of

    return {
        "threads": torch.get_num_threads(),
        "kernels": torch.backends.cpu.get_cpu_capability(),
        "bfloat16": _bfloat16(),
        "precision": torch.get_float32_matmul_precision(),
        "devices": ", ".join(["cpu", *names_of(found())]),
    }


def _bfloat16() -> str:
    import torch

    if torch.cuda.is_available():
        return "native" if torch.cuda.is_bf16_supported() else "emulated"
    return "native" if torch.ops.mkldnn._is_mkldnn_bf16_supported() else "emulated"


def _extras() -> dict[str, object]:
    return {extra: ", ".join(f"{name} {installed(name)}" for name in names) for extra, names in extras().items()}


def _cache() -> dict[str, object]:
    from isinglass.data.catalogue.download import cache_folder

    folder = cache_folder()
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    return {
        "folder": folder,
        "writable": existing.is_dir() and os.access(existing, os.W_OK),
        "files": f"{len(files)} with {sum(path.stat().st_size for path in files) / 1e6:.1f} MB",
        "free": f"{shutil.disk_usage(existing).free / 1e9:.1f} GB",
        "kernels": _kernels(),
    }


def _kernels() -> str:
    """Whether the compiled plan's machine code is ready, or will be compiled when it is first needed."""
    if installed("numba") == "missing":
        return "none: numba is missing"
    from isinglass.learning.plans.kernel.entry_points import is_compiled

    states = {dtype: "compiled" if is_compiled(dtype) else "not yet compiled" for dtype in ("float32", "float64")}
    return ", ".join(f"{dtype} {state}" for dtype, state in states.items())


def _problems(parts: dict[str, dict[str, object]]) -> Iterator[str]:
    for name, found in parts["core"].items():
        if found == "missing":
            yield f"{name} is missing: pip install {name}"
    if not parts["cache"]["writable"]:
        yield f"the cache folder {parts['cache']['folder']} cannot be written: set ISINGLASS_CACHE to another"
    if shutil.disk_usage(Path.cwd()).free < LOW_DISK:
        yield "less than 1 GB is free in this folder: results may not fit"
