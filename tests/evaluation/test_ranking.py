"""Curves of a ranking equal scikit-learn's; the band follows the independent units."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from isinglass.evaluation.ranking import ranking_curve


@pytest.fixture(params=[0, 1, 2])
def rows(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(request.param)
    positive = random.random(300) < (0.5, 0.1, 0.02)[request.param]
    score = np.round(random.normal(size=300) + positive, 1)  # with ties
    return score, positive, random.integers(1, 4, 300).astype(float)


def test_rates_and_areas_are_those_of_scikit_learn(rows):
    score, positive, weight = rows
    found = ranking_curve(score, positive, weight=weight)
    assert found is not None
    fpr, tpr, _ = roc_curve(positive, score, sample_weight=weight, drop_intermediate=False)
    np.testing.assert_allclose(found.false_positive, fpr, atol=1e-12)
    np.testing.assert_allclose(found.true_positive, tpr, atol=1e-12)
    assert found.auc == pytest.approx(roc_auc_score(positive, score, sample_weight=weight))
    assert found.average_precision == pytest.approx(average_precision_score(positive, score, sample_weight=weight))
    precision, recall, _ = precision_recall_curve(positive, score, sample_weight=weight)
    np.testing.assert_allclose(found.precision[1:], precision[:-1][::-1], atol=1e-12)
    np.testing.assert_allclose(found.true_positive[1:], recall[:-1][::-1], atol=1e-12)
    assert found.share == pytest.approx(np.average(positive, weights=weight))


def test_one_class_alone_has_no_curve():
    assert ranking_curve(np.arange(5.0), np.ones(5, bool)) is None
    assert ranking_curve(np.arange(5.0), np.zeros(5, bool)) is None


def test_copies_of_rows_are_no_new_evidence():
    random = np.random.default_rng(0)
    positive = random.random(60) < 0.4
    score = random.normal(size=60) + positive
    alone = ranking_curve(score, positive)
    tenfold = ranking_curve(np.repeat(score, 10), np.repeat(positive, 10), units=np.repeat(np.arange(60), 10))
    naive = ranking_curve(np.repeat(score, 10), np.repeat(positive, 10))
    assert alone is not None
    assert tenfold is not None
    assert naive is not None
    bands = [curve.band for curve in (alone, tenfold, naive) if curve.band is not None]
    width = [float(np.mean(high - low)) for low, high in bands]
    assert width[1] == pytest.approx(width[0], rel=0.15)
    assert width[2] < 0.5 * width[0]
