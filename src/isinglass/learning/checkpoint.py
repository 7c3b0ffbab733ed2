"""Checkpoints: a run on disk, written so that a kill at any moment leaves the last good one.

One safetensors file: tensors, and a JSON text with everything else and a SHA-256 of the whole. It is written to a
temporary file, flushed to the disk and put in place by one rename. No pickle: reading one runs no code.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from isinglass.errors import CheckpointError
from isinglass.files import write_atomically
from isinglass.learning.plans import PLANS, State, Tuning
from isinglass.learning.plans.devices import absent
from isinglass.learning.plans.selection.select_plan import PlanReport, rebuild
from isinglass.learning.run import Run, Tick
from isinglass.learning.stopping import Best
from isinglass.learning.training import Loop, Training

VERSION = 1
RUN_TENSORS = ("rate", "restarts", "waiting", "failed", "initial")
STATE_TENSORS = ("theta", "steps", "seeds", "members")
AGAIN = "start again with --overwrite instead of --resume"
SCALINGS = ("center", "scale", "target_center", "target_scale")
TICK_ARRAYS = ("train_loss", "stop_loss", "active", "rate")


@dataclass
class Checkpoint:
    """Where a run is saved, and how often.

    Args:
        path: the file.
        every: seconds between two savings; 0: after each tick. The end of a run is always saved.
    """

    path: Path
    every: float = 10.0
    _last: float = field(default=float("-inf"), repr=False)
    _study: str = field(default="", repr=False)

    def saving(self, learn: Loop) -> Loop:
        """A loop whose run is saved after its ticks, before anybody sees them."""

        def loop(training: Training) -> Iterator[Tick]:
            for tick in learn(training):
                self.save(training.run, training.report, finished=not training.run.unfinished)
                yield tick

        return loop

    def save(self, run: Run, report: PlanReport, *, finished: bool) -> None:
        """Save if it is time. Raises CheckpointError if the disk does not take it; the old file stays."""
        now = time.monotonic()
        if finished or now - self._last >= self.every:
            meta = {"version": VERSION, "study": self._study, **report.to_json(), **_numbers(run)}
            write_atomically(self.path, _encode(_tensors(run), meta), failure=CheckpointError)
            self._last = now

    def resume(self, training: Training) -> bool:
        """Put a saved run into a training that is about to start; False if there is none.

        The plan is the saved one: the numbers are those of an unbroken run.

        Raises:
            CheckpointError: if the file is damaged, or belongs to other data, members or settings.
        """
        self._study = _study(training)
        if not self.path.exists():
            return False
        tensors, meta = read(self.path)
        if meta["study"] != self._study:
            raise CheckpointError(
                "this checkpoint belongs to another study: data, recipe or members differ",
                where=str(self.path),
                instead="start again without --resume, or give the recipe that it was made with",
            )
        reason = PLANS[meta["plan"]].supports(training.work) if meta["plan"] in PLANS else "it is not known here"
        tuning = Tuning(**meta["tuning"] | {"devices": tuple(meta["tuning"].get("devices", ()))})
        cure = "install what it needs, or start again without --resume"
        if training.recipe.device == "cpu":  # the state is in main memory: it can go on here, but for rounding
            tuning = replace(tuning, devices=())
        elif not reason and (gone := absent(tuning.devices)):
            reason, cure = f"there is no {', '.join(gone)}", "device = 'cpu' in [learning] goes on without it"
        if reason:
            raise CheckpointError(
                f"the run used the plan '{meta['plan']}', which cannot go on here: {reason}",
                where=str(self.path),
                instead=cure,
            )
        training.run = _run(tensors, meta)
        training.report = rebuild(training.work, meta["plan"], tuning)
        return True


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and numbers of a checkpoint. Raises CheckpointError if it cannot be read or is damaged."""
    try:
        blob = path.read_bytes()
        tensors = load(blob)
        size = int.from_bytes(blob[:8], "little")
        meta = json.loads(json.loads(blob[8 : 8 + size])["__metadata__"]["run"])
        digest = json.loads(blob[8 : 8 + size])["__metadata__"]["sha256"]
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise CheckpointError(f"the checkpoint cannot be read: {error}", where=str(path), instead=AGAIN) from None
    if digest != _digest(tensors, json.dumps(meta)):
        raise CheckpointError("the checkpoint is damaged: its checksum is wrong", where=str(path), instead=AGAIN)
    if meta["version"] > VERSION:
        raise CheckpointError("the checkpoint was written by a newer version", where=str(path), instead=AGAIN)
    return tensors, meta


def _encode(tensors: dict[str, Tensor], meta: dict[str, Any]) -> bytes:
    text = json.dumps(meta)
    return save(tensors, metadata={"run": text, "sha256": _digest(tensors, text)})


def _digest(tensors: dict[str, Tensor], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].contiguous().numpy().tobytes())
    return digest.hexdigest()


def _study(training: Training) -> str:
    """What must be equal for a checkpoint to fit: data, members, their settings, machine and recipe."""
    work, digest = training.work, hashlib.sha256()
    recipe = training.recipe.model_dump_json(exclude={"threads", "plan", "device"})
    settings = (recipe, training.members, work.layout, work.objective.loss.name)
    images = [part for part in (work.rows.augment, work.frozen) if part]
    digest.update(repr((*settings, *images)).encode())
    for tensor in (work.rows.role, *(getattr(work.view, name) for name in SCALINGS)):
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _tensors(run: Run) -> dict[str, Tensor]:
    out = {name: getattr(run, name) for name in RUN_TENSORS}
    out |= {f"state.{name}": getattr(run.state, name) for name in STATE_TENSORS}
    out |= {f"slot.{name}": slot for name, slot in run.state.slots.items()}
    out |= {f"buffer.{name}": buffer for name, buffer in run.state.buffers.items()}
    out |= {"best.loss": run.best.loss, "best.epoch": run.best.epoch, "best.theta": run.best.theta}
    out |= {f"best.buffer.{name}": buffer for name, buffer in run.best.buffers.items()}
    out |= {f"snapshot.{name}": values for name, values in run.snapshots.items()}
    for name in TICK_ARRAYS:
        rows = [torch.from_numpy(getattr(tick, name)) for tick in run.ticks]
        out[f"tick.{name}"] = torch.stack(rows) if rows else torch.zeros(0)
    return {name: tensor.contiguous() for name, tensor in out.items()}


def _numbers(run: Run) -> dict[str, Any]:
    ticks = [(t.epoch, t.epochs, t.step, t.seconds, t.restarted, t.round) for t in run.ticks]
    return {"step": run.step, "round": run.round, "seconds": run.seconds, "ticks": ticks}


def _run(tensors: dict[str, Tensor], meta: dict[str, Any]) -> Run:
    def under(prefix: str) -> dict[str, Tensor]:
        return {name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}

    best = Best(tensors["best.loss"], tensors["best.epoch"], tensors["best.theta"], under("best.buffer."))
    state = State(**under("state."), slots=under("slot."), buffers=under("buffer."))
    arrays = under("tick.")
    return Run(
        state=state,
        best=best,
        rate=tensors["rate"],
        restarts=tensors["restarts"],
        waiting=tensors["waiting"],
        failed=tensors["failed"],
        initial=tensors["initial"],
        step=meta["step"],
        round=meta["round"],
        seconds=meta["seconds"],
        ticks=[_tick(numbers, arrays, i) for i, numbers in enumerate(meta["ticks"])],
        snapshots=under("snapshot."),
    )


def _tick(numbers: list[Any], arrays: dict[str, Tensor], position: int) -> Tick:
    epoch, epochs, step, seconds, restarted, number = numbers
    own: dict[str, np.ndarray] = {name: arrays[name][position].numpy() for name in TICK_ARRAYS if name in arrays}
    own.setdefault("rate", np.full_like(own["train_loss"], np.nan))  # version 0.1.0 did not keep it
    return Tick(epoch, epochs, step, **own, seconds=seconds, restarted=tuple(restarted), round=number)
