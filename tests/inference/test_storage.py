"""An ensemble taken apart and put together is the same ensemble."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from predictors import linear_ensemble

from isinglass.inference.calibration import Calibration
from isinglass.inference.ensemble import Ensemble
from isinglass.inference.novelty.novelty import fit_novelty
from isinglass.inference.storage import Stored, restore, store
from isinglass.recipe import Recipe
from isinglass.spec import Feature

RECIPE = Recipe.from_dict({"data": {"source": "none"}, "machine": {"kind": "linear"}, "objective": {"loss": "squared"}})
FEATURES = [Feature("x0", "x0", "numeric"), Feature("x1", "x1", "numeric")]


@pytest.fixture
def ensemble() -> Ensemble:
    rng = np.random.default_rng(0)
    made = linear_ensemble(
        rng.normal(size=(4, 1, 2)),
        rng.normal(size=(4, 1)),
        noise_floor=[0.3],
        target_scale=np.full((4, 1), 7.0),
        calibration=Calibration((1.2,), (0.9,), ((1.7,),), rows=50),
    )
    novelty = fit_novelty(rng.normal(size=(60, 2)).astype(np.float32), np.zeros(2), np.ones(2), seed=0)
    return replace(made, novelty=novelty)


def again(stored: Stored, ensemble: Ensemble) -> Ensemble:
    return restore(stored, RECIPE, FEATURES, ensemble.targets, ensemble.task)


def test_every_bit_of_the_predictions_is_kept(ensemble: Ensemble) -> None:
    x = np.random.default_rng(1).normal(size=(20, 2)).astype(np.float32)
    x[3, 1] = np.nan
    first, second = ensemble.predict(x), again(store(ensemble), ensemble).predict(x)
    for name in ("mean", "noise", "ignorance", "std", "novelty", "members"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name
    assert np.array_equal(first.interval(0.8), second.interval(0.8))


def test_the_document_is_json_and_the_arrays_are_plain(ensemble: Ensemble) -> None:
    stored = store(ensemble)
    read = json.loads(json.dumps(stored.document))
    assert Calibration.from_json(read.pop("calibration")) == ensemble.calibration
    assert read.pop("novelty", {"whole": 1.0})["whole"] > 0
    assert read == {"novelty_unit": stored.document["novelty_unit"], "width": 1}
    assert all(isinstance(array, np.ndarray) and array.dtype != object for array in stored.arrays.values())


def test_some_members_are_stored_with_their_own_scaling(ensemble: Ensemble) -> None:
    some = ensemble.take(np.array([2, 0]))
    x = np.ones((3, 2), dtype=np.float32)
    assert np.array_equal(again(store(some), some).members(x), ensemble.members(x)[[2, 0]])


def test_without_novelty(ensemble: Ensemble) -> None:
    bare = replace(ensemble, novelty=None)
    assert np.isnan(again(store(bare), bare).predict(np.ones((2, 2), dtype=np.float32)).novelty).all()
