"""scikit-learn's own checks: all of them, with no expected failures."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import check_dataframe_column_names_consistency, parametrize_with_checks

import isinglass as ig

DOORS = (ig.Regressor, ig.Classifier)


@parametrize_with_checks([door(members=3, epochs=40) for door in DOORS])
@pytest.mark.filterwarnings("default")
def test_checks(estimator, check) -> None:
    """A small population; the defaults take the same way through the code."""
    check(estimator)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.filterwarnings("default")
def test_column_names(door) -> None:
    check_dataframe_column_names_consistency(door.__name__, door(members=2, epochs=2))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sample_weight_equivalence_on_dense_data", "fit_idempotent", "estimators_pickle"])
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.filterwarnings("default")
def test_checks_with_defaults(door, name) -> None:
    """Those that could depend on the size of the population."""
    from sklearn.utils import estimator_checks

    getattr(estimator_checks, f"check_{name}")(door.__name__, door())
