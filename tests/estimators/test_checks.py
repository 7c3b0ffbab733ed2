"""scikit-learn's own checks: all of them, with no expected failures."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sklearn.utils.estimator_checks import check_dataframe_column_names_consistency, parametrize_with_checks

import isinglass as ig

DOORS = (ig.Regressor, ig.Classifier)


@parametrize_with_checks([door(n_estimators=3, epochs=40, threads=1) for door in DOORS])
@pytest.mark.filterwarnings("default")
def test_checks(estimator, check) -> None:
    """A small population; the defaults take the same way through the code."""
    check(estimator)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.filterwarnings("default")
def test_column_names(door) -> None:
    check_dataframe_column_names_consistency(door.__name__, door(n_estimators=2, epochs=2, threads=1))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sample_weight_equivalence_on_dense_data", "fit_idempotent", "estimators_pickle"])
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.filterwarnings("default")
def test_checks_with_defaults(door, name) -> None:
    """Those that could depend on the size of the population."""
    from sklearn.utils import estimator_checks

    getattr(estimator_checks, f"check_{name}")(door.__name__, door(threads=1))


ARRAY_API = """
import isinglass as ig
from sklearn.utils.estimator_checks import check_array_api_input
for door in (ig.Regressor, ig.Classifier):
    model = door(n_estimators=2, epochs=4, threads=1)
    check_array_api_input(door.__name__, model, array_namespace="numpy", expect_only_array_outputs=False)
"""


@pytest.mark.slow
def test_array_interface() -> None:
    """The one check that scikit-learn skips unless this variable is set before scipy is imported."""
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    subprocess.run([sys.executable, "-c", ARRAY_API], env=environment, check=True)
