"""`isinglass import`: a checkpoint from elsewhere becomes a model file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from isinglass.cli.flags import takes
from isinglass.cli.folders import claim_file
from isinglass.cli.output import Output
from isinglass.errors import DataError, UsageError


@dataclass(frozen=True)
class Origin:
    """What a checkpoint does not say of itself."""

    machine: Annotated[str, typer.Option("--machine", metavar="KIND", help="As resnet18 or cifar_resnet20.")] = ""
    classes: Annotated[str, typer.Option(metavar="NAMES", help="a,b,c or a text file with one a line.")] = ""
    size: Annotated[str, typer.Option(metavar="PIXELS", help="Height and width: 224, or 180x240.")] = "224"
    mean: Annotated[str, typer.Option(help="Of each channel, pixels from 0 to 1.")] = "0.485,0.456,0.406"
    std: Annotated[str, typer.Option(help="Of each channel.")] = "0.229,0.224,0.225"


@takes(origin=Origin, output=Output)
def import_(
    checkpoint: Annotated[Path, typer.Argument(metavar="FILE", help=".pth, .th or .safetensors.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="The model file.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing FILE.")] = False,
    *,
    origin: Origin,
    output: Output,
) -> None:
    """Take the weights of a checkpoint into a model file.

    The default mean and std are ImageNet's, as torchvision's checkpoints expect them.
    """
    from isinglass.workbench.import_weights import Foreign, import_checkpoint

    if not checkpoint.is_file():
        raise DataError("there is no such checkpoint", where=str(checkpoint))
    path = out or Path(f"{checkpoint.stem}.isinglass")
    foreign = Foreign(
        path=checkpoint,
        machine=_machine(origin.machine),
        classes=_names(origin.classes),
        size=_size(origin.size),
        mean=_numbers("--mean", origin.mean),
        std=_numbers("--std", origin.std),
    )
    claim_file(path, overwrite=overwrite)
    model, started = import_checkpoint(foreign)
    model.save(path)
    output.say(f"{model.findings.machine}: {started}")
    output.show(f"model    {path}")
    output.result(
        {"model": path, "machine": origin.machine, "tensors": len(started.taken), "unused": list(started.unused)}
    )


def _machine(kind: str) -> str:
    if not kind:
        raise UsageError("a checkpoint does not say what it was trained in", instead="--machine resnet18")
    return kind


def _names(text: str) -> list[str]:
    path = Path(text)
    if "," not in text and path.is_file():
        return _require_classes([line.strip() for line in path.read_text(encoding="utf-8").splitlines()])
    return _require_classes([name.strip() for name in text.split(",")])


def _require_classes(names: list[str]) -> list[str]:
    known = [name for name in names if name]
    if len(known) < 2:
        raise UsageError(
            "a checkpoint does not name its classes",
            given=known or None,
            instead="--classes cat,dog in the order of its outputs, or --classes FILE with one a line",
        )
    return known


def _numbers(flag: str, text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise UsageError("not numbers", where=flag, given=text, instead=f"{flag} 0.5,0.5,0.5") from None


def _size(text: str) -> tuple[int, int]:
    parts = text.lower().split("x")
    if not all(part.isdecimal() and int(part) for part in parts) or len(parts) > 2:
        raise UsageError("not a size in pixels", where="--size", given=text, instead="--size 224 or --size 180x240")
    return int(parts[0]), int(parts[-1])
