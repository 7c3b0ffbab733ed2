"""Steps that are recorded and replayed: whole runs, with the numbers of steps that are taken one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from digit_images import problem_of
from placed import MEMBERS, VARIANTS, assert_same, finished, training_of
from practice import KIND, Backend

from isinglass.learning.plans import make
from isinglass.learning.plans.graphs import KEPT, WARM, Lane, Recording, Recordings, recordable
from isinglass.learning.plans.plan import Tuning
from isinglass.learning.plans.selection.select_plan import rebuild
from isinglass.learning.training import Training
from isinglass.recipe import LearningRecipe

REPLAYED = Tuning(devices=(f"{KIND}:0",), graph=True)
DECIDED = ("adversarial",)


def replayed(training: Training, name: str = "looped") -> Training:
    """The same run by recordings."""
    training.report = rebuild(training.work, name, REPLAYED)
    return training


def recordings_of(training: Training) -> list[Recording]:
    plan = training.report.plan.sites[0].plan
    return list(plan.take_steps.__self__.kept.values())


@pytest.mark.parametrize(
    "options", [pytest.param(options, id=name) for name, options in VARIANTS.items() if name not in DECIDED]
)
def test_networks_of_images_learn_the_same(options: dict) -> None:
    training = finished(replayed(training_of(KIND, **options)))
    # The rate is a float32 on a device; Muon blows the last digit of a gradient up, where a matrix is nearly singular.
    muon = training.recipe.optimizer.kind == "muon"
    assert_same(training, finished(training_of("cpu", **options)), atol=1e-3 if muon else 1e-5)
    steps, recorded = training.run.step, recordings_of(training)
    assert [recording.graph.replays for recording in recorded] == [steps - WARM] * len(MEMBERS)


def test_what_is_decided_in_main_memory_is_not_recorded() -> None:
    training = training_of(KIND, **VARIANTS["adversarial"])
    assert not recordable(training.work, REPLAYED.devices)
    assert recordable(replace(training.work, adversarial=0.0), REPLAYED.devices)
    with pytest.raises(RuntimeError, match="not permitted when stream is capturing"):
        finished(replayed(training))


def test_devices_without_graphs_are_not_asked_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    training = training_of(KIND, learning={"epochs": 40})
    assert any("graph" in label for label in training.report.timings)
    monkeypatch.delattr(Backend, "CUDAGraph")
    training = training_of(KIND, learning={"epochs": 41})
    assert not any("graph" in label for label in training.report.timings)


def fails(self: Lane, now: object) -> None:
    raise RuntimeError("CUDA error: out of luck")


def test_a_recording_that_fails_is_told_and_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Lane, "record", fails)
    monkeypatch.setenv("ISINGLASS_CACHE", str(tmp_path))
    training = training_of(KIND, learning={"epochs": 42})
    (told,) = training.report.broken
    assert "graph" in told
    assert "out of luck" in told
    assert not training.report.tuning.graph


def test_batches_of_another_size_are_recorded_anew() -> None:
    training = training_of("cpu")
    state, plain = training.initial.clone(), training.initial.clone()
    placed = make("looped", training.work, REPLAYED)
    for first, size in ((0, 64), (5, 64), (10, 40), (15, 64)):
        index = training.batches.take(state.members, first, 5)[:, :, :size]
        rates = torch.full((5, 2), 0.01)
        torch.testing.assert_close(
            placed.advance(state, index, rates), make("looped", training.work, Tuning()).advance(plain, index, rates)
        )
    torch.testing.assert_close(state.theta, plain.theta, rtol=1e-4, atol=1e-5)
    assert state.steps.tolist() == [20, 20]


def test_what_cannot_be_recorded_later_is_taken_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    training = replayed(training_of(KIND))
    expected = finished(training_of("cpu"))
    ticks = iter(training)
    next(ticks)
    monkeypatch.setattr(Lane, "record", fails)
    for recording in recordings_of(training):
        recording.shapes = None
    for _ in ticks:
        pass
    assert_same(training, expected)
    assert all(recording.graph is None for recording in recordings_of(training))


def test_the_oldest_recordings_go_first() -> None:
    training = training_of("cpu")
    placed, state = make("looped", training.work, REPLAYED), training.initial
    index, rates = training.batches.take(state.members, 0, 1), torch.full((1, 1), 0.01)
    placed.advance(state.take(torch.tensor([0])), index[:1], rates)
    kept: Recordings = placed.sites[0].plan.take_steps.__self__
    (first,) = kept.kept
    for member in range(KEPT - 1):
        kept.kept[member] = kept.kept[first]
    placed.advance(state.take(torch.tensor([1])), index[1:], rates)
    assert len(kept.kept) == KEPT
    assert first not in kept.kept


def test_precision_of_the_problem_is_kept() -> None:
    """A recipe that names the device measures both ways, and learns."""
    training = finished(training_of(KIND, problem=problem_of(MEMBERS), learning={"epochs": 40}))
    assert isinstance(training.recipe, LearningRecipe)
    labels = set(training.report.timings)
    assert labels == {f"looped {KIND}:0 float32 channels_last", f"looped {KIND}:0 graph float32 channels_last"}
