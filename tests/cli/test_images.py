"""Images through the command line: from a folder to a model, to new photos; checkpoints from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from photos import SHAPES, draw, folder_per_class, with_masks
from PIL import Image
from studies import QUICK_IMAGES, tell

from isinglass.machine import build
from isinglass.recipe import MachineRecipe, Recipe
from isinglass.spec import Shape, image_spec

QUICK = ("--epochs", "2", "--members", "2", "--set", "machine.filters=[4, 8]", "--set", "learning.threads=1",
         "--set", "evaluation.bootstrap=20", "--set", 'evaluation.baselines=["mean"]', "--quiet")  # fmt: skip


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_per_class(tmp_path_factory.mktemp("data") / "photos", each=20)


def test_a_folder_is_looked_at_described_fitted_and_asked(cli, tmp_path: Path, monkeypatch, photos: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert "60 images" in cli("check", photos).out
    assert cli("init", photos, "-o", "r.toml").code == 0
    assert "Target: class: bar, cross, square" in Path("r.toml").read_text()
    fitted = cli("fit", photos, "--out", "study", *QUICK, "--json")
    assert fitted.code == 0, fitted.error
    assert 0 <= json.loads(fitted.out)["test"]["accuracy"] <= 1

    for number, shape in enumerate(SHAPES):
        Image.fromarray(draw(shape, np.random.default_rng(number))[0]).save(tmp_path / f"new{number}.png")
    Path("new").mkdir()
    for path in tmp_path.glob("new*.png"):
        path.rename(Path("new") / path.name)
    assert cli("predict", "study/photos.isinglass", "new", "-o", "answers.csv").code == 0
    answers = pl.read_csv("answers.csv")
    assert answers["file"].to_list() == ["new0.png", "new1.png", "new2.png"]
    np.testing.assert_allclose(answers.select(pl.col("^probability_.*$")).to_numpy().sum(axis=1), 1, atol=1e-6)
    scores = json.loads(cli("evaluate", "study/photos.isinglass", photos, "--json").out)["scores"]
    assert set(scores) >= {"accuracy", "brier", "log_loss"}


def test_masks_are_predicted_into_a_folder(cli, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    scenes = with_masks(tmp_path / "scenes", count=24)
    assert cli("fit", scenes, "--out", "study", *QUICK).code == 0
    ran = cli("predict", "study/scenes.isinglass", scenes / "images")
    assert ran.code == 2
    assert "-o FOLDER" in ran.error
    table = cli("predict", "study/scenes.isinglass", scenes / "images", "-o", "masks.csv")
    assert table.code == 2
    assert "not as a table. Given: masks.csv. Instead: -o FOLDER" in table.error
    assert not Path("masks.csv").exists()
    assert cli("predict", "study/scenes.isinglass", scenes / "images", "-o", "masks").code == 0
    mask = np.asarray(Image.open("masks/0.png"))
    assert mask.shape == (16, 16)
    assert mask.max() <= 3
    assert np.asarray(Image.open("masks/doubt/0.png")).shape == (16, 16)
    again = cli("predict", "study/scenes.isinglass", scenes / "images", "-o", "masks")
    assert again.code == 2
    assert "--overwrite" in again.error


def test_a_checkpoint_becomes_a_model(cli, tmp_path: Path, monkeypatch, photos: Path) -> None:
    monkeypatch.chdir(tmp_path)
    network = build(MachineRecipe(kind="cifar_resnet20"), Shape(3 * 256, 3, spec=image_spec(3, 16, 16)), seed=3)
    torch.save(network.state_dict(), "weights.pth")
    asked = ("import", "weights.pth", "--machine", "cifar_resnet20", "--size", "16")
    ran = cli(*asked, "--classes", ",".join(SHAPES), "-o", "m.isinglass")
    assert ran.code == 0, ran.error
    image = np.asarray(Image.open(photos / "bar" / "0.png"))
    assert cli("predict", "m.isinglass", photos / "bar" / "0.png", "-o", "one.json").code == 0
    z = (image / 255 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    with torch.no_grad():
        raw = network.eval()(torch.from_numpy(np.moveaxis(z, -1, 0)[None]).float())
    expected = raw.softmax(1)[0].numpy()
    row = json.loads(Path("one.json").read_text())[0]
    np.testing.assert_allclose([row[f"probability_{name}"] for name in SHAPES], expected, atol=1e-5)
    assert "does not fill the machine" in cli(*asked, "--classes", "a,b", "-o", "n.isinglass").error
    assert "--machine resnet18" in cli("import", "weights.pth", "--classes", "a,b").error
    assert cli("import", "nothing.pth", *asked[2:]).error == "nothing.pth: there is no such checkpoint."
    assert "Instead: --classes cat,dog in the order of its outputs" in cli(*asked, "-o", "n.isinglass").error
    assert "Given: ['one']" in cli(*asked, "--classes", "one", "-o", "n.isinglass").error


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`seg`, and a model in `study` that was told where the masks of its training images are."""
    home = tmp_path_factory.mktemp("scenes")
    folder = with_masks(home / "seg", count=24)
    recipe = Recipe.from_dict({"data": {"source": str(folder / "images"), "masks": str(folder / "masks")}})
    tell(recipe.replace(QUICK_IMAGES | {"machine.kind": "unet"}), home / "study")
    return home


def test_new_images_are_scored_against_the_masks_beside_them(cli, scenes: Path) -> None:
    model = scenes / "study" / "images.isinglass"
    new = with_masks(scenes / "new", count=6, seed=9)
    for path in (new / "masks").iterdir():
        Image.fromarray(np.zeros((16, 16), np.uint8)).save(path)
    scores = cli("evaluate", model, new, "--json")
    assert scores.code == 0, scores.error
    answers = scenes / "answers"
    assert cli("predict", model, new / "images", "-o", answers).code == 0
    right = np.mean([np.asarray(Image.open(path)) == 0 for path in answers.glob("*.png")])
    assert json.loads(scores.out)["scores"]["pixel_accuracy"] == pytest.approx(right, abs=1e-6)
    own = [
        json.loads(cli("evaluate", model, scenes / "seg" / inner, "--json").out)["scores"] for inner in ("images", "")
    ]
    assert own[0] == own[1]


def test_new_masks_with_values_that_were_not_learnt_are_an_error(cli, scenes: Path) -> None:
    new = with_masks(scenes / "strange", count=6, seed=9)
    for path in (new / "masks").iterdir():
        Image.fromarray(np.full((16, 16), 7, np.uint8)).save(path)
    told = cli("evaluate", scenes / "study" / "images.isinglass", new)
    assert told.code == 1
    assert "the masks hold values that the model has not learnt. Given: 7 in 100 % of the pixels" in told.error


def test_the_masks_of_the_training_images_are_not_those_of_others(cli, scenes: Path) -> None:
    model = scenes / "study" / "images.isinglass"
    alone = with_masks(scenes / "alone", count=6, seed=9) / "images"
    ran = cli("evaluate", model, alone)
    assert ran.code == 1
    assert "no masks for these images: there are no folders 'images' and 'masks' in it" in ran.error
    assert f"Instead: {alone.parent}, a folder with images/ and masks/ in it." in ran.error


def test_what_cannot_be_predicted_or_scored_says_what_can(cli, scenes: Path) -> None:
    model = scenes / "study" / "images.isinglass"
    gone = cli("predict", model, "gone.jpg", "-o", scenes / "none").error
    assert gone == "gone.jpg: no such file or folder. Instead: a folder, an image file or an array."
    one = cli("evaluate", model, scenes / "seg" / "images" / "0.png").error
    assert "an image alone has no target: nothing to score. Instead: a folder with images/ and masks/ in it" in one


def test_images_without_classes_name_options_that_exist(cli, scenes: Path) -> None:
    told = cli("check", scenes / "seg" / "images").error
    assert "`--set data.images=COLUMN`, or `--set data.masks=FOLDER`" in told
    assert cli("check", scenes / "seg" / "images", "--set", f"data.masks={scenes / 'seg' / 'masks'}").code == 0


def test_check_counts_all_classes(cli, tmp_path: Path) -> None:
    folder = with_masks(tmp_path / "many", count=20)
    for path in (folder / "masks").iterdir():
        Image.fromarray((np.arange(256) % 111).astype(np.uint8).reshape(16, 16)).save(path)
    assert "the masks hold 111 grey values" in cli("check", folder).error
    (folder / "classes.txt").write_text("\n".join(f"kind {number}" for number in range(111)))
    assert "and 105 more" in cli("check", folder).out
