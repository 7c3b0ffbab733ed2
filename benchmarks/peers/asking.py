"""How a benchmark asks its rivals: each in an environment of its own, made once, and in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from isinglass.data.catalogue.download import cache_folder

HERE = Path(__file__).resolve().parent
TORCH = "torch==2.13.0"
INDEX = "https://download.pytorch.org/whl/cpu"
"""Asked first for PyTorch without CUDA; where it cannot be reached the registry's own build serves."""


@dataclass(frozen=True)
class Peer:
    """A rival.

    Args:
        script: beside this file.
        packages: what is to be installed.
        variables: the environment variables that it needs.
        home: name of its environment within the cache; rivals may share one.
    """

    script: str
    packages: tuple[str, ...]
    variables: tuple[tuple[str, str], ...] = ()
    home: str = ""


def ask(peer: Peer, folder: Path, *arguments: object) -> dict:
    """Run a peer's script in the folder of its data; the last line of its output is its answer.

    Raises:
        RuntimeError: it failed, with the last line of its complaint.
        CalledProcessError: its environment cannot be made.
    """
    command = map(str, (environment(peer), HERE / peer.script, folder, *arguments))
    done = subprocess.run(
        list(command), env=os.environ | dict(peer.variables), capture_output=True, text=True, cwd=folder
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def environment(peer: Peer) -> Path:
    """The Python of a peer's own environment, made where it is not there yet."""
    home = cache_folder() / "benchmarks" / peer.home
    python, ready = home / "bin" / "python", home / ".ready"
    if not ready.exists():
        print(f"installing {', '.join(peer.packages)} into {home} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if TORCH in peer.packages:
            subprocess.run(
                [*pip, "--no-deps", "--retries", "0", "--extra-index-url", INDEX, TORCH],
                stderr=subprocess.DEVNULL,
                check=False,
            )
        subprocess.run([*pip, *peer.packages], check=True)
        ready.touch()
    return python
