"""Columns that say the same thing."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

from isinglass.explanation import METHODS, Probe
from isinglass.explanation.dataset_level.correlation import _strongest, correlated_groups
from isinglass.spec import Feature


def probe() -> Probe:
    generator = np.random.default_rng(0)
    base, other = generator.normal(size=(2, 500))
    inputs = np.column_stack([base, np.exp(base), other, -other + 0.1 * generator.normal(size=500), np.zeros(500)])
    features = tuple(Feature(name, name, "numeric") for name in "abcde")
    return Probe(lambda rows: rows[:, 0], inputs.astype(np.float32), features, lambda predicted: predicted.var())


def test_a_chain_of_rank_correlations_makes_a_group():
    assert correlated_groups(probe()) == {"a + b": ("a", "b"), "c + d": ("c", "d"), "e": ("e",)}


def test_the_correlation_is_spearmans():
    ties = np.random.default_rng(1).integers(0, 5, size=(200, 2)).astype(np.float32)
    asked = Probe(lambda rows: rows[:, 0], ties, tuple(Feature(name, name, "numeric") for name in "ab"))
    np.testing.assert_allclose(_strongest(asked, asked.names)[0, 1], abs(spearmanr(ties[:, 0], ties[:, 1]).statistic))


def test_missing_values_do_not_disturb():
    asked = probe()
    asked.inputs[::7, 0] = np.nan
    assert correlated_groups(asked, threshold=0.7)["a + b"] == ("a", "b")


def test_groups_feed_the_importances():
    asked = probe()
    (found,) = METHODS["permutation"](asked, groups=correlated_groups(asked))
    assert found.spec.names == ("a + b", "c + d", "e")
