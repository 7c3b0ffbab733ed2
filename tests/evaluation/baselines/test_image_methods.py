"""Single image methods against independent implementations and by hand; the lectures' image features (example 23)."""

from __future__ import annotations

import gzip
import io
import tarfile

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from isinglass.data.images.schema import ImageSchema
from isinglass.data.splits.splits import Splits
from isinglass.evaluation.baselines import IMAGE_BASELINES, Table, distance, run
from isinglass.evaluation.baselines.images import colours, gradients, heads, neighbours, stack, visual_words
from isinglass.evaluation.baselines.images.pixels import rows, shrunk
from isinglass.evaluation.metrics import METRICS
from isinglass.spec import Column, Kind, Role, Task

HOG = {
    1: (90.08964858820934, 32288.1635051192, [0.02234957, 0.0, 0.26774045, 0.26774045, 0.10438931, 0.18574174]),
    3: (88.52264178804926, 31835.72357180347, [0.26706416, 0.08903367, 0.0, 0.26706416, 0.27056075, 0.10169204]),
}
"""scikit-image 0.26.0, hog(image, orientations=9, pixels_per_cell=(4, 4), cells_per_block=(2, 2),
block_norm="L2-Hys", channel_axis=-1) of `pattern(channels)`: the sum, the sum times the places, values at `PLACES`."""
PLACES = [0, 1, 2, 3, 100, 333]


def pattern(channels):
    c, y, x = np.meshgrid(np.arange(channels), np.arange(24), np.arange(20), indexing="ij")
    return ((7 * y * y + 13 * x * y + 5 * x * (c + 1) + 29 * c * y) % 251).astype(np.uint8)


def digits():
    x, y = load_digits(return_X_y=True)
    return x.reshape(-1, 1, 8, 8).astype(np.uint8), y


def table(inputs, y, *, weights=None, width=10):
    weights = np.ones(len(y)) if weights is None else weights
    return Table(inputs, y[:, None].astype(float), weights, (), Task.CLASSIFICATION, width)


@pytest.mark.parametrize("channels", HOG)
def test_oriented_gradients_are_those_of_scikit_image(channels):
    total, moment, values = HOG[channels]
    ours = gradients.hog(pattern(channels)[None], 4).ravel().astype(float)
    assert ours.shape == (720,)
    assert ours.sum() == pytest.approx(total, rel=1e-6)
    assert ours @ np.arange(720) == pytest.approx(moment, rel=1e-6)
    assert ours[PLACES] == pytest.approx(values, abs=1e-6)


def test_a_slope_falls_into_the_bin_of_its_angle():
    y, x = np.mgrid[:16, :16]
    for degrees in (10, 50, 130, 170):
        angle = np.radians(degrees)
        ramp = (100 + 5 * (x * np.cos(angle) + y * np.sin(angle)))[None, None]
        found = gradients.hog(ramp, 4)[0, 1, 1].mean((0, 1))
        assert found.argmax() == degrees // 20


@pytest.mark.parametrize(("size", "side"), [(28, 4), (32, 4), (64, 8), (224, 28), (8, 4), (5, 2), (2, 1)])
def test_cells_suit_the_image(size, side):
    assert gradients.cell_of(size, size) == side
    assert gradients.prepare(np.zeros((2, 1, size, size), np.uint8)).shape[1] >= 36


def test_blocks_of_pixels_are_averaged():
    images = np.random.default_rng(0).integers(0, 256, (3, 2, 9, 7)).astype(np.uint8)
    assert (shrunk(images, 126) == images).all()
    half = shrunk(images, 125)
    assert half.shape == (3, 2, 4, 3)
    assert half[1, 1, 2, 1] == images[1, 1, 4:6, 2:4].mean()
    assert shrunk(images, 1).shape == (3, 2, 1, 1)


@pytest.mark.parametrize(("metric", "power"), [("l1", 1), ("l2", 2)])
def test_neighbours_against_scikit_learn(metric, power):
    x, y = digits()
    x = x + np.random.default_rng(0).random(x.shape, np.float32)  # else many images are equally near
    predicted = neighbours.fit(table(x[:500], y[:500]), 0, 1, metric=metric)(x[500:700])
    share = np.bincount(y[:500], minlength=10) / 500
    for place, count in enumerate(neighbours.COUNTS):
        theirs = KNeighborsClassifier(count, p=power, algorithm="brute").fit(rows(x[:500]), y[:500])
        blended = (count * theirs.predict_proba(rows(x[500:700])) + share) / (count + 1)
        assert (np.abs(predicted[place] - blended).max(1) > 1e-9).sum() <= 1


@pytest.mark.parametrize("count", [5, 40])
def test_compiled_distances_find_the_same_neighbours(count):
    pytest.importorskip("numba")
    numbers = np.random.default_rng(0)
    x, train = numbers.random((300, 30), np.float32), numbers.random((40, 30), np.float32)
    ours = neighbours.nearest_l1(x, train, count, threads=2)
    assert (ours == neighbours.nearest(x, train, count, threads=1, metric="l1")).all()
    assert ours[0, 0] == np.argmin([distance(x[0], row, "l1") for row in train])


def test_the_nearest_of_the_lectures_images():
    test = np.array([[56, 32, 10, 18], [90, 23, 128, 133], [24, 26, 178, 200], [2, 0, 255, 220]])
    train = np.array([[10, 20, 24, 17], [8, 10, 89, 100], [12, 16, 178, 170], [4, 32, 233, 112]])
    images = np.stack([255 - train, train])[:, None].astype(np.float32)
    predicted = neighbours.fit(table(images, np.array([0, 1]), width=2), 0, 1, metric="l1")
    assert predicted(test[None, None].astype(np.float32))[0, 0].argmax() == 1


def objectives(scores, x, y, strength, weights, loss):
    target = np.eye(10)[y]
    return [
        np.average(loss(one, target), weights=weights) + s * np.square(scores.weights[:, i]).sum() / 2
        for i, (one, s) in enumerate(zip(scores(x).astype(float), strength, strict=True))
    ]


def cross_entropy(scores, target):
    return np.log(np.exp(scores).sum(1)) - (scores * target).sum(1)


def squared_hinge(scores, target):
    return np.square(np.maximum(0, 1 - (2 * target - 1) * scores)).sum(1)


@pytest.mark.parametrize(("slope", "loss"), [(stack.softmax, cross_entropy), (stack.margin, squared_hinge)])
def test_the_stack_finds_scikit_learns_optimum(slope, loss):
    x, y = digits()
    weights = np.random.default_rng(0).uniform(0.5, 2, len(y))
    z = stack.scaling(rows(x).astype(np.float32), weights)(rows(x).astype(np.float32))
    strength = np.array([1e-3, 1e-1])
    stacked = np.repeat((weights / weights.mean()).astype(np.float32)[:, None], 2, 1)
    ours = stack.train(z, np.eye(10)[y], stacked, slope=slope, strengths=strength, seed=0)
    for found, s in zip(objectives(ours, z, y, strength, weights, loss), strength, strict=True):
        penalty = 1 / (s * len(y))
        if slope is stack.softmax:
            model = LogisticRegression(C=penalty, max_iter=2000)
        else:
            model = LinearSVC(C=penalty, intercept_scaling=100, dual=False, max_iter=5000)
        model.fit(z, y, sample_weight=weights / weights.mean())
        theirs = stack.Scores(model.coef_.T[:, None, :], model.intercept_[None])
        best = objectives(theirs, z, y, [s], weights, loss)[0]
        assert best * 0.98 < found < best * 1.05


def test_a_row_without_weight_is_not_learnt_from():
    x, y = digits()
    z = stack.scaling(rows(x).astype(np.float32), np.ones(len(y)))(rows(x).astype(np.float32))
    held = np.arange(len(y)) % 2 == 0
    weights = np.where(held, 0, 2).astype(np.float32)[:, None]
    options = {"slope": stack.softmax, "strengths": np.array([1e-2]), "seed": 0}
    wrong = np.eye(10)[np.where(held, 9 - y, y)]
    first = stack.train(z, np.eye(10)[y], weights, **options)
    assert (first.weights == stack.train(z, wrong, weights, **options).weights).all()


def test_logistic_is_the_derivative_of_the_cross_entropy_of_labels():
    scores, target = np.array([[[0.0, 3.0, -800.0]]]), np.array([[[1.0, 0.0, 1.0]]])
    assert stack.logistic(scores, target)[0, 0] == pytest.approx([-0.5, 1 / (1 + np.exp(-3)), -1.0])


def test_margins_become_honest_probabilities():
    numbers = np.random.default_rng(0)
    margin = numbers.normal(size=(20_000, 3))
    truth = np.eye(3)[(2.5 * margin + [0.5, 0, -0.5] + numbers.gumbel(size=margin.shape)).argmax(1)]
    factor, shift = heads.link(margin, truth, np.ones(len(margin)), Task.CLASSIFICATION)
    assert factor == pytest.approx(2.5, abs=0.1)
    assert shift - shift.mean() == pytest.approx([0.5, 0, -0.5], abs=0.06)


def test_a_colour_histogram_by_hand():
    image = np.zeros((1, 3, 2, 2), np.uint8)
    image[0, 0] = [[0, 255], [255, 255]]
    found = colours.Histogram(np.zeros(3, np.float32), np.full(3, 255, np.float32))(image)[0] ** 2
    assert found.shape == (3 * 16 + 64,)
    assert found[[0, 15, 16, 32]] == pytest.approx([0.25, 0.75, 1, 1])
    assert found[[48, 48 + 3]] == pytest.approx([0.25, 0.75])
    assert found.sum() == pytest.approx(4)


def test_visual_words_count_patches_by_quarter():
    images = np.zeros((1, 1, 16, 16), np.float32)
    images[0, 0, :, 8:] = np.tile([0, 9], 4)
    stripes = np.tile([-1.0, 1.0], 18).astype(np.float32)
    centres = np.stack([np.zeros(36, np.float32), stripes, -stripes])
    found = visual_words.Words(centres, 1e-6)(images)[0].reshape(2, 2, 3) ** 2
    assert found.sum() == pytest.approx(1)
    assert (found[:, 0, 1:].sum(), found[:, 1, 2].sum()) == (0, 0)
    assert found[0, 1, 1] == pytest.approx(found[1, 1, 1])
    assert found[0, 1, 1] > found[0, 0].sum() / 2


def study(images, label, train):
    column = Column("class", Kind.CATEGORICAL, categories=tuple("abcdefghij"))
    schema = ImageSchema(tuple("rgb"[: images.shape[1]]), *images.shape[2:], "uint8", (column,), Task.CLASSIFICATION)
    role = np.full((1, len(images)), Role.TRAIN, np.int8)
    role[:, train:] = Role.TEST
    data = type("Data", (), {"inputs": images, "targets": label[:, None].astype(float), "schema": schema})
    data.weights = np.ones(len(images))
    return data, Splits(role, "official", "sealed", units=np.arange(len(images), dtype=np.uint64))


def accuracy(name, *parts):
    return METRICS["accuracy"](run(IMAGE_BASELINES[name], *parts).outcome)


@pytest.mark.slow
def test_on_mnist(shared):
    def read(part, skip, count):
        with gzip.open(shared / "mnist" / part) as file:
            return np.frombuffer(file.read(skip + count)[skip:], np.uint8)

    names = [("train", 1000), ("t10k", 300)]
    images = [read(f"{name}-images-idx3-ubyte.gz", 16, n * 784).reshape(-1, 1, 28, 28) for name, n in names]
    labels = [read(f"{name}-labels-idx1-ubyte.gz", 8, n) for name, n in names]
    parts = study(np.concatenate(images), np.concatenate(labels), 1000)
    found = {name: accuracy(name, *parts) for name in ("linear", "knn_l2", "hog")}
    assert found["linear"] > 0.78
    assert found["knn_l2"] > 0.78
    assert found["hog"] > 0.88


@pytest.mark.slow
def test_on_eurosat(shared):
    from PIL import Image

    with tarfile.open(shared / "images" / "eurosat_rgb_subset.tar.gz") as archive:
        files = sorted(m.name for m in archive.getmembers() if m.isfile() and m.name.endswith((".jpg", ".png")))
        kinds = sorted({name.split("/")[-2] for name in files})
        chosen = [name for kind in kinds for name in [f for f in files if f"/{kind}/" in f][:40]]
        pictures = [Image.open(io.BytesIO(archive.extractfile(name).read())).convert("RGB") for name in chosen]
    images = np.stack([np.asarray(picture) for picture in pictures]).transpose(0, 3, 1, 2)
    order = np.random.default_rng(0).permutation(400)
    parts = study(images[order], np.repeat(np.arange(10), 40)[order], 300)
    found = {name: accuracy(name, *parts) for name in ("linear", "colour_histogram", "visual_words")}
    assert found["colour_histogram"] > found["linear"]
    assert found["colour_histogram"] > 0.5
    assert found["visual_words"] > 0.4
