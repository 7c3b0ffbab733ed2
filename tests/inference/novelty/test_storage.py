"""What a model remembers of its training rows is read back as it was written."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from isinglass.inference.novelty.features import Hidden
from isinglass.inference.novelty.novelty import Novelty, fit_novelty
from isinglass.inference.novelty.storage import novelty_arrays, novelty_document, read_novelty


@pytest.fixture
def novelty() -> Novelty:
    random = np.random.default_rng(0)
    made = fit_novelty(random.normal(size=(90, 4)).astype(np.float32), np.zeros(4), np.ones(4), seed=0)
    hidden = Hidden.fit(3, random.normal(size=(40, 6)), random.normal(size=(20, 6)))
    return replace(made, hidden=(hidden,), ignorance=np.array([0.5]), names=tuple("abcd"))


def layer(member: int, inputs: np.ndarray) -> np.ndarray:
    return np.tile(inputs.mean(axis=1, keepdims=True), (1, 6)) * (member + 1)


def test_every_score_is_kept(novelty):
    document = json.loads(json.dumps(novelty_document(novelty)))
    again = read_novelty(document, novelty_arrays(novelty))
    assert again is not None
    rows = np.random.default_rng(1).normal(size=(30, 4)).astype(np.float32)
    before, after = (one.parts(rows, layer, np.ones((30, 1))) for one in (novelty, again))
    assert list(before) == ["distance", "pairs", "range", "hidden", "reconstruction", "ignorance"]
    for name, values in before.items():
        np.testing.assert_allclose(after[name], values, rtol=1e-4, atol=1e-3, err_msg=name)
    np.testing.assert_array_equal(again.score(rows), novelty.score(rows))
    assert again.names == novelty.names


def test_a_file_of_one_margin_a_feature_and_no_pairs_is_read(novelty):
    arrays = novelty_arrays(novelty)
    arrays["novelty.margin"] = np.array([0.1, 0.2, 0.3, 0.4])
    arrays = {name: array for name, array in arrays.items() if not name.startswith("novelty.pair")}
    again = read_novelty(novelty_document(novelty), arrays)
    assert again is not None
    row = np.stack([novelty.high + np.array([0, 0.4, 0, 0]), novelty.low - np.array([0, 0, 0, 0.4])])
    told = again.parts(row, layer)
    np.testing.assert_allclose(told["range"], [2, 1])
    assert "pairs" not in told


def test_nothing_is_nothing():
    assert read_novelty(novelty_document(None), novelty_arrays(None)) is None
