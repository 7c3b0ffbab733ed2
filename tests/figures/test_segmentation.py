"""Figures of masks: what they show is what was found, and everybody can tell the classes apart."""

from __future__ import annotations

import base64
import io
import itertools
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image
from reports import classification_report
from scipy.stats import entropy

from isinglass.data.synthetic.ice_charts import make_charts
from isinglass.data.synthetic.ice_charts.sigrid import HEADS
from isinglass.evaluation.intervals import evaluate
from isinglass.evaluation.metrics import class_iou
from isinglass.evaluation.outcome import maps
from isinglass.evaluation.pixels import confusion_of
from isinglass.evaluation.report import Report
from isinglass.evaluation.report.masks import MaskHead, MaskPictures, doubt_of, predicted_of
from isinglass.figures.drawing.style import STYLE
from isinglass.figures.segmentation import CLASS_COLOURS, mask_confusion, masks, overlap, painted, shades
from isinglass.spec import Task

CLASSES = tuple(map(len, HEADS.values()))


@pytest.fixture(scope="module")
def report() -> Report:
    """Three generated charts; the prediction is the truth, less sure towards the right and wrong in part."""
    charts = make_charts(scenes=3, size=32)
    rng = np.random.default_rng(0)
    scores = []
    for head, count in enumerate(CLASSES):
        known = np.where(charts.masks[:, head] == 255, 0, charts.masks[:, head])
        said = np.where(rng.random(known.shape) < 0.8, known, 0)
        sure = np.linspace(6, 0.5, 32) * (np.arange(count)[:, None, None] == said[:, None])
        scores.append(np.exp(sure) / np.exp(sure).sum(1, keepdims=True))
    probabilities = np.concatenate(scores, axis=1)
    predicted, doubt = predicted_of(probabilities, CLASSES), doubt_of(probabilities, CLASSES)
    table = confusion_of(charts.masks, predicted, CLASSES)
    overlap = {(h, label): class_iou(h, k, label) for h, labels in HEADS.items() for k, label in enumerate(labels)}
    scored = evaluate(maps(table, heads=tuple(HEADS)), overlap, bootstrap=50)
    heads = tuple(
        MaskHead(
            name=name,
            classes=classes,
            observed=charts.masks[:, head],
            predicted=predicted[:, head],
            doubt=doubt[:, head],
            confusion=table[:, head].sum(0)[: len(classes), : len(classes)],
            overlap=tuple(scored[name, label] for label in classes),
            ordered=head == 0,
        )
        for head, (name, classes) in enumerate(HEADS.items())
    )
    pixels = np.clip(8 * (charts.inputs[:, :1] + 30), 0, 255).astype(np.uint8).repeat(3, 1).transpose(0, 2, 3, 1)
    found = MaskPictures(pixels, heads, charts.files)
    return replace(classification_report(), task=Task.SEGMENTATION, masks=found)


def images(svg: str) -> list[np.ndarray]:
    found = re.findall(r'href="data:image/png;base64,([^"]+)"', svg)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(text.replace("\n", ""))))) for text in found]


@pytest.mark.parametrize("draw", [masks, overlap, mask_confusion])
def test_one_figure_a_head_in_the_colours_of_the_page(draw, report: Report) -> None:
    with mpl.rc_context(STYLE):
        found = draw(report)
        assert draw(classification_report()) == []
    assert len({drawing.key for drawing in found}) == 3
    for drawing, name in zip(found, HEADS, strict=True):
        root = ET.fromstring(drawing.svg)
        assert root.attrib["aria-label"] == drawing.alt
        assert name in drawing.alt
        assert not re.search(r"#[0-9a-f]{6}\b", drawing.svg), "a colour that the page does not know"
        assert len(drawing.svg) < 400_000


def test_maps_show_four_pictures_an_image_and_all_names(report: Report) -> None:
    with mpl.rc_context(STYLE):
        (drawing, *_) = masks(report)
    assert len(images(drawing.svg)) == 3 * 4 + 1
    for name in HEADS["SIC"]:
        assert f">{name}<" in drawing.svg
    assert "3 unseen images" in drawing.alt


def test_void_pixels_are_transparent_and_classes_have_their_colour() -> None:
    shade = shades(MaskHead("m", ("a", "b"), *[np.zeros((1, 1, 1))] * 3, np.zeros((2, 2)), ()))
    found = painted(np.array([[0, 1, 255]], np.uint8), shade)
    assert found[0, 2].tolist() == [0, 0, 0, 0]
    assert found[0, :2].tolist() == [[15, 105, 165, 255], [210, 165, 30, 255]]


def test_the_confusion_shows_parts_of_the_observed(report: Report) -> None:
    with mpl.rc_context(STYLE):
        drawing = mask_confusion(report)[1]
    assert report.masks is not None
    table = report.masks.heads[1].confusion
    share = 100 * table / np.maximum(1, table.sum(1, keepdims=True))
    shown = [int(text) for text in re.findall(r">(\d+)</text>", drawing.svg)]
    assert sorted(shown) == sorted(round(value) for value in share[share >= 0.5].tolist())


def test_what_is_predicted_and_how_sure() -> None:
    rng = np.random.default_rng(0)
    p = np.concatenate([rng.dirichlet(np.ones(4), (2, 3, 3)), rng.dirichlet(np.ones(2), (2, 3, 3))], -1)
    p = np.moveaxis(p, -1, 1)
    said, doubt = predicted_of(p, (4, 2)), doubt_of(p, (4, 2))
    assert (said[:, 1] == (p[:, 5] > p[:, 4])).all()
    np.testing.assert_allclose(doubt[:, 0], entropy(p[:, :4], axis=1) / np.log(4), rtol=1e-5)
    certain = np.moveaxis(np.eye(4)[rng.integers(0, 4, (1, 3, 3))], -1, 1)
    assert (doubt_of(certain, (4,)) < 1e-6).all()
    assert (doubt_of(np.full((1, 4, 3, 3), 0.25), (4,)) == 1).all()


SEEN = {
    "all": np.eye(3),
    "no red cones": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no green cones": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
"""Machado, Oliveira and Fernandes 2009, severity 1: linear RGB as it is seen."""


@pytest.mark.parametrize("who", SEEN)
def test_everybody_can_tell_the_classes_apart(who: str) -> None:
    rgb = np.array([[int(text[k : k + 2], 16) for k in (1, 3, 5)] for text in CLASS_COLOURS]) / 255
    linear = np.clip(np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ SEEN[who].T, 0, 1)
    xyz = linear @ np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]).T
    x, y, z = np.cbrt(np.maximum(xyz / [0.9505, 1.0, 1.089], 0.008856)).T
    lab = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)
    assert min(np.linalg.norm(one - two) for one, two in itertools.combinations(lab, 2)) > 15
