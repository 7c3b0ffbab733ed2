"""Members that learn on another device: whole runs, with the numbers of the processor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from digit_images import maker_of, problem_of
from placed import MEMBERS, VARIANTS, assert_same, finished, training_of
from practice import KIND, SHARED

from isinglass.errors import CheckpointError, RecipeError, TrainingError
from isinglass.learning.checkpoint import Checkpoint
from isinglass.learning.plans import devices
from isinglass.learning.plans.device_plan import PlacedPlan
from isinglass.learning.plans.forward import PlacedForward, for_prediction
from isinglass.learning.plans.learner import Learner
from isinglass.learning.plans.plan import Tuning
from isinglass.learning.plans.selection.candidates import candidates_for
from isinglass.learning.plans.selection.record import Timings
from isinglass.learning.rows import tensor_of
from isinglass.objective.terms import Term
from isinglass.recipe import LearningRecipe, MachineRecipe
from isinglass.spec import ROW, Task


@pytest.mark.parametrize("options", [pytest.param(options, id=name) for name, options in VARIANTS.items()])
def test_networks_of_images_learn_the_same(options: dict) -> None:
    assert_same(finished(training_of(KIND, **options)), finished(training_of("cpu", **options)))


def test_images_on_a_disk_go_there_batch_by_batch(tmp_path) -> None:
    problem = problem_of(MEMBERS)
    np.save(tmp_path / "images.npy", problem.rows.inputs.numpy())
    mapped = tensor_of(np.load(tmp_path / "images.npy", mmap_mode="r"))
    streamed = finished(
        training_of(KIND, problem=replace(problem, rows=replace(problem.rows, inputs=mapped, streamed=True)))
    )
    assert streamed.report.plan.sites[0].plan.work.rows.inputs.device.type == "cpu"
    assert_same(streamed, finished(training_of("cpu")))


def test_half_precision_is_the_devices_own() -> None:
    """What a practice device has none of: looked at, not run."""
    placed = PlacedPlan(training_of("cpu").work, Tuning(precision="bfloat16", devices=SHARED[:1]))
    network = placed.sites[0].plan.machines.make()
    assert network.precision.args == (KIND, torch.bfloat16)


def test_pixels_of_16_bits_are_whole_numbers_there() -> None:
    problem = problem_of(MEMBERS)
    pixels = (problem.rows.inputs.to(torch.int32) * 257).to(torch.uint16)
    deep = replace(problem, rows=replace(problem.rows, inputs=pixels))
    deep = replace(deep, view=replace(deep.view, center=deep.view.center * 257, scale=deep.view.scale / 257))
    runs = [finished(training_of(device, problem=deep, learning={"adversarial": 0.05})) for device in (KIND, "cpu")]
    assert runs[0].report.plan.sites[0].plan.work.rows.inputs.dtype is torch.int32
    assert_same(*runs)


def test_masks_are_learnt_there_too() -> None:
    problem = problem_of(MEMBERS, masks=True)
    maker = maker_of(MachineRecipe(kind="unet", filters=(4, 8)), outputs=3, task=Task.SEGMENTATION)
    runs = [finished(training_of(device, problem=problem, maker=maker)) for device in (KIND, "cpu")]
    assert_same(*runs)


def test_several_devices_share_the_members() -> None:
    training = training_of("cpu")
    work, state = training.work, training.initial.clone()
    index = training.batches.take(state.members, 0, 3)
    rates = torch.full((3, 2), 0.01)
    plan, copy = training.report.plan, state.clone()
    placed = PlacedPlan(work, replace(plan.tuning, devices=(*SHARED, SHARED[0])), type(plan))
    torch.testing.assert_close(placed.advance(state, index, rates), plan.advance(copy, index, rates))
    torch.testing.assert_close(state.theta, copy.theta)
    assert state.steps.tolist() == [3, 3]


def test_predictions_of_images_are_made_there() -> None:
    training = finished(training_of(KIND))
    plan = for_prediction(training.work.network, training.devices)
    assert isinstance(plan, PlacedForward)
    images, state = training.work.rows.inputs[:5], training.final_state()
    with torch.inference_mode():
        found = plan.forward(state, images)
    torch.testing.assert_close(
        found, for_prediction(training.work.network).forward(state, images), rtol=1e-4, atol=1e-5
    )


def test_what_there_is_is_measured_beside_the_processor(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("ISINGLASS_CACHE", str(tmp_path))
    monkeypatch.setattr(devices, "ACCELERATORS", ("cuda", KIND))
    training = training_of("auto", learning={"epochs": 40})
    where = ("chunk=0 threads=1", f"{KIND}:0", f"{KIND}:0 graph")
    assert {f"looped {place} float32 channels_last" for place in where} == set(training.report.timings)


@pytest.mark.parametrize(("times", "chosen"), [([9.0, 1.0, 2.0], (f"{KIND}:0",)), ([1.0, 9.0, 2.0], ())])
def test_the_quicker_one_learns(monkeypatch: pytest.MonkeyPatch, times: list[float], chosen: tuple[str, ...]) -> None:
    monkeypatch.setattr(devices, "ACCELERATORS", (KIND,))
    monkeypatch.setattr(Timings, "recall", lambda _: times)
    training = training_of("auto", learning={"epochs": 40})
    assert training.report.tuning.devices == chosen == training.devices


def test_small_tables_wake_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "ACCELERATORS", (KIND,))
    training = training_of("cpu")
    view = replace(training.work.view, spec=ROW)
    table = replace(training.work.rows, inputs=torch.zeros(400, 64))
    work = replace(training.work, network=replace(training.work.network, view=view), rows=table)
    recipe = training.recipe.model_copy(update={"device": "auto"})
    for steps, woken in ((1000, False), (10**8, True)):
        found, _ = candidates_for(work, training.initial, training.batches, recipe, steps=steps)
        assert any(tuning.devices for _, tuning in found) is woken


def test_answers_send_weights_once_and_when_they_have_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    training = training_of(KIND)
    plan, state = training.report.plan, training.initial.clone()
    (site,) = plan.sites
    sent = []
    move = site.moved
    monkeypatch.setattr(site, "moved", lambda part: sent.append(len(part.slots)) or move(part))
    images = training.work.rows.inputs[:3]
    for _ in range(3):
        answers = [plan.forward(state.rows(member, member + 1), images) for member in range(2)]
    assert sent == [0, 0]
    state.theta[1] += 0.1
    assert not torch.equal(plan.forward(state.rows(1, 2), images), answers[1])
    assert torch.equal(plan.forward(state.rows(0, 1), images), answers[0])
    assert sent == [0, 0, 0, 0]  # rows of one tensor have one version: both were sent again, without optimizer memory


def test_an_interrupted_tick_has_not_been(monkeypatch: pytest.MonkeyPatch) -> None:
    training = training_of(KIND)
    plan, state = training.report.plan, training.initial.clone()
    index, rates = training.batches.take(state.members, 0, 4), torch.full((4, 2), 0.01)
    backward, calls = Learner.backward, []

    def stopped(*args: object) -> torch.Tensor:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return backward(*args)

    monkeypatch.setattr(Learner, "backward", stopped)
    with pytest.raises(KeyboardInterrupt):
        plan.advance(state, index, rates)
    assert torch.equal(state.theta, training.initial.theta)
    assert state.steps.tolist() == [0, 0]


def test_equations_stay_on_the_processor() -> None:
    problem = problem_of(MEMBERS)
    asking = Term("equation", lambda raw, batch: raw.sum(), reduced=True, asks=True)
    objective = replace(problem.objective, terms=(asking,))
    training = training_of(KIND, problem=replace(problem, objective=objective))
    with pytest.raises(TrainingError, match="differential equations are learnt on the processor"):
        _ = training.report


def test_a_run_goes_on_where_its_devices_are(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    begun = training_of(KIND, checkpoint=Checkpoint(tmp_path / "run", every=0.0))
    next(iter(begun))
    resumed = finished(training_of(KIND, checkpoint=Checkpoint(tmp_path / "run")))
    assert_same(resumed, finished(training_of("cpu")))
    monkeypatch.setattr(getattr(torch, KIND), "device_count", lambda: 0)
    with pytest.raises(CheckpointError, match=f"cannot go on here: there is no {KIND}:0.*device = 'cpu'"):
        training_of(KIND, checkpoint=Checkpoint(tmp_path / "run"))
    assert finished(training_of("cpu", checkpoint=Checkpoint(tmp_path / "run"))).devices == ()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("gpu", "no such device. Given: gpu"),
        ("meta", "there is no such device here. Given: meta"),
        (f"{KIND}:3", f"there is no such device here. Given: {KIND}:3"),
        (f"{KIND},cpu", "there is no such device here. Given: cpu"),
        ("", "no such device"),
    ],
)
def test_devices_that_are_not_there(given: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        devices.devices_of(LearningRecipe(device=given))


def test_a_kind_is_all_of_its_devices() -> None:
    assert devices.devices_of(LearningRecipe(device=f"{KIND}, {KIND}:0")) == (f"{KIND}:0",)
    assert devices.devices_of(LearningRecipe(device="cpu")) == ()


def broken(error: Exception):
    def advance(*_: object) -> None:
        raise error

    return advance


def test_a_device_that_breaks_down_is_left_alone_or_told(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("ISINGLASS_CACHE", str(tmp_path))
    monkeypatch.setattr(devices, "ACCELERATORS", (KIND,))
    monkeypatch.setattr(PlacedPlan, "advance", broken(RuntimeError("no kernel image\nis available")))
    training = training_of("auto", learning={"epochs": 40})
    assert training.report.tuning.devices == ()
    assert training.report.broken[0] == f"looped {KIND}:0 float32 channels_last: no kernel image"
    assert training.report.refused[f"looped {KIND}:0 float32 channels_last"] == "no kernel image"
    monkeypatch.undo()
    monkeypatch.setenv("ISINGLASS_CACHE", str(tmp_path))
    monkeypatch.setattr(devices, "ACCELERATORS", (KIND,))
    assert training_of("auto", learning={"epochs": 40}).report.broken == ()
    asked = training_of(KIND)
    monkeypatch.setattr(type(asked.report.plan.sites[0].plan), "advance", broken(torch.OutOfMemoryError("17 GiB")))
    with pytest.raises(TrainingError, match=f"{KIND}:0: the device has too little memory.*learning.batch"):
        finished(asked)
