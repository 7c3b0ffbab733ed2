"""Timings of plans, remembered in the cache folder by everything that they depend on."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from math import isfinite
from pathlib import Path

import torch

from isinglass.data.catalogue.download import cache_folder
from isinglass.learning.batches import Batches
from isinglass.learning.plans.devices import names_of
from isinglass.learning.plans.plan import State, Tuning, Work


class Timings:
    """Of the candidates for one work on this machine.

    What was measured beside other programs speaks of them as well: it is believed until the machine is quiet, and then
    measured once more. So a study's numbers, which are the same in all plans but for rounding, change once at most.
    """

    def __init__(
        self, work: Work, state: State, batches: Batches, candidates: list[tuple[str, Tuning]], *, busy: bool
    ) -> None:
        parts = (
            repr(work.machine), work.layout, work.optimizer, work.dtype, work.clip, len(work.penalties),
            work.objective.loss.name, tuple(work.rows.inputs.shape[1:]), batches.batch, len(state.members),
            candidates, torch.__version__, platform.processor(), platform.node(), _kernel(candidates),
            names_of([name for _, tuning in candidates for name in tuning.devices]),
        )  # fmt: skip
        self.busy = busy
        self.path = Path(cache_folder()) / "plans" / f"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}.json"

    def recall(self) -> list[float] | None:
        """Microseconds a step and member by candidate, if they are known and to be believed."""
        try:
            known = json.loads(self.path.read_text())
            return None if known["busy"] and not self.busy else known["timings"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, timings: list[float]) -> list[float]:
        """Remember them; a cache that cannot be written costs the next run a measurement, no more. What failed may
        work the next time."""
        if not all(map(isfinite, timings)):
            return timings
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.path.with_suffix(f".{os.getpid()}")
            temporary.write_text(json.dumps({"busy": self.busy, "timings": timings}))
            os.replace(temporary, self.path)
        except OSError:
            pass
        return timings


def _kernel(candidates: list[tuple[str, Tuning]]) -> str:
    """The state of the compiled plan's source where it is a candidate: timings of another do not count."""
    if all(name != "compiled" for name, _ in candidates):
        return ""
    from isinglass.learning.plans.kernel.entry_points import digest

    return digest()
