"""A combination written and read: every portable method says the same, and what is damaged is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from isinglass.errors import ModelFileError
from isinglass.export.combinations import pack_combination, unpack_combination
from isinglass.inference.calibration import Calibration
from isinglass.inference.combination import Blend, Combination, Method
from isinglass.portable import PORTABLE, Boosting, Constant, Encoder, Forest, Linear, Neighbours, Trees

ENCODER = Encoder(
    plain=np.array([0, 1]),
    center=np.array([0.5, 0.0]),
    factor=np.array([2.0, 1.0]),
    filled=np.array([True, False]),
    codes=np.array([2]),
    meanings=(np.array([[0.0], [0.3], [-0.2]]),),
)
STUMP = Trees(
    start=np.array([0]),
    feature=np.array([1, -1, -1], np.int16),
    threshold=np.array([0.1, 0, 0], np.float32),
    left=np.array([1, 0, 0], np.int32),
    right=np.array([2, 0, 1], np.int32),
    missing=np.array([True, False, False]),
    value=np.array([[1 / 3], [-2.0]]),
)
FILLED = Encoder(np.array([0]), np.zeros(1), np.ones(1), np.ones(1, bool), np.zeros(0, np.int64), ())
METHODS = {
    "constant": Constant(np.array([1e-17])),
    "linear": Linear(ENCODER, np.array([[0.1], [0.2], [0.3]]), np.array([-np.inf]), "sigmoid"),
    "neighbours": Neighbours(FILLED, np.eye(3)[:, :1], np.eye(3)[:, 1:2], np.ones(3), np.zeros(1), 2, "l1", 2.0),
    "forest": Forest(ENCODER, STUMP, np.array([0.25]), 100.0),
    "boosting": Boosting(ENCODER, STUMP, np.array([0]), np.array([np.pi])),
}
ROWS = np.array([[0.2, 0.05, 1], [np.nan, np.nan, 7], [3, 0.2, 0]])


def combination(*names):
    methods = tuple(Method(name, f"a {name}", METHODS[name], np.array([5.0]), np.array([0.1])) for name in names)
    weights = np.full((len(names), 1), 0.5 / max(1, len(names)))
    blend = Blend(3, tuple(names), np.array([0.5]), weights, np.array([[1.0], [0.0], [2.5]]), 77, methods)
    return Combination((blend,), Calibration(scale=(1.1,), levels=(0.9,), widths=((1.7,),), rows=77))


def there_and_back(one):
    document, arrays = pack_combination(one)
    return unpack_combination(json.loads(json.dumps(document, allow_nan=False)), arrays)


def test_every_kind_is_tried():
    assert set(METHODS) == set(PORTABLE)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_says_the_same_when_it_was_read_back(name):
    (blend,) = there_and_back(combination(name)).blends
    (found,) = blend.methods
    said = combination(name).blends[0].methods[0](ROWS)
    assert np.array_equal(found(ROWS), said, equal_nan=True)
    assert (found.name, found.title) == (name, f"a {name}")


def test_weights_spread_and_calibration_are_kept():
    one = combination(*METHODS)
    found = there_and_back(one)
    assert found.calibration == one.calibration
    (blend,), (before,) = found.blends, one.blends
    assert (blend.fold, blend.names, blend.rows) == (3, tuple(METHODS), 77)
    for part in ("network", "weights", "spread"):
        assert (getattr(blend, part) == getattr(before, part)).all()
    assert there_and_back(combination()).blends[0].methods == ()


@pytest.mark.parametrize(
    "damage",
    [
        lambda document, arrays: document["blends"][0]["methods"].pop(),
        lambda document, arrays: document["blends"][0]["methods"][0].update(kind="pickle"),
        lambda document, arrays: document.pop("calibration"),
        lambda document, arrays: arrays.popitem(),
        lambda document, arrays: arrays.update({"0/methods/3/predict/trees/right": np.array([2, 0, 9], np.int32)}),
    ],
    ids=["no method", "unknown kind", "no calibration", "no array", "a leaf outside"],
)
def test_what_is_damaged_is_refused(damage):
    document, arrays = pack_combination(combination(*METHODS))
    damage(document, arrays)
    with pytest.raises(ModelFileError):
        unpack_combination(document, arrays)
