"""What every method for one sample owes, on images and on rows of a table."""

from __future__ import annotations

import numpy as np
import pytest
from predictors import linear_ensemble
from seeing import bar, bars

from isinglass.cli.explanations import LAYERED
from isinglass.cli.explanations import LOCAL_METHODS as NAMED
from isinglass.errors import UsageError
from isinglass.explanation import LOCAL_METHODS, METHODS
from isinglass.explanation.explanation import Explanation
from isinglass.explanation.instance_level.local_methods import Wording, look
from isinglass.explanation.instance_level.network import Question

POOL = np.stack([bar("standing", 6, column, seed=column) for column in range(4, 9)])
TABLE = [
    name for name, method in LOCAL_METHODS.items() if method.tables and name != "guided"
]  # a linear machine has no ReLU


def options(method: str, pool: np.ndarray) -> dict[str, object]:
    quick = {"nearest": {"pool": pool}, "maximisation": {"steps": 2}}
    return quick.get(method, {})


def kept(found: Explanation, again: Explanation, method: str) -> None:
    assert found.method == method
    assert found.values.ndim == len(found.spec.dims)
    assert found.spec.dims[-1] == "member"
    assert found.mean().shape == found.spread().shape == found.values.shape[:-1]
    assert np.isfinite(found.values).all()
    assert {"rank_correlation", "passed"} <= found.check.keys()
    assert found.quantity
    np.testing.assert_array_equal(found.values, again.values)
    assert dict(found.check) == pytest.approx(dict(again.check), nan_ok=True)


@pytest.mark.parametrize("method", LOCAL_METHODS)
def test_images(method: str):
    ensemble, question = bars(), Question(bar("lying"), 0)
    before = question.sample.copy()
    words = Wording("the score", "one sample", ("grey",))
    twice = [look(ensemble, question, method, wording=words, seed=3, **options(method, POOL)) for _ in range(2)]
    kept(*twice, method)
    np.testing.assert_array_equal(question.sample, before)
    assert twice[0].values.shape[-1] == (1 if LOCAL_METHODS[method].alone else 2)
    if not LOCAL_METHODS[method].alone and method != "nearest":
        assert twice[0].mean().shape[-2:] == (16, 16)


@pytest.mark.parametrize("method", LOCAL_METHODS)
def test_rows(method: str):
    ensemble = linear_ensemble(np.random.default_rng(0).normal(size=(3, 1, 4)), np.zeros((3, 1)))
    row, words = np.array([1.0, -2.0, np.nan, 0.5], np.float32), Wording("y", "one row", tuple("abcd"))
    pool = np.random.default_rng(1).normal(size=(6, 4)).astype(np.float32)
    if method not in TABLE:
        with pytest.raises(UsageError):
            look(ensemble, Question(row), method, wording=words, **options(method, pool))
        return
    twice = [look(ensemble, Question(row), method, wording=words, seed=3, **options(method, pool)) for _ in range(2)]
    kept(*twice, method)
    assert len(twice[0].values) == (6 if method == "nearest" else 4)


def test_the_command_line_knows_them_all():
    assert tuple(LOCAL_METHODS) == NAMED
    assert not set(LOCAL_METHODS) & set(METHODS)
    assert set(LAYERED) == {name for name, method in LOCAL_METHODS.items() if method.settle is not None}
