"""Figures of explanations, for files and notebooks: what is drawn fits the axes of the values."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from predictors import linear_ensemble
from seeing import bar, bars

import isinglass as ig
from isinglass.explanation.explanation import Explanation
from isinglass.explanation.instance_level.local_methods import Wording, look
from isinglass.explanation.instance_level.network import Question
from isinglass.figures.explanations import figure, page, visible, written
from isinglass.spec import Spec

WORDS = Wording("the score of lying", "Sample 1 of the bars", ("grey",))


def drawn(method: str, **options: object) -> Explanation:
    return look(bars(), Question(bar("lying")), method, wording=WORDS, **options)


@pytest.mark.parametrize("method", ["saliency", "gradcam", "maps", "filters"])
def test_svg_files_stand_alone(method: str):
    text = written(drawn(method), ".svg").decode()
    assert ET.fromstring(text).tag.endswith("svg")
    assert "var(--" not in text
    assert "the bars" in text
    assert "Date" not in text


def test_axes_say_what_they_are():
    found = figure(drawn("saliency"))
    assert {axes.get_xlabel() for axes in found.axes if axes.get_images() and axes.get_xlabel()} == {"column (pixel)"}
    titles = [axes.get_title() for axes in found.axes if axes.get_title()]
    assert titles == ["the sample", "saliency", "spread over 2 networks"]
    signed = next(axes for axes in found.axes if axes.get_title() == "saliency").get_images()[0]
    assert signed.get_clim()[0] == -signed.get_clim()[1]


def test_a_page_works_in_light_and_dark():
    html = page(drawn("gradcam"))
    assert "prefers-color-scheme: dark" in html
    assert "var(--paper)" in html
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)


def test_many_channels_have_a_map_each():
    values = np.random.default_rng(0).normal(size=(7, 6, 6, 2))
    spec = Spec(("channel", "height", "width", "member"), names=tuple("abcdefg"), units=("",) * 7)
    coords = {"sample": np.zeros((7, 6, 6)), "channel": np.array(list("abcdefg"))}
    found = figure(Explanation(values, spec, "saliency", {}, coords, "one", "slope"))
    assert sum(axes.get_title().startswith("channel") for axes in found.axes) == 7


def colours(method: str) -> Explanation:
    """Two pixels of 4 x 4 say something, and the channels of the first one cancel."""
    values = np.zeros((3, 4, 4, 2))
    values[:2, 1, 2] = np.array([[-8.0, -6.0], [8.0, 6.0]])
    values[0, 3, 0] = -1.0
    names = ("red", "green", "blue")
    spec = Spec(("channel", "height", "width", "member"), names=names, units=("",) * 3)
    coords = {"sample": np.zeros((3, 4, 4)), "channel": np.array(names)}
    return Explanation(values, spec, method, {"passed": 1.0, "rank_correlation": 0.0}, coords, "one", "slope")


@pytest.mark.parametrize("method", ["saliency", "smoothgrad", "guided", "maximisation"])
def test_signs_of_channels_do_not_cancel(method: str):
    found = colours(method)
    shown = found.by_pixel()
    assert shown.spec.dims == ("height", "width", "member")
    assert shown.quantity == "|slope|, largest of the channels"
    assert shown.mean()[1, 2] == 7
    assert shown.mean()[3, 0] == 1
    np.testing.assert_array_equal(images_of(found)[method], shown.mean())


def test_parts_of_a_whole_are_added_up():
    shown = colours("integrated").by_pixel()
    assert shown.quantity == "slope, channels added up"
    assert shown.mean()[1, 2] == 0
    np.testing.assert_array_equal(images_of(colours("integrated"))["integrated"], shown.mean())


def test_a_kernel_keeps_its_channels_and_signs_on_one_scale():
    found = colours("unit")
    assert found.by_pixel() is found
    shown = images_of(found)
    assert list(shown) == ["the sample", "unit, red", "unit, green", "unit, blue"]
    np.testing.assert_array_equal(shown["unit, red"], found.mean()[0])
    limits = {axes.get_images()[0].get_clim() for axes in figure(found).axes if axes.get_title().startswith("unit")}
    assert limits == {(-7.0, 7.0)}


def test_one_channel_keeps_its_signs():
    found = drawn("saliency")
    assert found.by_pixel() is found
    np.testing.assert_array_equal(images_of(found)["saliency"], found.mean()[0])


def test_rows_of_a_table_are_dots():
    line = linear_ensemble(np.ones((3, 1, 2)), np.zeros((3, 1)))
    found = look(line, Question(np.ones(2, np.float32)), "integrated", wording=Wording("y (K)", "row", ("a", "b")))
    (axes,) = figure(found).axes
    assert axes.get_xlabel() == "part of y (K)"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]


def digit(names: list[str], dims: tuple[str, ...] = ("name", "member")) -> Explanation:
    """What columns that are the pixels of a digit are worth: the first one 0, the second 1, and so on."""
    shape = (len(names), 2) if dims[-1] == "member" else (len(names), 2, 1)
    values = np.broadcast_to(np.arange(len(names), dtype=float).reshape(-1, *(1,) * (len(shape) - 1)), shape)
    spec = Spec(dims, names=tuple(names), units=("",) * len(names))
    coords = {"name": np.array(names)} | ({"sample": np.arange(len(names))} if dims[-1] == "member" else {})
    return Explanation(values, spec, "saliency" if "sample" in coords else "permutation", {}, coords, "one", "slope")


def images_of(found: Explanation) -> dict[str, np.ndarray]:
    drawn = figure(found)
    return {axes.get_title(): np.asarray(axes.get_images()[0].get_array()) for axes in drawn.axes if axes.get_title()}


def test_columns_that_are_pixels_are_a_picture():
    names = [f"pixel_{row}_{column}" for column in range(6) for row in range(5)]
    shown = images_of(digit(names))
    assert list(shown) == ["the sample", "saliency", "spread over 2 networks"]
    np.testing.assert_array_equal(shown["saliency"], np.arange(30).reshape(6, 5).T)
    assert shown["the sample"].min() == 0
    assert shown["the sample"].max() == 255
    worth = images_of(digit(names, ("name", "repeat", "score")))
    np.testing.assert_array_equal(worth["permutation"], np.arange(30).reshape(6, 5).T)
    gap = images_of(digit(names[1:]))["saliency"]
    assert np.ma.masked_invalid(gap).mask[0, 0]
    assert np.ma.masked_invalid(gap).count() == 29


@pytest.mark.parametrize(
    "names",
    [
        ["a_1_2", "b_1_3"] * 15,
        [f"t_{row}" for row in range(30)],
        [f"x_{row}_{row}" for row in range(30)],
        [f"x_{row}_{column}" for row in range(2) for column in range(15)],
    ],
)
def test_other_numbered_columns_are_none(names: list[str]):
    (axes,) = figure(digit(names)).axes
    assert len(axes.get_yticklabels()) == 15


def test_images_of_any_depth_are_visible():
    assert visible(np.zeros((1, 4, 5), np.uint8)).shape == (4, 5)
    assert visible(np.zeros((3, 4, 5), np.uint8)).shape == (4, 5, 3)
    deep = np.linspace(0, 40000, 24 * 20).reshape(24, 4, 5).astype(np.uint16)
    assert visible(deep).max() == 255


def test_notebooks(buoys):
    model = buoys.model
    card = model._repr_html_()
    assert model.findings.verdict[:20] in card
    assert "<svg" in card
    rows = model.predict("tao")
    table = rows._repr_html_()
    assert table.count("<tr>") == 11
    assert "Humidity (%)" in table
    assert "novelty" in table
    (why,) = model.explain(method="integrated")
    assert "<svg" in why._repr_html_()
    assert "check: rank_correlation" in why._repr_html_()
    assert isinstance(rows, ig.Prediction)
