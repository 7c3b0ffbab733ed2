"""Explanations as a terminal shows them, as documents and as files; what can be asked on the command line."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isinglass.errors import DataError, UsageError

if TYPE_CHECKING:
    import numpy as np

    from isinglass.explanation.explanation import Explanation

ROWS = {
    "permutation": "permutation",
    "multipass": "permutation_multi",
    "grouped": "permutation_grouped",
    "partial_dependence": "partial_dependence",
    "ice": "individual",
}
"""Methods for all rows: the name here -> its key in `explanation.METHODS`."""

LOCAL_METHODS = (
    "saliency", "smoothgrad", "guided", "integrated", "gradcam", "occlusion", "unit", "maximisation", "maps",
    "filters", "nearest",
)  # fmt: skip
"""Methods for one sample: the keys of `explanation.LOCAL_METHODS`, without loading torch."""

METHODS = ROWS | {name: name for name in LOCAL_METHODS}
LAYERED = ("gradcam", "unit", "maps", "filters")
ENDINGS = (".png", ".svg", ".json")
STRONGEST = 8
"""Places of a map that are printed."""
LINES = 30
"""Inputs of one sample that are printed."""


def _look(help: str, *names: str, metavar: str) -> Any:
    return typer.Option(*names, metavar=metavar, help=help, rich_help_panel="One sample")


@dataclass(frozen=True)
class ExplainFlags:
    """What is asked about; None where the command line says nothing."""

    column: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="This column alone; repeat.")] = None
    data: Annotated[str | None, _look("Take the sample from here (as DATA).", "--data", metavar="DATA")] = None
    sample: Annotated[int | None, _look("This one, counted from 1; default: the first.", metavar="N")] = None
    output: Annotated[
        str | None, _look("Why this class, or target; default: the predicted one.", "--class", metavar="NAME")
    ] = None
    layer: Annotated[str | None, _look("Of the network; default: the last or first.", metavar="NAME")] = None
    unit: Annotated[str | None, _look("Of the layer's maps, counted from 0.", metavar="C,Y,X")] = None
    member: Annotated[int | None, _look("This network alone, counted from 1.", metavar="K")] = None

    def options(self) -> dict[str, Any]:
        """For `Model.explain`."""
        named = {"sample": self.sample, "output": self.output, "layer": self.layer, "member": self.member}
        found: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
        if self.unit is not None:
            found["unit"] = _unit(self.unit)
        return found | ({"columns": self.column} if self.column else {})


def require_fitting(method: str, rows: str | None, asked: ExplainFlags) -> None:
    """Refuse what does not go together. Raises UsageError."""
    if method not in METHODS:
        raise UsageError("no such method", given=method, allowed=METHODS)
    if rows is not None and asked.data is not None:
        raise UsageError("the data are given twice", given=f"{rows}, --data {asked.data}", instead="leave one out.")
    if method in LOCAL_METHODS and asked.column:
        raise UsageError("--column is for methods that look at all rows", given=method, allowed=list(ROWS))
    for flag in ("sample", "output", "layer", "unit", "member"):
        if method not in LOCAL_METHODS and getattr(asked, flag) is not None:
            name = "class" if flag == "output" else flag
            raise UsageError(f"--{name} is for methods that look at one sample", given=method, allowed=LOCAL_METHODS)
    if asked.layer is not None and method not in LAYERED:
        raise UsageError("--layer is for methods that look into a layer", given=method, allowed=LAYERED)
    if asked.unit is not None and method != "unit":
        raise UsageError("--unit is for the gradient of one unit", given=method, instead="--method unit")


def _unit(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if len(parts) != 3 or not all(part.strip().isdigit() for part in parts):
        raise UsageError("a unit is a channel, a row and a column, counted from 0", given=text, instead="--unit 2,0,5")
    return tuple(int(part) for part in parts)


def require_format(path: Path) -> Path:
    """The path, if its ending names a format. Raises UsageError."""
    if path.suffix not in ENDINGS:
        raise UsageError("the ending names no format", where=str(path), given=path.suffix or "none", allowed=ENDINGS)
    return path


def target_files(path: Path, count: int) -> list[Path]:
    """One picture an explanation: why.png, or why-1.png, why-2.png where there are several; one document."""
    if count == 1 or path.suffix == ".json":
        return [path]
    return [path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(1, count + 1)]


def write(found: Sequence[Explanation], files: Sequence[Path], whole: Mapping[str, Any]) -> None:
    """Draw or write them, whole or not at all."""
    from isinglass.cli.output import plain
    from isinglass.files import write_atomically

    for path, explanation in zip(files, found, strict=False):
        if path.suffix == ".json":
            content = json.dumps(plain(whole), ensure_ascii=False, allow_nan=False).encode()
        else:
            from isinglass.figures.explanations import written

            content = written(explanation, path.suffix)
        write_atomically(path, content, failure=DataError)


def spoken(found: Explanation, answers: Sequence[str]) -> list[object]:
    """What the terminal shows of one explanation."""
    if found.spec.dims[0] == "grid":
        return [*_effect(found, answers), check(found), ""]
    if found.spec.dims[0] == "name" and found.spec.dims[-1] != "member":
        return [*_ranking(found), check(found), ""]
    return [found.about, *_one(found), check(found), ""]


def words(found: Sequence[Explanation], files: Sequence[Path]) -> list[str]:
    """Where the pictures are, or how to get one."""
    if files:
        return [f"{'document' if path.suffix == '.json' else 'picture'}  {path}" for path in files]
    return ["-o why.png draws it."] if "height" in found[0].spec.dims else []


def check(found: Explanation) -> str:
    """`check: rank correlation with random networks 0.05: it depends on what was learnt; ...`"""
    numbers = dict(found.check)
    parts = []
    if "rank_correlation" in numbers:
        alike, passed = numbers.pop("rank_correlation"), numbers.pop("passed")
        meaning = {1.0: "it depends on what was learnt", 0.0: "random networks say much the same: do not trust it here"}
        told = meaning.get(passed, "too few numbers to tell")
        parts.append(f"rank correlation with random networks {alike:.2f}: {told}")
    parts += [f"{name} {value:.3g}" for name, value in numbers.items()]
    return "check: " + "; ".join(parts)


def document(found: Explanation) -> dict[str, Any]:
    """All of it, for programs."""
    return {
        "about": found.about,
        "quantity": found.quantity,
        "names": found.spec.names,
        "units": found.spec.units,
        "dims": found.spec.dims,
        "values": found.values,
        "mean": found.mean(),
        "spread": found.spread(),
        "coords": found.coords,
        "check": found.check,
    }


def _ranking(found: Explanation) -> list[object]:
    from isinglass.cli.tables import number, rows_table

    parts = zip(found.mean(), found.spread(), strict=True)
    of = dict(zip(found.coords["name"].tolist(), parts, strict=True))
    reached = [name for name in found.ranking() if of[name][0] == of[name][0]]
    taken = [str(name) for name in found.coords.get("order", ())] or reached
    rows = [(name, f"{of[name][0]:+.3g}", f"± {number(float(of[name][1]))}") for name in taken]
    return [rows_table(["column", found.quantity, "spread"], rows)]


def _effect(found: Explanation, answers: Sequence[str]) -> list[object]:
    from isinglass.cli.tables import rows_table

    unit = f" [{found.spec.units[0]}]" if found.spec.units[0] else ""
    grid = found.coords["grid"].tolist()
    heads = [f"{found.spec.names[0]}{unit}", *answers]
    if "sample" in found.spec.dims:
        rows = [(at, *_ranges(part)) for at, part in zip(grid, found.values, strict=True)]
        told = f"Each of {found.values.shape[1]} rows has its own curve: their mean (10 % .. 90 % of them)."
        return [rows_table(heads, rows), told]
    values = found.values.reshape(len(grid), -1)
    rows = [(at, *map(float, row)) for at, row in zip(grid, values, strict=True)]
    return [rows_table(heads, rows)]


def _ranges(part: np.ndarray) -> list[str]:
    """`4.02 (3.8 .. 4.2)` of each answer, over rows [sample, ...]."""
    import numpy as np

    from isinglass.cli.tables import number

    columns = part.reshape(len(part), -1).T
    low, high = np.quantile(columns, [0.1, 0.9], axis=1)
    ends = zip(columns.mean(axis=1).tolist(), low.tolist(), high.tolist(), strict=True)
    return [f"{number(mean)} ({number(a)} .. {number(b)})" for mean, a, b in ends]


def _one(found: Explanation) -> list[object]:
    """A line a feature or neighbour, or the strongest places of a map."""
    import numpy as np

    from isinglass.cli.tables import number, rows_table

    whole, found = found, found.by_pixel()
    sign = "+" if found is whole or (found.values < 0).any() else ""
    mean, spread = found.mean(), found.spread()
    size = np.nan_to_num(np.abs(mean)).ravel()
    nearest = found.method == "nearest"
    order = np.arange(len(mean)) if nearest else np.argsort(-size, kind="stable")
    order = order[: LINES if mean.ndim == 1 else STRONGEST]
    axes = found.spec.dims[:-1]
    places = zip(*np.unravel_index(order, mean.shape), strict=True)
    rows = []
    for place in places:
        at, wide = float(mean[place]), float(spread[place])
        value = "no gradient" if math.isnan(at) else f"{at:{sign}.3g}"
        rows.append((*_names(found, place), value if not nearest else number(at), f"± {number(wide)}"))
    heads = ["input"] if axes == ("name",) else list(axes)
    several = found.values.shape[-1] > 1
    table = rows_table([*heads, found.quantity, "spread"], rows)
    if not several:
        table = rows_table([*heads, found.quantity], [row[:-1] for row in rows])
    return [table, *_left_out(found, mean.size - len(order))]


def _left_out(found: Explanation, count: int) -> list[str]:
    if "height" in found.spec.dims:
        return ["The strongest places; pixels are counted from 0."]
    return [f"{count} weaker ones are not shown; -o why.json writes them all, -o why.png draws them."] if count else []


def _names(found: Explanation, place: Sequence[Any]) -> list[str]:
    axes = found.spec.dims[:-1]
    return [
        str(found.coords[axis][at]) if axis in found.coords else str(int(at))
        for axis, at in zip(axes, place, strict=True)
    ]
