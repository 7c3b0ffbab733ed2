"""`isinglass explain` of one sample: photos and rows, pictures and documents, and requests that do not fit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from photos import folder_per_class, with_masks
from PIL import Image
from studies import QUICK_IMAGES, tell

from isinglass.recipe import Recipe


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of photos of shapes; more of them lie in new/."""
    folder = tmp_path_factory.mktemp("shapes")
    folder_per_class(folder / "new", each=2, seed=9)
    source = str(folder_per_class(folder / "photos", each=12))
    recipe = Recipe.from_dict({"data": {"source": source}}).replace(QUICK_IMAGES)
    return tell(recipe, folder / "study").study.paths["model"]


@pytest.fixture(scope="module")
def masks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that finds the shapes' pixels."""
    folder = with_masks(tmp_path_factory.mktemp("masks"), count=24)
    data = {"source": str(folder / "images"), "masks": str(folder / "masks")}
    recipe = Recipe.from_dict({"data": data}).replace(QUICK_IMAGES | {"machine.kind": "unet"})
    return tell(recipe, folder / "study").study.paths["model"]


IMAGE_METHODS = ("saliency", "integrated", "gradcam", "unit", "filters")


@pytest.mark.parametrize("method", [*IMAGE_METHODS, "nearest"])
def test_pictures(cli, here, shapes, method):
    ran = cli("explain", shapes, f"--method={method}", "--sample=3", "-o", "why.png")
    assert ran.code == 0, ran.err
    assert "Sample 3 of the unseen samples kept with the model" in ran.out
    assert "check: rank correlation with random networks" in ran.out
    assert "picture  why.png" in ran.out
    pixels = np.asarray(Image.open(here / "why.png").convert("RGB"))
    assert min(pixels.shape[:2]) > 200
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50


def test_images_are_asked_for_their_saliency_unless_another_method_is_named(cli, here, shapes, sums):
    ran = cli("explain", shapes, "--sample=3")
    assert ran.code == 0, ran.err
    assert "|change of the score of" in ran.out
    assert cli("explain", shapes, "--json").json["method"] == "saliency"
    assert cli("explain", sums, "--json").json["method"] == "permutation"
    assert "--sample is for methods that look at one sample" in cli("explain", sums, "--sample=1").error
    assert "--column is for methods that look at all rows" in cli("explain", shapes, "--column=red").error


def test_the_table_and_the_picture_show_the_same(cli, shapes):
    ran = cli("explain", shapes, "--method=saliency")
    told = cli("explain", shapes, "--method=saliency", "--json").json["explanations"][0]
    largest = np.abs(np.array(told["values"])).max(axis=0).mean(axis=-1)
    row, column = np.unravel_index(largest.argmax(), largest.shape)
    head = next(at for at, line in enumerate(ran.out.splitlines()) if line.startswith("height"))
    assert ran.out.splitlines()[head + 2].split()[:3] == [str(row), str(column), f"{largest.max():.3g}"]


def test_the_picture_is_never_overwritten_unasked(cli, here, shapes):
    assert cli("explain", shapes, "--method=gradcam", "-o", "why.svg").code == 0
    again = cli("explain", shapes, "--method=gradcam", "-o", "why.svg")
    assert again.code == 2
    assert "the output file exists" in again.error
    assert cli("explain", shapes, "--method=gradcam", "-o", "why.svg", "--overwrite", "-q").code == 0
    text = (here / "why.svg").read_text()
    assert text.lstrip().startswith("<?xml") or text.startswith("<svg")
    assert "gradcam" in text


def test_a_document(cli, here, shapes):
    ran = cli("explain", shapes, "--method=saliency", "--class=cross", "--json", "-o", "why.json")
    found, written = ran.json, json.loads((here / "why.json").read_text())
    assert found["written"] == ["why.json"]
    (one,) = found["explanations"]
    assert written["explanations"] == [one]
    assert one["dims"] == ["channel", "height", "width", "member"]
    assert np.shape(one["values"]) == (3, 16, 16, 2)
    assert np.shape(one["mean"]) == (3, 16, 16)
    assert one["quantity"] == "change of the score of cross per scaled unit"
    assert one["names"] == ["red", "green", "blue"]


def test_new_photos_and_one_member(cli, shapes):
    new = shapes.parent.parent / "new"
    ran = cli("explain", shapes, "--data", new, "--sample=2", "--member=2", "--method=saliency", "--json").json
    assert np.shape(ran["explanations"][0]["values"]) == (3, 16, 16, 1)
    assert "new" in ran["explanations"][0]["about"]
    near = cli("explain", shapes, new, "--method=nearest", "--json").json["explanations"][0]
    assert len(near["coords"]["neighbour"]) == 8
    assert near["mean"] == sorted(near["mean"])


def test_the_predicted_class_is_explained_unless_another_is_named(cli, shapes):
    told = cli("explain", shapes, "--method=gradcam", "--json").json["explanations"][0]
    predicted = told["about"].split(": ")[1].split(" ")[0]
    assert told["quantity"] == f"weight for the score of {predicted}"


@pytest.mark.parametrize("method", ["saliency", "gradcam"])
def test_masks(cli, here, masks, method):
    ran = cli("explain", masks, f"--method={method}", "--class=1", "--json", "-o", "why.png")
    assert ran.code == 0, ran.err
    found = ran.json["explanations"][0]
    assert "the mean score of 1" in found["quantity"]
    assert np.shape(found["mean"])[-2:] == (16, 16)
    assert np.abs(found["mean"]).max() > 0
    assert (here / "why.png").stat().st_size > 2000


@pytest.mark.parametrize("method", ["saliency", "occlusion", "nearest"])
def test_rows(cli, here, sums, method):
    ran = cli("explain", sums, f"--method={method}", "--sample=2", "-o", "why.png")
    assert ran.code == 0, ran.err
    assert (here / "why.png").stat().st_size > 2000
    found = cli("explain", sums, "t.csv", f"--method={method}", "--sample=80", "--json").json["explanations"][0]
    assert found["dims"] == (["neighbour", "member"] if method == "nearest" else ["name", "member"])
    assert found["names"] == ["a", "b"]
    assert "Sample 80 of t.csv" in found["about"]


def test_several_curves_are_several_pictures(cli, here, sums):
    ran = cli("explain", sums, "--method=partial_dependence", "-o", "why.svg", "--json")
    assert ran.json["written"] == ["why-1.svg", "why-2.svg"]
    assert (here / "why-2.svg").exists()
    one = cli("explain", sums, "--method=partial_dependence", "--column=b", "-o", "b.svg", "--json")
    assert one.json["written"] == ["b.svg"]
    assert cli("explain", sums, "-o", "importance.png").code == 0


BAD = {
    "sample": (["--sample=999", "--method=saliency"], "no such sample. Given: 999. Allowed: 1 to"),
    "zero": (["--sample=0", "--method=saliency"], "no such sample. Given: 0"),
    "class": (["--class=circle", "--method=saliency"], "no such class. Given: circle. Allowed: bar, cross, square"),
    "layer": (
        ["--layer=head", "--method=gradcam"],
        "no such layer with feature maps. Given: head. Allowed: features.0",
    ),
    "no layers": (["--layer=features.0", "--method=saliency"], "--layer is for methods that look into a layer"),
    "unit": (["--unit=99,0,0", "--method=unit"], "no such unit. Given: 99,0,0. Allowed: channel 0..3"),
    "words": (["--unit=one", "--method=unit"], "a unit is a channel, a row and a column, counted from 0. Given: one"),
    "no unit": (["--unit=0,0,0", "--method=saliency"], "--unit is for the gradient of one unit"),
    "member": (["--member=3", "--method=saliency"], "no such member. Given: 3. Allowed: 1 to 2"),
    "ending": (["--method=saliency", "-o", "why.jpeg"], "the ending names no format. Given: .jpeg. Allowed: .png"),
    "folder": (["--method=saliency", "-o", "no/why.png"], "there is no such folder"),
    "column": (["--method=saliency", "--column=red"], "--column is for methods that look at all rows"),
    "rows": (["--method=permutation", "--sample=1"], "--sample is for methods that look at one sample"),
    "twice": (["x.csv", "--data=y.csv", "--method=saliency"], "the data are given twice"),
    "images": (["--method=permutation"], "this method asks about columns, and the model reads images"),
    "missing": (["--method=saliency", "--data=nowhere"], "nowhere"),
}


@pytest.mark.parametrize("request_", BAD)
def test_bad_requests(cli, here, shapes, request_):
    arguments, message = BAD[request_]
    ran = cli("explain", shapes, *arguments)
    assert ran.code in (1, 2)
    assert message in ran.error
    assert not list(here.glob("why*"))


def test_a_table_has_no_feature_maps(cli, here, sums):
    assert "this method looks at images, and the model reads a table" in cli("explain", sums, "-m", "gradcam").error
    assert "no such target. Given: z. Allowed: y" in cli("explain", sums, "-m", "saliency", "--class=z").error
