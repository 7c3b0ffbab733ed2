"""Conventional methods for segmentation: counts by hand, known truth, and street scenes."""

from __future__ import annotations

import io
import tarfile
from types import SimpleNamespace

import numpy as np
import pytest

from isinglass.data.images.schema import ImageSchema
from isinglass.data.splits.splits import Splits
from isinglass.evaluation.baselines import SEGMENTATION_BASELINES, run_all
from isinglass.evaluation.baselines.images.masks import features, fit_majority
from isinglass.evaluation.metrics import METRICS
from isinglass.spec import Column, Kind, Role, Task


def study(images, masks, classes, train):
    heads = tuple(
        Column(f"head{i}", Kind.CATEGORICAL, categories=tuple(map(str, range(n)))) for i, n in enumerate(classes)
    )
    schema = ImageSchema(tuple("abcde"[: images.shape[1]]), *images.shape[2:], "uint8", heads, Task.SEGMENTATION)
    role = np.full((1, len(images)), Role.TRAIN, np.int8)
    role[:, train:] = Role.TEST
    data = SimpleNamespace(inputs=images, targets=masks, weights=np.ones(len(images)), schema=schema)
    return data, Splits(role, "official", "sealed", units=np.arange(len(images), dtype=np.uint64))


def scenes(n=14):
    """Bright ground below a horizon, noise everywhere; head 1: above or below, head 2: bright to the left and right."""
    numbers = np.random.default_rng(0)
    images, masks = np.zeros((n, 2, 24, 30)), np.zeros((n, 2, 24, 30), np.uint8)
    for i in range(n):
        horizon, wall = numbers.integers(6, 18), numbers.integers(8, 22)
        masks[i, 0, horizon:] = 1
        masks[i, 1, :, wall:] = 2
        images[i, 0] = 100 + 60 * masks[i, 0] + numbers.normal(0, 40, (24, 30))
        images[i, 1] = 50 + 30 * masks[i, 1] + numbers.normal(0, 40, (24, 30))
    masks[:, :, :2] = 255
    return study(images.clip(0, 255).astype(np.uint8), masks, (2, 3), 10)


@pytest.mark.slow
def test_counts_are_those_of_the_known_pixels():
    data, splits = scenes()
    majority, pixel = run_all(SEGMENTATION_BASELINES, ("mean", "linear"), data, splits, seed=1)
    for found in (majority, pixel):
        assert (found.rows == np.arange(10, 14)).all()
        assert found.outcome.heads == ("head0", "head1")
        confusion = found.outcome.confusion
        assert confusion.shape == (4, 2, 3, 3)
        assert (confusion.sum((2, 3)) == 22 * 30).all()
        for sample, head in np.ndindex(4, 2):
            known = data.targets[10 + sample, head][2:]
            assert confusion[sample, head].sum(1).tolist() == np.bincount(known.ravel(), minlength=3).tolist()
    assert ((majority.outcome.confusion > 0).any((0, 2)).sum(1) == 1).all()
    accuracy = METRICS["pixel_accuracy"]
    assert accuracy(pixel.outcome) > 0.9
    assert accuracy(pixel.outcome) > accuracy(majority.outcome) + 0.2


@pytest.mark.slow
def test_the_seed_decides_and_test_masks_are_never_seen():
    data, splits = scenes()
    first, again = (next(iter(run_all(SEGMENTATION_BASELINES, ("linear",), data, splits, seed=1))) for _ in range(2))
    assert (first.outcome.confusion == again.outcome.confusion).all()
    data.targets = data.targets.copy()
    data.targets[10:] = np.where(data.targets[10:] == 255, 255, 1)
    other = next(iter(run_all(SEGMENTATION_BASELINES, ("linear",), data, splits, seed=1)))
    assert (other.outcome.confusion.sum(2) == first.outcome.confusion.sum(2)).all()


def test_the_majority_is_weighted():
    masks = np.array([[[[0, 0, 0, 1]]], [[[1, 1, 255, 255]]]], np.uint8)
    images = np.zeros((2, 1, 1, 4), np.uint8)
    assert (fit_majority(images, masks, np.ones(2), (2,), 0)(images) == 0).all()
    assert (fit_majority(images, masks, np.array([1.0, 2.0]), (2,), 0)(images) == 1).all()


def test_a_head_without_known_pixels_is_survived():
    data, splits = scenes()
    data.targets = data.targets.copy()
    data.targets[:10, 1] = 255
    for found in run_all(SEGMENTATION_BASELINES, ("mean", "linear"), data, splits):
        assert found.outcome.confusion[:, 1].sum() == 4 * 22 * 30


def test_neighbourhoods_are_plain_means():
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 30, 28)).astype(np.uint8)
    found = features(images).reshape(2, -1, 30, 28)
    assert found.shape[1] == 3 + 3 * 3 + 4
    assert (found[:, :3] == images).all()
    assert found[1, 3 + 2, 10, 12] == pytest.approx(images[1, 2, 9:12, 11:14].mean(), rel=1e-5)
    assert found[0, 6, 0, 27] == pytest.approx(images[0, 0, :5, 23:].mean(), rel=1e-5)
    assert found[0, 9 + 1, 20, 3] == pytest.approx(images[0, 1, 8:, :16].mean(), rel=1e-5)
    assert found[0, 12:, 0, -1].tolist() == [-1, 1, 1, 1]


@pytest.mark.slow
def test_on_street_scenes(shared):
    from PIL import Image

    with tarfile.open(shared / "segmentation" / "camvid_half.tar.gz") as archive:
        names = [m.name for m in archive.getmembers() if "/train_masks/" in m.name and m.name.endswith(".png")]
        masks = sorted(names)[::24][:15]
        pairs = [(m.replace("/train_masks/", "/train/").replace(".png", ".jpg"), m) for m in masks]
        read = [[np.asarray(Image.open(io.BytesIO(archive.extractfile(n).read()))) for n in pair] for pair in pairs]
    images = np.stack([image[::2, ::2, :3] for image, _ in read]).transpose(0, 3, 1, 2)
    labels = np.stack([mask[::2, ::2] for _, mask in read])[:, None]
    labels = np.where(labels > 10, 255, labels).astype(np.uint8)
    order = np.random.default_rng(0).permutation(15)
    data, splits = study(images[order], labels[order], (11,), 11)
    majority, pixel = run_all(SEGMENTATION_BASELINES, ("mean", "linear"), data, splits)
    assert METRICS["pixel_accuracy"](pixel.outcome) > 0.6
    assert METRICS["mean_iou"](pixel.outcome) > 2 * METRICS["mean_iou"](majority.outcome)
