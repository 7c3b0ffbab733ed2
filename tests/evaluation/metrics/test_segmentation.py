"""Scores of masks against scikit-learn on the pixels themselves, and on real street scenes."""

from __future__ import annotations

import itertools
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn import metrics as theirs

from isinglass.errors import DataError, UsageError
from isinglass.evaluation.intervals import Resampler, evaluate
from isinglass.evaluation.metrics import METRICS, class_iou
from isinglass.evaluation.outcome import Outcome, concatenate, maps
from isinglass.evaluation.pixels import boundary_of, confusion_of
from isinglass.evaluation.verdict.gains import losses
from isinglass.spec import Task

HEADS, CLASSES = ("SIC", "SOD", "FLOE"), (11, 6, 7)
RNG = np.random.default_rng(0)
OBSERVED = RNG.integers(0, np.array(CLASSES)[:, None, None], (6, 3, 16, 16)).astype(np.uint8)
PREDICTED = np.where(RNG.random(OBSERVED.shape) < 0.6, OBSERVED, OBSERVED // 2).astype(np.uint8)
OBSERVED[RNG.random(OBSERVED.shape) < 0.2] = 255


def charts(observed: np.ndarray = OBSERVED, predicted: np.ndarray = PREDICTED, **more: np.ndarray) -> Outcome:
    boundary = boundary_of(observed, predicted, CLASSES)
    return maps(confusion_of(observed, predicted, CLASSES), heads=HEADS, boundary=boundary, **more)


def pixels(head: int) -> tuple[np.ndarray, np.ndarray]:
    known = OBSERVED[:, head] != 255
    return OBSERVED[:, head][known], PREDICTED[:, head][known]


def test_pooled_scores_equal_those_of_scikit_learn() -> None:
    outcome = charts()
    expected = {
        "pixel_accuracy": lambda y, p: theirs.accuracy_score(y, p),
        "mean_iou": lambda y, p: theirs.jaccard_score(y, p, average="macro"),
        "pixel_f1": lambda y, p: theirs.f1_score(y, p, average="macro"),
        "weighted_f1": lambda y, p: theirs.f1_score(y, p, average="weighted"),
    }
    for name, score in expected.items():
        value = np.mean([score(*pixels(head)) for head in range(3)])
        assert METRICS[name](outcome) == pytest.approx(value, rel=1e-12), name


def test_the_scores_of_ice_charts() -> None:
    outcome = charts()
    concentration = theirs.r2_score(*(part.astype(float) for part in pixels(0)))
    stage, floe = (theirs.f1_score(*pixels(head), average="weighted") for head in (1, 2))
    assert METRICS["sic_r2"](outcome) == pytest.approx(concentration, rel=1e-12)
    assert METRICS["sod_f1"](outcome) == pytest.approx(stage, rel=1e-12)
    assert METRICS["floe_f1"](outcome) == pytest.approx(floe, rel=1e-12)
    assert METRICS["sea_ice"](outcome) == pytest.approx((2 * concentration + 2 * stage + floe) / 5, rel=1e-12)


def test_the_heads_of_ice_charts_are_found_by_name() -> None:
    order = [2, 0, 1]
    turned = charts(OBSERVED, PREDICTED)
    confusion = turned.confusion[:, order]
    names = tuple(HEADS[k] for k in order)
    assert METRICS["sea_ice"](maps(confusion, heads=names)) == pytest.approx(METRICS["sea_ice"](turned), rel=1e-12)
    street = maps(confusion[:, :1], heads=("mask",))
    assert not METRICS["sea_ice"].applies(street)
    assert METRICS["mean_iou"].applies(street)
    assert not METRICS["boundary_f1"].applies(street)
    with pytest.raises(UsageError, match="sic_r2 needs"):
        METRICS["sic_r2"](street)


def test_the_overlap_of_every_class() -> None:
    outcome = charts()
    made = {str(k): class_iou("SOD", k, f"SOD {k}") for k in range(CLASSES[1])}
    for k, value in enumerate(theirs.jaccard_score(*pixels(1), average=None)):
        assert made[str(k)].name == f"iou.SOD.SOD {k}"
        assert made[str(k)](outcome) == pytest.approx(value, rel=1e-12)
    found = evaluate(outcome, made, bootstrap=50)
    assert all(item.low <= item.value <= item.high for item in found.values())


def test_a_class_that_is_nowhere_is_left_out() -> None:
    observed, predicted = OBSERVED[:, 1:2].copy(), PREDICTED[:, 1:2].copy()
    observed[observed == 3], predicted[predicted == 3] = 4, 4
    table = confusion_of(observed, predicted, (6,))
    known = observed != 255
    value = theirs.jaccard_score(observed[known], predicted[known], average="macro")
    outcome = maps(table, heads=("mask",))
    assert METRICS["mean_iou"](outcome) == pytest.approx(value, rel=1e-12)
    assert np.isnan(class_iou("mask", 3, "d")(outcome))


def test_a_resample_is_the_score_of_the_drawn_scenes() -> None:
    outcome = charts(groups=np.array([0, 0, 1, 1, 2, 3]))
    resampler = Resampler(outcome.groups, 20, 0)
    for name, metric in METRICS.items():
        if Task.SEGMENTATION not in metric.tasks:
            continue
        fast = resampler.distribution(metric, outcome)
        for drawn, value in zip(resampler.counts, fast, strict=True):
            rows = np.concatenate(
                [np.flatnonzero(resampler.unit == unit) for unit in np.repeat(np.arange(4), drawn.astype(int))]
            )
            truth, said = OBSERVED[rows], PREDICTED[rows]
            assert metric(charts(truth, said)) == pytest.approx(value, rel=1e-9), name


def test_two_methods_are_compared_on_the_same_scenes() -> None:
    scenes = np.tile(np.arange(len(OBSERVED)), 20)  # six alone tell too little of a score that pools rare classes
    merged = np.where(PREDICTED < 2, 1, PREDICTED).astype(np.uint8)
    better = charts(OBSERVED[scenes], PREDICTED[scenes])
    worse = charts(OBSERVED[scenes], merged[scenes])
    metric = METRICS["mean_iou"]
    gain = losses({"better": better, "worse": worse}, metric).gain("better", "worse")
    assert gain.value == pytest.approx(1 - (1 - metric(better)) / (1 - metric(worse)))
    assert 0 < gain.low < gain.value < gain.high
    other = charts(np.where(OBSERVED == 1, 0, OBSERVED).astype(np.uint8)[scenes], PREDICTED[scenes])
    with pytest.raises(UsageError, match="same rows"):
        losses({"better": better, "other": other}, metric)


def test_outcomes_are_taken_and_joined() -> None:
    outcome = charts()
    again = concatenate([outcome.take(np.arange(2)), outcome.take(np.arange(2, 6))])
    assert (again.confusion == outcome.confusion).all()
    assert (again.boundary == outcome.boundary).all()
    assert METRICS["boundary_f1"](again) == METRICS["boundary_f1"](outcome)


def test_tables_of_another_shape_are_refused() -> None:
    table = charts().confusion
    with pytest.raises(DataError, match="confusion must be"):
        maps(table, heads=("one",))
    with pytest.raises(DataError, match="boundary must be"):
        maps(table, heads=HEADS, boundary=np.zeros((6, 3, 11, 2)))


def street_masks(shared: Path, count: int) -> np.ndarray:
    """uint8 [sample, 1, 180, 240] of CamVid's test part; its class 11 is void."""
    with tarfile.open(shared / "segmentation" / "camvid_half.tar.gz") as archive:
        names = sorted(name for name in archive.getnames() if "/test_masks/" in name and name.endswith(".png"))
        files = [archive.extractfile(name) for name in names[:count]]
        masks = np.stack([np.asarray(Image.open(file)) for file in files if file is not None])[:, None]
    return np.where(masks == 11, 255, masks).astype(np.uint8)


def test_real_streets_shifted_by_some_pixels(shared: Path) -> None:
    """Edges stay found while the shift is within the tolerance, and the overlap falls with every pixel."""
    observed = street_masks(shared, 12)
    classes = (11,)
    overlap, edge = [], []
    for shift in range(5):
        predicted = np.roll(np.where(observed == 255, 0, observed), shift, axis=-1)
        boundary = boundary_of(observed, predicted, classes)
        outcome = maps(confusion_of(observed, predicted, classes), heads=("mask",), boundary=boundary)
        overlap.append(METRICS["mean_iou"](outcome))
        edge.append(METRICS["boundary_f1"](outcome))
    assert overlap[0] == edge[0] == 1.0
    assert all(after < before for before, after in itertools.pairwise(overlap))
    assert edge[2] > 0.9
    assert edge[4] < edge[2] - 0.1
