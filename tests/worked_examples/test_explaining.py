"""The lecture decks' examples 24 and 29 on the command line: what one unit looks at, and which feature mattered."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from commands import Cli
from photos import folder_per_class
from studies import QUICK_IMAGES, quick, tell

from isinglass.model import Model
from isinglass.recipe import Recipe


def said(cli: Cli, *arguments: object) -> str:
    """Standard output of a command that succeeds."""
    ran = cli(*arguments)
    assert ran.code == 0, ran.err
    return ran.out


def test_24_the_gradient_of_one_value_of_a_feature_map(cli: Cli, tmp_path: Path) -> None:
    """Of the first layer it is the unit's kernel, where the unit stands; deeper, it ends with the receptive field."""
    recipe = Recipe.from_dict({"data": {"source": str(folder_per_class(tmp_path / "photos", each=12))}})
    path = tell(recipe.replace(QUICK_IMAGES), tmp_path / "study").study.paths["model"]
    ask = ("explain", path, "--method=unit", "--sample=2", "--json")
    one = json.loads(said(cli, *ask, "--layer=features.0", "--unit=1,6,9"))["explanations"][0]
    model = Model.load(path)
    fold = model.sample.fold[1]
    member = int(np.flatnonzero(model.ensemble.fold == fold)[0])
    kernel = model.ensemble.network(member).get_parameter("features.0.weight")[1].numpy()
    expected = np.zeros((3, 16, 16))
    expected[:, 5:8, 8:11] = kernel
    np.testing.assert_allclose(np.array(one["mean"]), expected, atol=1e-6)
    words = said(cli, *ask[:-1], "--layer=features.0", "--unit=1,6,9")
    strongest = np.unravel_index(np.abs(expected).argmax(), expected.shape)
    first = next(line for line in words.splitlines() if line.startswith(("red", "green", "blue"))).split()
    assert first[:3] == [("red", "green", "blue")[strongest[0]], str(strongest[1]), str(strongest[2])]
    assert float(first[3]) == pytest.approx(expected[strongest], rel=0.01)
    deeper = json.loads(said(cli, *ask, "--layer=features.3", "--unit=0,4,4"))["explanations"][0]
    field = np.abs(np.array(deeper["mean"])).sum(axis=0)
    assert field[5:13, 5:13].sum() > 0
    field[5:13, 5:13] = 0
    assert field.sum() == 0  # three pixels of two, pooled from two, and a kernel's border


def test_29_which_feature_mattered(cli: Cli, tmp_path: Path) -> None:
    """A strong feature, a weak one and one that has nothing to do with the answer."""
    random = np.random.default_rng(0)
    strong, weak, nothing = random.normal(size=(3, 400))
    frame = pl.DataFrame({"strong": strong, "weak": weak, "nothing": nothing, "y": 3 * strong + weak})
    frame.write_csv(tmp_path / "t.csv")
    recipe = quick({"source": str(tmp_path / "t.csv"), "target": ["y"]}, learning__epochs=20, learning__members=2)
    path = tell(recipe, tmp_path / "study").study.paths["model"]
    lines = said(cli, "explain", path).splitlines()
    rows = [line.split() for line in lines if line.startswith(("strong", "weak", "nothing"))]
    assert [row[0] for row in rows] == ["strong", "weak", "nothing"]
    rises = {row[0]: float(row[1]) for row in rows}
    assert rises["strong"] > 2 * rises["weak"] > 10 * abs(rises["nothing"])
    document = json.loads(said(cli, "explain", path, "--json"))["explanations"][0]
    mean, spread = (dict(zip(document["names"], document[part], strict=True)) for part in ("mean", "spread"))
    assert abs(mean["nothing"]) < 3 * spread["nothing"] + 0.02 * mean["strong"]
    assert document["check"]["passed"] == 1
    slopes = json.loads(said(cli, "explain", path, "--method=integrated", "--json"))["explanations"][0]
    parts = dict(zip(slopes["names"], slopes["mean"], strict=True))
    size = float(3 * Model.load(path).sample.inputs[0, 0])
    assert parts["strong"] == pytest.approx(size, abs=0.25 * abs(size) + 0.3)
