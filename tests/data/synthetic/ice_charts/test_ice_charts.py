"""Generated ice charts: as labelled as they say, and as visible from above as ice is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from isinglass.data.catalogue.ice import load_ice_charts
from isinglass.data.synthetic.ice_charts import Charts, Scene, make_charts, make_scene
from isinglass.data.synthetic.ice_charts.channels import CHANNELS
from isinglass.data.synthetic.ice_charts.floes import GRAIN
from isinglass.data.synthetic.ice_charts.radiometer import BRIGHTNESS
from isinglass.data.synthetic.ice_charts.sigrid import CONCENTRATION_OF, FORM_OF, STAGE_OF, labels
from isinglass.spec import Task


@pytest.fixture(scope="module")
def charts() -> Charts:
    return make_charts(scenes=12)


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [make_scene(96, seed=(1, number)) for number in range(6)]


def channel(charts: Charts, name: str) -> np.ndarray:
    return charts.inputs[:, list(CHANNELS).index(name)]


def test_the_form_is_that_of_ai4arctic(charts: Charts) -> None:
    assert charts.inputs.shape == (12, 24, 64, 64)
    assert charts.inputs.dtype == np.float32
    assert np.isfinite(charts.inputs).all()
    assert charts.masks.shape == (12, 3, 64, 64)
    assert charts.schema.image == (24, 64, 64)
    assert charts.schema.task is Task.SEGMENTATION
    names = charts.schema.channels
    assert names[:4] == ("nersc_sar_primary", "nersc_sar_secondary", "sar_incidenceangle", "distance_map")
    assert names[4:8] == ("btemp_6_9h", "btemp_6_9v", "btemp_7_3h", "btemp_7_3v")
    assert names[16:] == (
        "btemp_89_0h", "btemp_89_0v", "u10m_rotated", "v10m_rotated", "t2m", "skt", "tcwv", "tclw"
    )  # fmt: skip
    for head, target in enumerate(charts.schema.targets):
        found = set(np.unique(charts.masks[:, head])) - {255}
        assert found <= set(range(len(target.categories)))
        assert len(found) >= len(target.categories) - 1
    assert [len(target.categories) for target in charts.schema.targets] == [11, 6, 7]
    assert (charts.part == "train").sum() == 9


def test_the_same_seed_gives_the_same_scenes_and_more_of_them_change_nothing(charts: Charts) -> None:
    fewer = make_charts(scenes=3)
    for name in ("inputs", "masks", "truth"):
        np.testing.assert_array_equal(getattr(fewer, name), getattr(charts, name)[:3])
    other = make_charts(scenes=3, seed=1)
    assert not np.array_equal(other.inputs, fewer.inputs)
    assert len({scene.tobytes() for scene in charts.masks}) == 12


def test_masks_hold_the_classes_of_their_polygons(scenes: list[Scene]) -> None:
    for scene in scenes:
        for number, polygon in enumerate(scene.polygons):
            inside = scene.place == number
            assert (scene.masks[:, inside] == np.array(labels(polygon))[:, None]).all()
        land = scene.place < 0
        assert (scene.masks[:, land] == 255).all()
        assert (scene.truth[land] == 255).all()
    assert any((scene.place < 0).any() for scene in scenes)
    assert any(len(polygon.parts) > 1 for scene in scenes for polygon in scene.polygons)


def test_the_true_ice_covers_what_the_chart_says(scenes: list[Scene]) -> None:
    """On average: in a polygon, floes may be more or fewer. Bigger floes make bigger chances."""
    found: list[tuple[float, float, float]] = []
    for scene in scenes:
        for number, polygon in enumerate(scene.polygons):
            inside = scene.place == number
            if not inside.any():
                continue
            for stage in {STAGE_OF[part.stage] for part in polygon.parts}:
                parts = [part for part in polygon.parts if STAGE_OF[part.stage] == stage]
                said = sum(CONCENTRATION_OF[part.concentration] for part in parts) / 10
                grain = max(GRAIN[FORM_OF[part.form]] for part in polygon.parts)
                found.append((said, float((scene.truth[inside] == stage).mean()), inside.sum() / grain**2))
    said, true, size = np.array(found).T
    assert len(said) > 60
    assert np.average(true - said, weights=size) == pytest.approx(0.0, abs=0.01)
    large = size > np.quantile(size, 0.75)
    assert np.corrcoef(said[large], true[large])[0, 1] > 0.98
    assert not [scene for scene in scenes for p, polygon in enumerate(scene.polygons)
                if not polygon.parts and scene.truth[scene.place == p].any()]  # fmt: skip


def test_ice_concentration_is_retrieved_by_tie_points(charts: Charts) -> None:
    """Two unknown covers from brightness temperatures at 19 GHz, both sides, and 37 GHz vertical, as retrievals of
    ice concentration from microwave radiometers do; the truth is the mean over the footprint."""
    used = [(3, 0, "btemp_18_7h"), (3, 1, "btemp_18_7v"), (5, 1, "btemp_36_5v")]
    ties = np.array([BRIGHTNESS[:, frequency, side] for frequency, side, _ in used])  # [channel, surface]
    seen = np.stack([channel(charts, name).ravel() for *_, name in used])
    cover = np.linalg.lstsq(ties[:, 1:] - ties[:, :1], seen - ties[:, :1], rcond=None)[0].sum(0)
    land = uniform_filter((charts.truth == 255).astype(float), (0, 15, 15)).ravel() > 0
    ice = uniform_filter(((charts.truth > 1) & (charts.truth < 255)).astype(float), (0, 7, 7)).ravel()
    assert np.corrcoef(cover[~land], ice[~land])[0, 1] > 0.85
    assert cover[~land & (ice > 0.99)].mean() == pytest.approx(0.97, abs=0.08)


def test_radar_sees_old_ice_and_the_incidence_angle(charts: Charts) -> None:
    cross, angle = channel(charts, "nersc_sar_secondary"), channel(charts, "sar_incidenceangle")
    mean = [cross[charts.truth == stage].mean() for stage in range(6)]
    assert mean[5] > max(mean[1:5]) + 4
    assert min(mean[2:]) > mean[0] + 2
    water = (charts.truth == 0) & np.isfinite(angle)
    plain = channel(charts, "nersc_sar_primary")[water]
    assert np.polyfit(angle[water], plain, 1)[0] == pytest.approx(-0.45, abs=0.1)


def test_weather_and_places_are_possible(charts: Charts) -> None:
    assert channel(charts, "skt").min() > 230
    assert channel(charts, "skt")[charts.truth > 0].max() <= 274.5
    assert channel(charts, "tcwv").min() >= 1
    assert channel(charts, "tclw").min() >= 0
    distance = channel(charts, "distance_map")
    assert (distance[charts.truth == 255] == 0).all()
    assert (distance[charts.truth != 255] >= 1).all()


def test_channels_are_near_those_of_the_real_set(charts: Charts) -> None:
    """Means and spreads of the raw data of AI4Arctic, systems.md section 4b: ours are within one spread of them."""
    real = {
        "nersc_sar_primary": (-14.508, 5.660),
        "nersc_sar_secondary": (-24.701, 4.747),
        "sar_incidenceangle": (33.998, 8.322),
        "btemp_6_9h": (148.847, 61.649),
        "btemp_36_5v": (228.206, 17.653),
        "btemp_89_0v": (241.258, 16.311),
        "t2m": (268.63, 9.47),
        "tcwv": (7.748, 5.269),
    }
    for name, (mean, spread) in real.items():
        values = channel(charts, name)
        assert abs(values.mean() - mean) < spread, name
        assert 0.4 < values.std() / spread < 2.0, name


def test_as_a_data_set() -> None:
    data = load_ice_charts(scenes=8, size=32)
    assert data.inputs.shape == (8, 24, 32, 32)
    assert data.targets.dtype == np.uint8
    assert data.targets.shape == (8, 3, 32, 32)
    assert data.schema.answers == 24
    assert len(set(data.ids.tolist())) == 8
    assert data.coords["part"].tolist() == ["train"] * 6 + ["test"] * 2
    again = load_ice_charts(scenes=8, size=32)
    assert again.fingerprint == data.fingerprint
    assert (again.ids == data.ids).all()
    assert load_ice_charts(scenes=8, size=32, seed=1).fingerprint != data.fingerprint
    part = data.take(np.array([1, 6]))
    assert part.files.tolist() == ["generated scene 2", "generated scene 7"]
