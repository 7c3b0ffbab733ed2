"""Did a change that should move no number move one? Record what small studies say before and after, and compare.

    PYTHONPATH=../before/src python benchmarks/same_numbers.py record before.npz
    PYTHONPATH=$PWD/src      python benchmarks/same_numbers.py record after.npz
    python benchmarks/same_numbers.py compare before.npz after.npz        # exit 1 where anything differs

The checkout that PYTHONPATH names is asked through its command line alone, so folders and names inside may change in
between. Each study of `studies` is fitted with its own seed, settings and plan; kept are the scores of every method and
their intervals (`scores`), all arrays of the model file (`file`: weights, scaling, predictions of unseen rows, effects,
importances, curves) and what `isinglass predict` says of given rows, with every member and every part of the novelty
(`predict`). Both recordings must come from one machine with the same versions: another processor adds up in another
order. One whole recording
takes about a processor minute; `--studies tao masks` makes some of them.

`automatic` alone measures its plan. Where the two recordings took different ones, it is told and not compared.
"""

from __future__ import annotations

import os

# Before any of them starts: sums of several threads come in any order.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["NUMBA_NUM_THREADS"] = "1"

import argparse
import contextlib
import io
import json
import runpy
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from PIL import Image
from safetensors.numpy import load

Arrays = dict[str, np.ndarray]

SMALL = {
    "machine.hidden": [8],
    "learning.members": 2,
    "learning.epochs": 20,
    "learning.plan": "stacked",
    "learning.precision": "float32",
    "learning.threads": 1,
    "learning.device": "cpu",
    "learning.seed": 3,
    "evaluation.bootstrap": 40,
    "evaluation.baselines": ["mean", "linear"],
}
"""Settings of every study, which its own change."""

PICTURES = {
    "machine.kind": "cnn",
    "machine.hidden": "auto",
    "machine.filters": [4, 8],
    "learning.plan": "looped",
    "learning.batch": 16,
    "learning.epochs": 8,
    "splits.scheme": "sealed",
    "evaluation.baselines": "auto",
}
SCENES = PICTURES | {"machine.kind": "unet", "learning.batch": 4}

PASSING = ("date", "seconds", "provenance", "data/sha256")
"""Of the numbers on paper: what may differ from one run to the next."""
ROWS = 24
"""Rows that are predicted from the file."""


@dataclass(frozen=True)
class Study:
    """One study: what is fitted, with which words and settings, and what is predicted then."""

    data: str
    words: tuple[str, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()
    verb: str = "fit"

    def line(self) -> list[str]:
        """The words after `isinglass`."""
        settings = SMALL | dict(self.settings)
        if self.verb == "tune":
            settings["search.members"] = 1
        told = [word for key, value in settings.items() for word in ("--set", f"{key}={written(value)}")]
        return [self.verb, self.data, *self.words, *told]


def written(value: Any) -> str:
    """A value as `--set` takes it: JSON, bare texts, and inline tables of TOML."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {written_within(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written_within, value)) + "]"
    return json.dumps(value)


def written_within(value: Any) -> str:
    """A value inside of another."""
    return json.dumps(value) if isinstance(value, str) else written(value)


def made(data: str, *words: str, verb: str = "fit", **settings: Any) -> Study:
    """A study, with two underscores for the dot of a key."""
    return Study(data, words, tuple((key.replace("__", "."), value) for key, value in settings.items()), verb)


def studies() -> dict[str, Study]:
    """Every study by its name."""
    law = {"kind": "sum_to_total", "columns": ["reflected", "absorbed"], "total": "incoming"}
    budget = {
        "kind": "linear",
        "columns": ["reflected", "absorbed"],
        "matrix": [[1.0, 1.0]],
        "right_side": ["incoming"],
    }
    light = ("--target", "reflected", "--target", "absorbed")
    tao = ("tao", "--target", "Humidity", "--group", "location")
    pictures = {key.replace(".", "__"): value for key, value in PICTURES.items()}
    scenes = {key.replace(".", "__"): value for key, value in SCENES.items()}
    return {
        "tao": made(*tao),
        "automatic": made(*tao, learning__plan="auto", learning__precision="auto", evaluation__baselines="none"),
        "compiled": made(*tao, learning__plan="compiled"),
        "iris": made("iris", evaluation__baselines="auto", learning__plan="vmapped"),
        "weights": made("iris", objective__class_weights="balanced", evaluation__costs={"setosa": 2.0}),
        "digits": made("digits", machine__hidden=[16], machine__dropout=0.1),
        "several": made("table.csv", "--target", "y", "--target", "z", evaluation__baselines="auto"),
        "quantiles": made("diabetes", objective__loss="quantile", learning__plan="looped"),
        "labels": made("labels.csv", "--target", "wet", "--target", "cold", "--task", "multilabel"),
        "combined": made(
            "table.csv", "--target", "y", "--machine", "combined", evaluation__baselines=["linear", "random_forest"]
        ),
        "censored": made("limits.csv", "--target", "nitrate", data__censored="nitrate"),
        "amounts": made("limits.csv", "--target", "rain", "--drop", "nitrate", objective__loss="zero_inflated_gamma"),
        "series": made("limits.csv", "--target", "level", "--drop", "nitrate", "--time", "day", "--lags", "level=1,2"),
        "images": made("photos", **pictures),
        "masks": made("scenes", objective__class_weights="balanced", **scenes),
        "patches": made("scenes", data__patch=8, **(scenes | {"evaluation__baselines": "none"})),
        "law": made("light.csv", *light, objective__constraints=[law]),
        "penalty": made("light.csv", *light, objective__constraints=[budget | {"alpha": 0.3}]),
        "equation": made(
            "decay.csv",
            *("--target", "u"),
            learning__plan="looped",
            objective__equations=[{"formula": "du/dt = -0.5 * u", "ranges": {"t": [0, 4]}, "alpha": 0.5}],
        ),
        "tune": made(
            *("iris", "--try", "machine.hidden=[[4],[8]]", "--try", "learning.optimizer.rate=[0.01,0.03]"),
            *("--search", "grid"),
            verb="tune",
            search__folds=2,
        ),
        "select": made("table.csv", "--target", "y", "--drop", "z", "--most", "2", verb="select"),
    }


# ---- what is fitted


def generate() -> None:
    """Write every generated set into the folder that we are in."""
    random = np.random.default_rng(0)
    _tables(random)
    _photos(random, Path("photos"))
    _scenes(random, Path("scenes"))


def _tables(random: np.random.Generator, rows: int = 160) -> None:
    x = random.normal(size=(rows, 3))
    kind = random.choice(["clay", "loam", "sand"], rows)
    y = np.sin(x[:, 0]) + (kind == "clay") + random.normal(0, 0.2, rows)
    gaps = [None if missing else value for missing, value in zip(random.random(rows) < 0.1, x[:, 2], strict=True)]
    table = pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": pl.Series(gaps, dtype=pl.Float64), "soil": kind})
    table.with_columns(y=pl.Series(y), z=pl.Series(100 + 5 * x[:, 1] * x[:, 0])).write_csv("table.csv")
    named = {"wet": np.where(x[:, 0] > 0, "yes", "no"), "cold": np.where(x[:, 1] + x[:, 0] > 0.5, "yes", "no")}
    table.with_columns(**{name: pl.Series(values) for name, values in named.items()}).write_csv("labels.csv")
    nitrate = np.exp(x[:, 0])
    days = pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 1, 1) + pl.duration(days=rows - 1), eager=True)
    pl.DataFrame(
        {
            "day": days,
            "a": x[:, 0],
            "b": x[:, 1],
            "nitrate": ["<0.5" if value < 0.5 else f"{value:.2f}" for value in nitrate],
            "rain": np.where(x[:, 1] > 0.3, random.gamma(2.0, np.exp(0.3 * x[:, 0])), 0.0),
            "level": np.cumsum(x[:, 2]),
        }
    ).write_csv("limits.csv")
    share, incoming = 1 / (1 + np.exp(-x[:, 0])), random.uniform(1, 9, rows)
    light = {"angle": x[:, 0], "incoming": incoming, "reflected": share * incoming, "absorbed": (1 - share) * incoming}
    pl.DataFrame(light).write_csv("light.csv")
    t = random.uniform(0, 4, rows)
    pl.DataFrame({"t": t, "u": np.exp(-0.5 * t) + random.normal(0, 0.02, rows)}).write_csv("decay.csv")


def _photos(random: np.random.Generator, folder: Path, each: int = 30) -> None:
    """Bars that lie and bars that stand."""
    for name, axis in (("lying", 0), ("standing", 1)):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            pixels = random.integers(0, 90, (12, 12, 3))
            place = int(random.integers(1, 9))
            pixels[(slice(place, place + 3), slice(None))[:: 1 - 2 * axis]] += 120
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{number}.png")


def _scenes(random: np.random.Generator, folder: Path, count: int = 24, side: int = 16) -> None:
    """A bright disc in noise, with its mask of 0 and 255."""
    rows, columns = np.mgrid[:side, :side]
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for number in range(count):
        middle = random.uniform(4, side - 4, 2)
        disc = (rows - middle[0]) ** 2 + (columns - middle[1]) ** 2 < random.uniform(4, 20)
        pixels = random.integers(0, 80, (side, side)) + 100 * disc
        Image.fromarray(pixels.astype(np.uint8)).save(folder / "images" / f"{number:02}.png")
        Image.fromarray((255 * disc).astype(np.uint8)).save(folder / "masks" / f"{number:02}.png")


# ---- recording


def record(out: Path, chosen: list[str]) -> None:
    """Run the studies in a folder of their own, and keep their numbers."""
    found, out = {}, out.resolve()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        os.environ["ISINGLASS_CACHE"] = str(Path(folder) / "cache")
        generate()
        for name, study in studies().items():
            if not chosen or name in chosen:
                begin = time.process_time()
                found |= {f"{name}/{key}": value for key, value in numbers(name, study).items()}
                print(f"{name:<10} {time.process_time() - begin:5.1f} processor s", flush=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out, **found)
    print(f"{len(found)} arrays of {len({key.split('/')[0] for key in found})} studies  {out}")


def numbers(name: str, study: Study) -> Arrays:
    """All numbers of one study."""
    if study.verb == "select":
        return dict(flat("found", json.loads(isinglass(*study.line(), "--json"))))
    said = json.loads(isinglass(*study.line(), "--out", name, "--no-report", "--json"))
    file = Path(said["paths"]["model"])
    scores = json.loads(Path(said["paths"]["metrics"]).read_text())
    plan = scores["provenance"]["plan"]
    passing = tuple(f"scores/{key}" for key in PASSING)
    kept = {key: value for key, value in flat("scores", scores) if not key.startswith(passing)}
    trials = dict(flat("trials", said["trials"])) if "trials" in said else {}
    return {"plan": np.array(plan)} | kept | trials | arrays_of(file) | predictions(study, file)


def isinglass(*words: str) -> str:
    """Standard output of `isinglass WORDS`, run in this process: a new one would load torch each time."""
    said, complaints, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["isinglass", *words]
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complaints):
            runpy.run_module("isinglass", run_name="__main__")
    except SystemExit as left:
        if left.code:
            raise SystemExit(f"isinglass {' '.join(words)}\n{said.getvalue()}{complaints.getvalue()}") from None
    finally:
        sys.argv = before
    return said.getvalue()


def flat(path: str, value: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Every number and text of a JSON document, by its path."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from flat(f"{path}/{key}", each)
    elif isinstance(value, list) and not all(isinstance(each, (int, float)) for each in value):
        for number, each in enumerate(value):
            yield from flat(f"{path}/{number}", each)
    else:
        yield path, np.array(np.nan if value is None else value)


def arrays_of(file: Path) -> Arrays:
    """All arrays of a model file: a zip of safetensors."""
    with zipfile.ZipFile(file) as parts:
        return {
            f"file/{part.removesuffix('.safetensors')}/{name}": values
            for part in parts.namelist()
            if part.endswith(".safetensors")
            for name, values in load(parts.read(part)).items()
        }


def predictions(study: Study, file: Path) -> Arrays:
    """What the model in the file says of given rows, or images."""
    if study.data == "scenes":
        isinglass("predict", str(file), "scenes/images", "--out", f"{file.parent.name}_masks", "--overwrite")
        masks = sorted(Path(f"{file.parent.name}_masks").rglob("*.png"))
        return {f"predict/{path.name}": np.asarray(Image.open(path)) for path in masks}
    rows = study.data
    if study.data.endswith(".csv"):
        rows = "rows.csv"
        pl.read_csv(study.data, infer_schema=False).head(ROWS).write_csv(rows)
    out = f"{file.stem}.parquet"
    isinglass("predict", str(file), rows, "--out", out, "--overwrite", "--members", "--novelty")
    columns = {column.name: column.to_numpy() for column in pl.read_parquet(out)}
    return {
        f"predict/{name}": values.astype(str) if values.dtype == object else values for name, values in columns.items()
    }


# ---- comparing


def compare(before: Path, after: Path) -> int:
    """Print what differs, and say how many arrays do."""
    with np.load(before) as first, np.load(after) as second:
        old, new = dict(first), dict(second)
    apart = {name for name in studies() if plan_of(old, name) != plan_of(new, name)}
    for name in sorted(apart & {"automatic"}):
        print(f"{name}: not compared, its plan was {plan_of(old, name)}, and is {plan_of(new, name)}")
    names = [name for name in {**old, **new} if name.split("/")[0] not in apart & {"automatic"}]
    told = {name: difference(old.get(name), new.get(name)) for name in names}
    for name in sorted(name for name, words in told.items() if words):
        print(f"{name}: {told[name]}")
    differ = sum(bool(words) for words in told.values())
    for study in dict.fromkeys(name.split("/")[0] for name in names):
        mine = [bool(words) for name, words in told.items() if name.split("/")[0] == study]
        print(f"{study:<10} {len(mine) - sum(mine):>4} of {len(mine):>4} arrays bit-equal")
    return differ


def plan_of(found: Arrays, study: str) -> str:
    return str(found.get(f"{study}/plan", ""))


def difference(old: np.ndarray | None, new: np.ndarray | None) -> str:
    """In words; empty where both are equal bit by bit (two NaN are)."""
    if old is None or new is None:
        return "only in the second" if old is None else "only in the first"
    if old.shape != new.shape or old.dtype != new.dtype:
        return f"{old.dtype} {list(old.shape)} became {new.dtype} {list(new.shape)}"
    number = old.dtype.kind in "fiub"
    if np.array_equal(old, new, equal_nan=old.dtype.kind == "f"):
        return ""
    if not number:
        return f"{str(old)[:300]} became {str(new)[:300]}"
    gap = np.abs(old.astype(np.float64) - new.astype(np.float64))
    share = gap / np.maximum(np.abs(old.astype(np.float64)), np.finfo(np.float64).tiny)
    most = f"{np.nanmax(gap):.3g} ({np.nanmax(share):.2g} of the value)"
    return f"{np.count_nonzero(old != new)} of {old.size} differ, by at most {most}"


def main() -> None:
    """Record, or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    recording = verbs.add_parser("record", help="fit the studies and keep their numbers")
    recording.add_argument("out", type=Path, help="a file .npz")
    recording.add_argument("--studies", nargs="*", default=[], help="some of them by name")
    comparing = verbs.add_parser("compare", help="say what differs; exit 1 where anything does")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    given = parser.parse_args()
    if given.verb == "record":
        record(given.out, given.studies)
    else:
        sys.exit(1 if compare(given.before, given.after) else 0)


if __name__ == "__main__":
    main()
