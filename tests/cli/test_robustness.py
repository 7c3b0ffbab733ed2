"""Worked examples 25 and 26 on the command line: a trained model is fragile; it warns where it extrapolates."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from commands import fitted, table
from PIL import Image
from sklearn.datasets import load_digits
from studies import QUICK_IMAGES, tell

from isinglass.data.catalogue import open_source
from isinglass.model import Model
from isinglass.model.attacks import choose, flip
from isinglass.recipe import Recipe

SETTINGS = QUICK_IMAGES | {
    "machine.filters": [8, 16],
    "machine.hidden": [32],
    "learning.epochs": 12,
    "learning.batch": 32,
}


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of 700 handwritten digits of 8 x 8 pixels."""
    folder = tmp_path_factory.mktemp("digits")
    images, labels = load_digits(return_X_y=True)
    np.savez(folder / "digits.npz", x=(images[:700].reshape(-1, 8, 8) * 15).astype(np.uint8), y=labels[:700])
    recipe = Recipe.from_dict({"data": {"source": str(folder / "digits.npz")}}).replace(SETTINGS)
    return tell(recipe, folder / "study").study.paths["model"]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A linear model of y = a + b with noise."""
    folder = tmp_path_factory.mktemp("line")
    noise = np.random.default_rng(1).normal(scale=0.2, size=400)
    table(400).with_columns(y=pl.col("a") + pl.col("b") + pl.Series(noise)).write_csv(folder / "t.csv")
    more = (
        "data.target=y",
        "machine.kind=linear",
        "machine.hidden=auto",
        "learning.optimizer.kind=closed_form",
        "learning.plan=auto",
        "objective.loss=squared",
    )
    return fitted(folder / "study", folder / "t.csv", *more)


def test_a_small_change_flips_the_answer_and_is_shown_as_a_picture(cli, here, digits):
    ran = cli("attack", digits, "--sample=3", "--out=flip.png")
    assert ran.code == 0
    assert "smallest: flipped, and no pixel changes by more than" in ran.out
    assert "It outlasts rounding to the file's depth." in ran.out
    with Image.open("flip.png") as picture:
        assert picture.size[0] > 900
    found = cli("attack", digits, "--sample=3", "--json").json["attack"]
    assert found["flipped"]
    assert found["flipped_after_rounding"]
    assert 0 < found["size"] < 0.5
    assert found["before"]["answer"] != found["after"]["answer"]
    assert found["flipped_by_chance"] < 0.5


def test_the_flip_is_one_for_the_model_itself(digits):
    """The changed image, as a file would hold it, is given back to those who answered."""
    model = Model.load(digits)
    flips = [flip(model, choose(model, None, sample)) for sample in (1, 2, 3, 4)]
    for found in flips:
        whole = found.changed.round().astype(np.uint8)
        np.testing.assert_allclose(whole, found.changed, atol=1e-6)
        told = [found.asked.team.predict(pixels) for pixels in (found.asked.inputs, whole)]
        assert told[0].labels[0] != told[1].labels[0]
        np.testing.assert_allclose(told[1].probabilities[0], found.after, atol=2e-3)
        assert np.abs(whole.astype(float) - found.asked.inputs).max() / 255 == pytest.approx(found.size)
    assert np.median([found.size for found in flips]) < 0.4


@pytest.mark.parametrize("method", ["fgsm", "pgd"])
def test_one_step_and_many(cli, digits, method):
    found = cli("attack", digits, "--sample=2", f"--method={method}", "--size=0.05", "--json").json["attack"]
    assert found["method"] == method
    assert found["size"] <= 0.05 + 1e-9


@pytest.mark.slow
def test_curves_of_accuracy(cli, digits):
    document = cli("attack", digits, "--curves", "--json").json
    curves = {curve["name"]: curve["accuracy"] for curve in document["curves"]}
    assert {"random signs", "fgsm", "pgd", "noise", "blur", "contrast", "shift"} == curves.keys()
    assert curves["pgd"][-1] <= curves["fgsm"][-1] + 0.02
    assert curves["fgsm"][-1] < curves["random signs"][-1] - 0.1
    assert curves["shift"][-1] < document["accuracy"] - 0.3


def test_how_far_columns_must_move_to_change_a_number_by_its_sigma(cli, line):
    ran = cli("attack", line, "--row=12")
    assert "until the answer is its own sigma away" in ran.out
    document = cli("attack", line, "--row=12", "--json").json
    model = Model.load(line)
    asked = choose(model, None, 12)
    names = [feature.name for feature in model.schema.features]
    own, found = asked.team.predict(asked.inputs), 0
    for move in document["moves"]:
        if isinstance(move["becomes"], float):
            row = asked.inputs.copy()
            row[0, names.index(move["column"])] = move["becomes"]
            assert abs(asked.team.predict(row).mean - own.mean)[0, 0] == pytest.approx(own.std[0, 0], rel=2e-2)
            assert abs(move["becomes"] - move["is"]) == pytest.approx(own.std[0, 0], rel=0.1)  # y = a + b
            found += 1
    assert found == 2


def test_how_far_columns_must_move_to_change_a_class(cli, iris):
    moves = cli("attack", iris, "--row=2", "--json").json["moves"]
    assert {move["unit"] for move in moves} == {"cm"}
    assert {move["column"] for move in moves} == {"sepal length", "sepal width", "petal length", "petal width"}
    document = cli("attack", iris, "--row=2", "--method=pgd", "--size=2", "--json").json
    assert {change["unit"] for change in document["attack"]["changes"]} == {"cm"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sample=5000"], "there is no such sample. Given: 5000. Allowed: 1 to"),
        (["--sample=0"], "there is no such sample. Given: 0"),
        (["--size=-1"], "a change has a size above 0. Given: -1.0"),
        (["--method=magic"], "no such attack. Given: magic. Allowed: smallest, fgsm, pgd"),
        (["-o", "flip.doc"], "the ending names no picture. Given: .doc. Allowed: .png, .svg, .pdf"),
    ],
)
def test_bad_requests(cli, here, digits, arguments, message):
    assert message in cli("attack", digits, *arguments).error


def test_what_cannot_be_attacked(cli, here, tao):
    assert "only an answer that is one of several classes" in cli("attack", tao, "--method=fgsm").error
    assert "a row of a table has no picture" in cli("attack", tao, "-o", "flip.png").error


def test_the_warmest_tenth_held_out_is_marked(cli, here):
    """Extrapolation: the sea is warmer than in any training row. Rows without humidity teach nothing; most of them are
    all the rows of one buoy and year, which would be outside as well."""
    frame = open_source("tao").frame.drop_nulls(["Sea.Surface.Temp", "Humidity"])
    warm = frame["Sea.Surface.Temp"] > frame["Sea.Surface.Temp"].quantile(0.9)
    inside = frame.filter(~warm)
    held = pl.Series(np.arange(len(inside)) % 6 == 0)
    inside.filter(~held).write_csv("train.csv")
    inside.filter(held).write_csv("inside.csv")
    frame.filter(warm).write_csv("warm.csv")
    columns = ["Sea.Surface.Temp", "Air.Temp", "UWind", "VWind"]
    quick = {"learning.members": 8, "learning.epochs": 3, "machine.hidden": [8], "learning.plan": "stacked"}
    recipe = Recipe.from_dict({"data": {"source": "train.csv", "target": "Humidity", "features": columns}})
    model = tell(
        recipe.replace({**SETTINGS, **quick, "machine.kind": "mlp", "machine.filters": "auto"}), here / "study"
    )
    path = model.study.paths["model"]
    out = cli("predict", path, "warm.csv")
    outside = pl.read_csv(io.StringIO(out.out))
    assert outside["outside"].mean() >= 0.8
    assert "Sea.Surface.Temp (" in out.err
    assert outside.filter("outside")["beyond"].str.contains("Sea.Surface.Temp").mean() > 0.95
    found = pl.read_csv(io.StringIO(cli("predict", path, "inside.csv").out))
    assert found["outside"].mean() <= 0.05
