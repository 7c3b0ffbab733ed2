"""Ice charts learnt from patches of large scenes, and scenes four times as large predicted by blended tiles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from studies import QUICK_ICE, Told, tell
from typer.testing import CliRunner

from isinglass.cli.main import app
from isinglass.data.catalogue.ice import load_ice_charts
from isinglass.data.synthetic.ice_charts import make_scene
from isinglass.errors import DataError
from isinglass.inference.tiling import predict_scene, segmenting
from isinglass.model import Model
from isinglass.model.scenes import scenes_of
from isinglass.recipe import Recipe

tifffile = pytest.importorskip("tifffile")

RECIPE = Recipe.from_dict({"data": {"source": "ice_charts", "patch": 32}}).replace(QUICK_ICE | {"learning.epochs": 5})

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return tell(RECIPE, tmp_path_factory.mktemp("ice") / "study", dataset=load_ice_charts(scenes=8, size=128))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene of 256 x 100 pixels, four times as high as a piece of training, and one of 40 x 50."""
    home = tmp_path_factory.mktemp("scenes")
    scene = make_scene(256, seed=5).inputs[:, :, :100]
    for name, part in {"large.tif": scene, "small.tif": scene[:, :40, :50]}.items():
        tifffile.imwrite(home / name, np.ascontiguousarray(part), metadata={"axes": "CYX"}, photometric="minisblack")
    return home


def test_it_learns_from_patches_and_is_scored_on_whole_scenes(charts: Told) -> None:
    model, report = charts.model, charts.study.report
    assert (model.schema.height, model.schema.width) == (64, 64)
    assert report.data.rows == 8 * 4
    history = report.history
    assert history is not None
    assert np.nanmean(history.train[:, 4]) < 0.95 * np.nanmean(history.train[:, 0])
    assert any("8 scenes are 32 pieces of 64 x 64 pixels" in note for note in report.data.notes)


def test_a_large_scene_is_tiled_in_its_own_size(charts: Told, folder: Path) -> None:
    loaded = Model.load(charts.study.paths["model"])
    scenes = scenes_of(loaded, str(folder))
    assert scenes is not None
    assert "1 of 2 scenes are larger than the 64 x 64 pixels" in scenes.words
    assert "tiles of 64 x 64 that overlap by 16" in scenes.words
    found = {scene.name: scene for scene in scenes.predict() if not isinstance(scene, str)}
    assert found["large.tif"].classes.shape == (3, 256, 100)
    assert found["small.tif"].classes.shape == (3, 40, 50)
    pixels = tifffile.imread(folder / "large.tif")
    whole = predict_scene(segmenting(loaded.ensemble), pixels, scenes.tiling)
    np.testing.assert_array_equal(found["large.tif"].classes[0], whole[:11].argmax(axis=0))
    at_once = segmenting(loaded.ensemble)(pixels[None])[0][:11].argmax(axis=0)
    assert (found["large.tif"].classes[0] == at_once).mean() > 0.97


def test_the_command_writes_masks_of_the_scenes_size(charts: Told, folder: Path, tmp_path: Path) -> None:
    args = ["predict", str(charts.study.paths["model"]), str(folder), "-o", str(tmp_path / "masks")]
    done = CliRunner().invoke(app, args)
    assert done.exit_code == 0, done.output
    assert "tiles of 64 x 64 that overlap by 16" in " ".join(done.stderr.split())
    sizes = {}
    for path in tmp_path.rglob("*.png"):
        with Image.open(path) as image:
            sizes[path.relative_to(tmp_path / "masks").as_posix()] = image.size
    assert len(sizes) == 2 * 3 * 2
    assert sizes["SIC/large.png"] == sizes["FLOE/doubt/large.png"] == (100, 256)
    assert sizes["SOD/small.png"] == (50, 40)


def test_a_broken_scene_is_named_and_the_others_are_predicted(charts: Told, folder: Path, tmp_path: Path) -> None:
    pixels = tifffile.imread(folder / "large.tif")[:, :80, :20]
    tifffile.imwrite(tmp_path / "good.tif", pixels, metadata={"axes": "CYX"}, photometric="minisblack")
    (tmp_path / "cut.tif").write_bytes((folder / "large.tif").read_bytes()[:5000])
    (tmp_path / "words.tif").write_text("not an image")
    args = ["predict", str(charts.study.paths["model"]), str(tmp_path), "-o", str(tmp_path / "masks")]
    done = CliRunner().invoke(app, args)
    assert done.exit_code == 0, done.output
    assert "cut.tif" in done.stderr
    assert "words.tif" in done.stderr
    assert [path.name for path in (tmp_path / "masks" / "SIC").glob("*.png")] == ["good.png"]
    with pytest.raises(DataError, match=r"no image can be used|not an image"):
        scenes_of(charts.model, str(tmp_path / "words.tif"))
