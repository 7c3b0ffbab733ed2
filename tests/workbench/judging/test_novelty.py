"""Images unlike the training images are marked by what the last hidden layer has seen, others are left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from photos import SHAPES, draw, folder_per_class
from PIL import Image
from studies import QUICK_IMAGES, tell

from isinglass.model import Model
from isinglass.recipe import Recipe

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("shapes")
    quick = QUICK_IMAGES | {"machine.filters": [8, 16], "learning.epochs": 12}
    recipe = Recipe.from_dict({"data": {"source": str(folder_per_class(folder / "photos"))}}).replace(quick)
    return Model.load(tell(recipe, folder / "study").study.paths["model"])


def stripes(random: np.random.Generator) -> np.ndarray:
    """uint8 [16, 16, 3]: bright lines of one colour, across or along, a few pixels wide."""
    bright = (np.arange(16) // random.integers(1, 4)) % 2 * random.integers(180, 256, size=(3, 1))
    image = np.broadcast_to(bright.T[:, None], (16, 16, 3))
    return (image if random.random() < 0.5 else image.transpose(1, 0, 2)).astype(np.uint8)


def test_a_table_is_not_asked_of_images(shapes: Model) -> None:
    novelty = shapes.ensemble.novelty
    assert novelty is not None
    assert novelty.rows.size == novelty.pairs.size == 0
    assert len(novelty.hidden) == 2


def test_glaring_images_are_marked_and_new_photos_are_not(shapes: Model, tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    kept, strange = tmp_path / "kept", tmp_path / "strange"
    for folder in (kept, strange):
        folder.mkdir()
    for number, shape in enumerate(SHAPES * 30):
        Image.fromarray(draw(shape, random)[0]).save(kept / f"{number}.png")
        Image.fromarray(stripes(random)).save(strange / f"{number}.png")
    inside, outside = shapes.predict(kept), shapes.predict(strange)
    assert np.mean(inside.novelty > 1) < 0.1
    assert np.mean(outside.novelty > 1) >= 0.8
    assert list(inside.novelty_parts) == ["hidden", "reconstruction"]
