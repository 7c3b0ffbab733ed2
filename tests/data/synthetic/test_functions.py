"""Tables with a known truth: the truth is what the formula says and the noise has the stated size."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_friedman1

from isinglass.data.synthetic.functions import SYNTHETIC, make
from isinglass.kinds.opening import load
from isinglass.recipe import DataRecipe


@pytest.mark.parametrize("name", SYNTHETIC)
def test_noise_has_the_stated_size_and_the_seed_decides(name: str) -> None:
    frame = make(name, samples=20_000, seed=3)
    z = ((frame["y"] - frame["truth"]) / frame["sigma"]).to_numpy()
    assert abs(z.mean()) < 0.03
    assert abs(z.std() - 1) < 0.03
    assert frame.equals(make(name, samples=20_000, seed=3))
    assert not frame.equals(make(name, samples=20_000, seed=4))


def test_friedman_equals_scikit_learn() -> None:
    inputs, target = make_friedman1(100, noise=0.0, random_state=0)

    class Same:
        def uniform(self, size):
            return inputs

    _, truth, _ = SYNTHETIC["friedman"](Same(), 100)  # type: ignore[arg-type]
    np.testing.assert_allclose(truth, target)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_truth_is_no_feature(name: str) -> None:
    dataset = load(DataRecipe(source=name))
    assert all(feature.name.startswith("x") for feature in dataset.schema.features)
