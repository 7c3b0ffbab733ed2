"""A study of ice charts from the data to the report: three masks, balanced classes, a large scene by tiles."""

from __future__ import annotations

import numpy as np
import pytest
from studies import QUICK_ICE, Told, tell

from isinglass.data.catalogue.ice import load_ice_charts
from isinglass.data.synthetic.ice_charts import make_scene
from isinglass.inference.tiling import Tiling, predict_scene, segmenting
from isinglass.model import MapPrediction, Model
from isinglass.recipe import Recipe

RECIPE = Recipe.from_dict({"data": {"source": "ice_charts"}}).replace(
    QUICK_ICE | {"objective.class_weights": "balanced", "learning.epochs": 6}
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return tell(RECIPE, tmp_path_factory.mktemp("ice") / "study", dataset=load_ice_charts(scenes=12, size=32))


def test_it_learns_and_is_scored_by_the_challenges_measures(charts: Told) -> None:
    values = charts.study.report.network.values
    assert {"mean_iou", "sea_ice", "sic_r2", "sod_f1", "floe_f1", "boundary_f1"} <= set(values)
    combined = (2 * values["sic_r2"].value + 2 * values["sod_f1"].value + values["floe_f1"].value) / 5
    assert values["sea_ice"].value == pytest.approx(combined)
    history = charts.study.report.history
    assert history is not None
    assert np.nanmean(history.train[:, 5]) < 0.9 * np.nanmean(history.train[:, 0])


def test_the_report_shows_each_mask(charts: Told) -> None:
    found = charts.study.report.masks
    assert found is not None
    assert [(head.name, len(head.classes)) for head in found.heads] == [("SIC", 11), ("SOD", 6), ("FLOE", 7)]
    assert all(head.confusion.sum() > 0 for head in found.heads)
    page = charts.study.paths["report"].read_text()
    for title in ("Some images and their masks", "Class by class: the overlap", "Which class of pixels is taken for"):
        assert title in page


def test_a_large_scene_by_tiles_is_the_scene_at_once(charts: Told) -> None:
    """Each output depends on 10 pixels to a side: 2 + 2 * 2 + 2 of the convolutions, and two of the pooled pairs."""
    scene = make_scene(80, seed=5).inputs
    loaded = Model.load(charts.study.paths["model"])
    whole = segmenting(charts.model.ensemble)(scene[None])[0]
    for model in (charts.model, loaded):
        tiled = predict_scene(segmenting(model.ensemble), scene, Tiling(48, 24, margin=10, align=2))
        np.testing.assert_allclose(tiled, whole, atol=2e-5)
    for part in np.split(whole, [11, 17]):
        np.testing.assert_allclose(part.sum(axis=0), 1.0, atol=1e-5)


def test_one_predict_answers_maps_too(charts: Told) -> None:
    """Block by block, or all at once; the older name still says the same."""
    images = np.moveaxis(charts.model.sample.inputs[:3], 1, -1)
    found = charts.model.predict(images)
    assert isinstance(found, MapPrediction)
    blocks = list(found)
    np.testing.assert_array_equal(found.classes, np.concatenate([block.classes for _, block in blocks]))
    assert found.classes.shape == (3, 3, *charts.model.sample.inputs.shape[2:])
    for head, target in zip(found.probabilities, charts.model.schema.targets, strict=True):
        assert head.shape[1] == len(target.categories)
        np.testing.assert_allclose(head.sum(axis=1), 1.0, atol=1e-5)
    assert found.noise.shape == found.ignorance.shape == found.classes.shape
    with pytest.warns(DeprecationWarning, match=r"Model\.predict"):
        older = [block.classes for _, block in charts.model.segment(images)]
    np.testing.assert_array_equal(np.concatenate(older), found.classes)
