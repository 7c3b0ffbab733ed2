"""Starting from files: what is taken, what is left, what is refused."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from isinglass.data.images.schema import ImageSchema
from isinglass.errors import ModelFileError
from isinglass.export.bundle import Bundle, write_bundle
from isinglass.export.records import pack
from isinglass.machine import build
from isinglass.machine.checkpoints import IMAGENET_MEAN, IMAGENET_STD, read_weights, start
from isinglass.recipe import DataRecipe, MachineRecipe, Recipe
from isinglass.spec import Column, Kind, Shape, Task, image_spec


def network(kind: str = "cifar_resnet20", classes: int = 10, *, channels: int = 3, side: int = 32, seed: int = 0):
    shape = Shape(channels * side * side, classes, spec=image_spec(channels, side, side))
    return build(MachineRecipe(kind=kind), shape, seed=seed, task=Task.CLASSIFICATION)


def published(shared: Path) -> Path:
    return shared / "pretrained" / "resnet20-12fca82f.th"


def test_published_weights_are_all_taken(shared: Path) -> None:
    machine = network()
    started = start(machine, published(shared), kind="cifar_resnet20")
    counters = {name for name in machine.state_dict() if name.endswith("num_batches_tracked")}
    assert set(started.taken) | counters == set(machine.state_dict())
    assert (started.replaced, started.missing, started.unused) == ((), (), ())
    assert float(machine.get_parameter("linear.bias").detach().abs().sum()) > 0


def cifar(shared: Path) -> tuple[Tensor, Tensor]:
    rows = np.fromfile(shared / "cifar10" / "test_batch_first1000.bin", dtype=np.uint8).reshape(-1, 3073)
    pixels = torch.from_numpy(rows[:, 1:].reshape(-1, 3, 32, 32).copy()).float() / 255
    mean, std = (torch.tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
    return (pixels - mean) / std, torch.from_numpy(rows[:, 0].astype(np.int64))


@pytest.mark.slow
def test_published_weights_score_as_published(shared: Path) -> None:
    machine = network().eval()
    start(machine, published(shared))
    x, label = cifar(shared)
    with torch.no_grad():
        right = torch.cat([machine(part).argmax(1) for part in x.split(250)]) == label
    assert float(right.double().mean()) == pytest.approx(0.915, abs=0.0005)


def test_head_for_other_classes_is_new(shared: Path) -> None:
    machine, fresh = network(classes=4), network(classes=4)
    started = start(machine, published(shared))
    assert started.replaced == ("linear.weight", "linear.bias")
    for name in started.replaced:
        assert torch.equal(machine.state_dict()[name], fresh.state_dict()[name])
    assert not torch.equal(machine.state_dict()["conv1.weight"], fresh.state_dict()["conv1.weight"])
    assert "2 begin anew (linear.weight, linear.bias)" in str(started)


def test_bias_of_a_new_head_is_new_even_where_it_would_fit(tmp_path: Path) -> None:
    narrow, wide = (nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)) for _ in range(2))
    weights = {name: torch.ones_like(value) for name, value in narrow.state_dict().items()}
    weights["2.weight"] = torch.ones(3, 7)
    torch.save(weights, tmp_path / "w.pth")
    assert start(wide, tmp_path / "w.pth").replaced == ("2.weight", "2.bias")


def test_another_depth_of_the_same_family_takes_what_fits(shared: Path) -> None:
    started = start(network("cifar_resnet56"), published(shared))
    assert len(started.taken) > 90
    assert any(name.startswith("layer1.8") for name in started.missing)


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"state_dict": s, "epoch": 3}, lambda s: {"model": s}])
@pytest.mark.parametrize("prefix", ["", "module.", "module.model."])
def test_wrappers_and_prefixes(tmp_path: Path, wrap, prefix: str) -> None:
    machine, other = network("lenet5", channels=1), network("lenet5", channels=1, seed=5)
    torch.save(wrap({prefix + name: value for name, value in machine.state_dict().items()}), tmp_path / "w.pth")
    started = start(other, tmp_path / "w.pth")
    assert not started.missing
    assert all(torch.equal(value, machine.state_dict()[name]) for name, value in other.state_dict().items())


def test_old_files_without_counters(tmp_path: Path) -> None:
    weights = {n: v for n, v in network().state_dict().items() if not n.endswith("num_batches_tracked")}
    torch.save(weights, tmp_path / "old.th")
    started = start(network(seed=1), tmp_path / "old.th")
    assert (started.missing, len(started.taken)) == ((), len(weights))


def test_old_serialization_of_torch(tmp_path: Path) -> None:
    machine = network("lenet5", channels=1)
    torch.save(machine.state_dict(), tmp_path / "w.pth", _use_new_zipfile_serialization=False)
    assert not start(network("lenet5", channels=1, seed=2), tmp_path / "w.pth").missing


def test_safetensors(tmp_path: Path) -> None:
    machine, other = network("fast"), network("fast", seed=3)
    save_file(machine.state_dict(), tmp_path / "w.safetensors")
    assert not start(other, tmp_path / "w.safetensors").missing
    assert torch.equal(other.get_buffer("whiten.weight"), machine.get_buffer("whiten.weight"))


def model_file(path: Path, machines: list[nn.Module], recipe: MachineRecipe, outputs: int) -> Path:
    """A model file as `Model.save` lays it out, of members in the order of `learning.parameters.flat_params`."""
    targets = (Column("class", Kind.CATEGORICAL, categories=tuple("abcdefghij"[:outputs])),)
    schema = ImageSchema(("red", "green", "blue"), 32, 32, "uint8", targets, Task.CLASSIFICATION)
    theta = [torch.cat([p.detach().flatten() for p in m.parameters() if p.requires_grad]) for m in machines]
    members = {"theta": torch.stack(theta).numpy()}
    for name, _ in machines[0].named_buffers():
        members[f"buffer.{name}"] = torch.stack([m.get_buffer(name) for m in machines]).numpy()
    study = Recipe(data=DataRecipe(source="photos"), machine=recipe)
    documents = {"recipe": study.model_dump(mode="json", exclude_none=True), "schema": pack(schema)[0]}
    return write_bundle(path, Bundle(documents | {"ensemble": {"width": outputs}}, {"members": members}), writer="test")


def test_own_file_gives_its_first_member(tmp_path: Path) -> None:
    members = [network("fast", seed=s) for s in (1, 2)]
    path = model_file(tmp_path / "m.isinglass", members, MachineRecipe(kind="fast"), 10)
    same, other = network("fast", seed=9), network("fast", classes=3, seed=9)
    assert not start(same, path).missing
    assert all(torch.equal(v, members[0].state_dict()[n]) for n, v in same.state_dict().items())
    assert start(other, path).replaced == ("classify.weight",)
    assert torch.equal(other.get_buffer("whiten.weight"), members[0].get_buffer("whiten.weight"))


def test_own_file_of_a_table_cannot_start_images(tmp_path: Path) -> None:
    path = model_file(tmp_path / "m.isinglass", [network("fast")], MachineRecipe(kind="custom", factory="a:b"), 10)
    with pytest.raises(ModelFileError, match=r"m.isinglass.*a model of images with one of our machines"):
        start(network("fast"), path)


def test_googlenet_for_ten_classes_takes_all_but_its_heads(tmp_path: Path) -> None:
    torch.save(network("googlenet", classes=7, side=64).state_dict(), tmp_path / "w.pth")
    started = start(network("googlenet", side=64, seed=1), tmp_path / "w.pth")
    heads = {f"{part}.{what}" for part in ("fc", "aux1.fc2", "aux2.fc2") for what in ("weight", "bias")}
    assert set(started.replaced) == heads


def test_file_that_fits_nothing_names_the_machine_that_does(shared: Path) -> None:
    with pytest.raises(ModelFileError, match=r"no layer of 'lenet5' fits.*conv1.weight.*kind = 'cifar_resnet20'"):
        start(network("lenet5", channels=1), published(shared), kind="lenet5")


class Code:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("open('/tmp/never', 'w')",)


def damaged(tmp_path: Path, shared: Path) -> dict[str, bytes]:
    good = published(shared).read_bytes()
    torch.save({"a": Code()}, tmp_path / "code.bin")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("manifest.json", "{}")
    return {
        "truncated.th": good[: len(good) // 2],
        "empty.pth": b"",
        "text.pth": b"not a checkpoint\n",
        "code.pth": (tmp_path / "code.bin").read_bytes(),
        "pickle.pth": pickle.dumps(Code()),
        "number.pth": pickle.dumps(3),
        "short.safetensors": b"\x08\x00\x00\x00\x00\x00\x00\x00{}",
        "text.safetensors": b"nothing",
        "zip.isinglass": archive.getvalue(),
        "text.isinglass": b"nothing",
    }


@pytest.mark.filterwarnings("error")
def test_damaged_files_and_files_with_code_are_refused(tmp_path: Path, shared: Path) -> None:
    for name, data in damaged(tmp_path, shared).items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ModelFileError, match=name):
            read_weights(tmp_path / name)
    assert not Path("/tmp/never").exists()


def test_no_file_and_another_ending(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="No such file"):
        read_weights(tmp_path / "none.pth")
    with pytest.raises(ModelFileError, match=r"ending.*Given: .onnx.*safetensors"):
        read_weights(tmp_path / "net.onnx")
