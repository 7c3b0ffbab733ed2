"""Weights from a file into a machine: `.pth` and `.th` of torch, `.safetensors`, and our own `.isinglass`.

No file runs code: torch's are read by its reader for weights alone.
"""

from __future__ import annotations

import io
import json
import pickle
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from isinglass.errors import ModelFileError
from isinglass.machine.image.googlenet import IMAGENET_MEAN as IMAGENET_MEAN
from isinglass.machine.image.googlenet import IMAGENET_STD as IMAGENET_STD
from isinglass.machine.stages import belongs, heads_of
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape, Task, image_spec

SUFFIXES = (".pth", ".pt", ".th", ".safetensors", ".isinglass")
WRAPPERS = ("state_dict", "model_state_dict", "model", "net")
"""Keys under which training scripts put the weights beside their own notes."""
PREFIXES = ("module.", "model.", "_orig_mod.")
"""What wrappers of a network put before all its names."""
COUNTER = "num_batches_tracked"
NO_PICKLE = "its safe reader found other things than weights: take a file with the state dict alone"
DAMAGE = (zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError, ValueError, RuntimeError, IndexError)
PARTS = ("channels", "height", "width")
"""Of the schema of a model that reads images."""


@dataclass(frozen=True)
class Started:
    """What a machine took of a file.

    Args:
        taken: names of parameters and buffers.
        replaced: names in both that keep their initial values: of another shape, or of a head that begins anew.
        missing: names that the file lacks.
        unused: names of the file that the machine lacks.
    """

    taken: tuple[str, ...]
    replaced: tuple[str, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"{len(self.taken)} tensors taken"]
        parts += [f"{len(self.replaced)} begin anew ({_few(self.replaced)})"] if self.replaced else []
        parts += [f"{len(self.missing)} not in the file ({_few(self.missing)})"] if self.missing else []
        parts += [f"{len(self.unused)} of the file not used ({_few(self.unused)})"] if self.unused else []
        return ", ".join(parts)


def start(machine: nn.Module, path: str | Path, *, kind: str = "") -> Started:
    """Give a machine all weights of a file whose names and shapes fit.

    Args:
        machine: changed in place.
        path: of the file.
        kind: the machine's name, for the message of a file that does not fit.

    Raises:
        ModelFileError: no such file, a damaged one, one that would run code, or one that fits nothing.
    """
    return take(machine, read_weights(path), where=str(path), kind=kind)


def take(
    machine: nn.Module, weights: Mapping[str, Tensor], *, where: str, kind: str = "", new_head: bool = False
) -> Started:
    """As `start`, for weights at hand. Where a tensor of a head has another shape, all of that head is new; with
    `new_head` the heads are new whatever their shapes."""
    own = machine.state_dict()
    fits = {name for name in own if name in weights and weights[name].shape == own[name].shape}
    other = {name for name in own if name in weights and name not in fits}
    heads = heads_of(machine)
    anew = [head for head in heads if new_head or any(belongs(name, head) for name in other)]
    other |= {name for name in fits if any(belongs(name, head) for head in anew)}
    fits -= other
    if not any(own[name].dim() > 1 and not any(belongs(name, head) for head in heads) for name in fits):
        raise _foreign(own, weights, where, kind)
    missing = [name for name in own if name not in weights and not name.endswith(COUNTER)]
    with torch.no_grad():
        for name in fits:
            own[name].copy_(weights[name])
    return Started(
        taken=tuple(name for name in own if name in fits),
        replaced=tuple(name for name in own if name in other),
        missing=tuple(missing),
        unused=tuple(name for name in weights if name not in own),
    )


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """The tensors of a file by name, prefixes of wrappers removed; of an `.isinglass` file those of the first member.

    Raises:
        ModelFileError: no such file, another ending, a damaged file, or one that would run code.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ModelFileError("no checkpoint has this ending", where=str(path), given=path.suffix, allowed=SUFFIXES)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"the checkpoint cannot be read: {error.strerror}", where=str(path)) from None
    readers = {".safetensors": _safetensors, ".isinglass": _isinglass}
    try:
        found = readers.get(path.suffix.lower(), _torch)(data)
    except pickle.UnpicklingError:
        raise ModelFileError(
            "the checkpoint is damaged or would run code", where=str(path), instead=NO_PICKLE
        ) from None
    except DAMAGE as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise ModelFileError(f"the checkpoint is damaged or no checkpoint ({reason})", where=str(path)) from None
    if not found:
        raise ModelFileError("the checkpoint holds no weights", where=str(path), instead=NO_PICKLE)
    return _plain(found)


def read_scaling(path: str | Path) -> tuple[Tensor, Tensor]:
    """Centre and scale of the channels, float64 `[channel]` each, that the first member of an `.isinglass` file sees
    its pixels by: z = (x - centre) * scale.

    Raises:
        ModelFileError: another kind of file, or a damaged one.
    """
    if Path(path).suffix.lower() != ".isinglass":
        cure = "scaling = 'own', or 'imagenet' for published weights"
        raise ModelFileError("this checkpoint does not say how its pixels were scaled", where=str(path), instead=cure)
    read_weights(path)  # says what is wrong with the file
    with zipfile.ZipFile(path) as archive:
        arrays = _safetensors(archive.read("members.safetensors"))
    return arrays["center"][0].double(), arrays["scale"][0].double()


def _torch(data: bytes) -> dict[str, Tensor]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pickle protocols: what cannot be read is refused below
        found: Any = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    for wrapper in WRAPPERS:
        if isinstance(found, Mapping) and isinstance(found.get(wrapper), Mapping):
            found = found[wrapper]
    if not isinstance(found, Mapping):
        return {}
    return {str(name): value for name, value in found.items() if isinstance(value, Tensor)}


def _safetensors(data: bytes) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(data)
    except SafetensorError as error:
        raise ValueError(str(error)) from None


def _isinglass(data: bytes) -> dict[str, Tensor]:
    """The first member: its machine is built anew from the recipe, and `theta` is cut by its names and shapes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        arrays = _safetensors(archive.read("members.safetensors"))
        recipe, schema, ensemble = (json.loads(archive.read(f"{n}.json")) for n in ("recipe", "schema", "ensemble"))
    if not all(part in schema for part in PARTS) or recipe["machine"]["kind"] == "custom":
        raise ValueError("a model of images with one of our machines is wanted")
    machine = _built(recipe["machine"], schema, int(ensemble["width"]))
    trained = [(name, p.shape) for name, p in machine.named_parameters() if p.requires_grad]
    parts = arrays["theta"][0].split([shape.numel() for _, shape in trained])
    found = {name: part.reshape(shape) for (name, shape), part in zip(trained, parts, strict=True)}
    return found | {name[7:]: array[0] for name, array in arrays.items() if name.startswith("buffer.")}


def _built(machine: dict[str, Any], schema: dict[str, Any], outputs: int) -> nn.Module:
    from isinglass.machine import build

    image = (len(schema["channels"]), int(schema["height"]), int(schema["width"]))
    shape = Shape(image[0] * image[1] * image[2], outputs, spec=image_spec(*image))
    return build(MachineRecipe.model_validate(machine), shape, seed=0, task=Task(schema["task"]))


def _plain(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    for prefix in PREFIXES:
        if all(name.startswith(prefix) for name in weights):
            weights = {name.removeprefix(prefix): value for name, value in weights.items()}
    return weights


def _foreign(own: Mapping[str, Tensor], weights: Mapping[str, Tensor], where: str, kind: str) -> ModelFileError:
    near = nearest(weights)
    return ModelFileError(
        f"no layer of '{kind}' fits these weights" if kind else "no layer of the machine fits these weights",
        where=where,
        given=f"{len(weights)} tensors: {_few(tuple(weights))}",
        allowed=f"{len(own)} tensors: {_few(tuple(own))}",
        instead=f"kind = '{near}'" if near else "a checkpoint of this machine",
    )


def nearest(weights: Mapping[str, Tensor]) -> str | None:
    """The machine for images that has most names and shapes in common with these weights, more than half of them."""
    from isinglass.machine import IMAGE_MACHINES, SEGMENTERS, build, classes_of

    first = next((w for w in weights.values() if w.dim() == 4), None)
    if first is None:
        return None
    shapes = {name: tuple(value.shape) for name, value in weights.items() if not name.endswith(COUNTER)}
    best, most = None, len(shapes) / 2
    for kind in (*IMAGE_MACHINES, *SEGMENTERS):
        side = 28 if kind in ("lenet5", "lenet5_1998", "fast_grey") else 32 if kind not in LARGE else 227
        channels = int(first.shape[1])
        shape = Shape(channels * side * side, 10, spec=image_spec(channels, side, side))
        with torch.device("meta"):  # names and shapes alone
            own = build(MachineRecipe(kind=kind), shape, seed=0, task=classes_of(kind)).state_dict()
        common = sum(tuple(own[name].shape) == shapes[name] for name in own if name in shapes)
        if common > most or (best is not None and common == most and len(own) < len(shapes)):
            best, most = kind, common
    return best


LARGE = frozenset({"alexnet", "alexnet_2012"})


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
