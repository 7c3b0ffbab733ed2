"""Studies of images from the folder to the report, on shapes that are easy to tell apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from photos import SHAPES, draw, folder_per_class
from PIL import Image
from studies import QUICK_IMAGES, Told, tell

from isinglass.errors import DataError
from isinglass.machine import build
from isinglass.model import Model
from isinglass.recipe import MachineRecipe, Recipe
from isinglass.spec import Shape, image_spec
from isinglass.workbench.events import Note

QUICK = QUICK_IMAGES | {"machine.filters": [8, 16], "learning.epochs": 12}


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("shapes")
    recipe = Recipe.from_dict({"data": {"source": str(folder_per_class(folder / "photos"))}}).replace(QUICK)
    return tell(recipe, folder / "study")


def test_the_network_learns_what_a_constant_cannot(shapes: Told) -> None:
    methods = {method.name: method.values for method in shapes.study.report.methods}
    assert methods["network"]["accuracy"].value > 0.7
    assert methods["network"]["brier"].value < 0.5
    assert shapes.study.report.unseen is not None
    assert shapes.study.report.unseen.classes == SHAPES


def test_the_report_shows_images(shapes: Told) -> None:
    pictures = shapes.study.report.pictures
    assert pictures is not None
    assert pictures.samples.pixels.shape[1:] == (16, 16, 3)
    assert {Path(name).parent.name for name in pictures.samples.files} == set(SHAPES)
    assert set(pictures.samples.observed[:3]) == set(SHAPES)
    assert (pictures.mistakes.observed != pictures.mistakes.predicted).all()
    assert [score.name for score in pictures.classes] == list(SHAPES)
    assert pictures.filters.shape[0] == 8
    assert 0 <= pictures.filters.min() < 0.5 < pictures.filters.max() <= 1
    assert pictures.maps[0].maps.shape[0] == 8
    assert shapes.folder is not None
    page = (shapes.folder / "report.html").read_text()
    for title in ("Some images and the answers", "Class by class", "What the first layer looks for"):
        assert title in page


def test_a_saved_model_says_the_same_of_new_photos(shapes: Told, tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    for number, shape in enumerate(SHAPES * 4):
        Image.fromarray(draw(shape, random)[0]).save(tmp_path / f"{number}.png")
    loaded = Model.load(shapes.study.paths["model"])
    first, second = shapes.model.predict(str(tmp_path)), loaded.predict(str(tmp_path))
    assert first.names is not None
    assert second.names is not None
    assert second.names.tolist() == first.names.tolist()
    assert set(first.names.tolist()) == {f"{number}.png" for number in range(12)}
    np.testing.assert_allclose(first.probabilities, second.probabilities, atol=1e-5)


def test_labelled_photos_are_scored_and_counted(shapes: Told, tmp_path: Path) -> None:
    model = Model.load(shapes.study.paths["model"])
    scores = model.evaluate(str(folder_per_class(tmp_path / "more", each=10, seed=5)), bootstrap=20)
    assert scores["accuracy"].value > 0.6
    assert len(model.ledger.openings) == 2


def test_a_table_of_names_is_no_folder_of_photos(shapes: Told, tmp_path: Path) -> None:
    photos = folder_per_class(tmp_path / "photos", each=10)
    lines = [f"{path},{path.parent.name}" for path in sorted(photos.glob("*/*.png"))]
    table = tmp_path / "names.csv"
    table.write_text("\n".join(["file,class", *lines]))
    with pytest.raises(DataError, match="the model is of images, and this is a table"):
        Model.load(shapes.study.paths["model"]).evaluate(str(table), bootstrap=20)


def test_photos_without_classes_cannot_be_scored(shapes: Told, tmp_path: Path) -> None:
    Image.fromarray(draw("bar", np.random.default_rng(0))[0]).save(tmp_path / "one.png")
    with pytest.raises(DataError, match="nothing to score"):
        shapes.model.evaluate(str(tmp_path))


def test_a_study_starts_from_a_checkpoint_and_freezes_stages(tmp_path: Path) -> None:
    start = build(MachineRecipe(kind="cnn", filters=(4, 8)), Shape(768, 5, spec=image_spec(3, 16, 16)), seed=1)
    torch.save(start.state_dict(), tmp_path / "start.pth")
    recipe = Recipe.from_dict({"data": {"source": str(folder_per_class(tmp_path / "photos", each=8))}})
    changes = {"machine.filters": [4, 8], "machine.start": str(tmp_path / "start.pth"), "learning.epochs": 2}
    told = tell(recipe.replace(QUICK | changes | {"machine.freeze": ["features"]}))
    notes = [event.text for event in told.events if isinstance(event, Note)]
    assert any("start.pth" in text and "begin anew" in text for text in notes), notes
    weights = start.state_dict()
    for member in range(2):
        learnt = told.model.ensemble.network(member).state_dict()
        kept = [name for name in learnt if name.startswith("features") and name.endswith("weight")]
        assert kept
        for name in kept:
            torch.testing.assert_close(learnt[name], weights[name], rtol=0, atol=0)
        assert learnt[list(learnt)[-1]].shape[0] == 3


def test_snapshots_of_one_run_are_further_members(tmp_path: Path) -> None:
    recipe = Recipe.from_dict({"data": {"source": str(folder_per_class(tmp_path / "photos", each=8))}})
    told = tell(recipe.replace(QUICK | {"learning.epochs": 8, "learning.snapshots": 2, "learning.members": 1}))
    ensemble = told.model.ensemble
    assert len(ensemble) == 3
    assert len({tuple(row.tolist()[:20]) for row in ensemble.state.theta}) > 1
    told.model.save(tmp_path / "m.isinglass")
    assert len(Model.load(tmp_path / "m.isinglass").ensemble) == 3
