"""The data sets that scikit-learn carries, as tables with names, units and classes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import polars as pl

from isinglass.data.tables.sources.frame import Table

TARGETS = {
    "diabetes": "progression",
    "iris": "species",
    "wine": "cultivar",
    "breast_cancer": "diagnosis",
    "digits": "digit",
}


def open_bundled(name: str) -> Table:
    """One of `TARGETS`: all inputs, then the target column."""
    from sklearn import datasets  # costs half a second, so only when needed

    options = {"scaled": False} if name == "diabetes" else {}
    found: Any = getattr(datasets, f"load_{name}")(**options)
    headers = [re.sub(r" \((\w+)\)$", r" [\1]", str(feature)) for feature in found.feature_names]
    columns = dict(zip(headers, found.data.T, strict=True))
    return Table(pl.DataFrame({**columns, TARGETS[name]: _target(name, found)}), name)


def _target(name: str, found: Any) -> pl.Series:
    if name in ("diabetes", "digits"):
        return pl.Series(found.target)
    return pl.Series([str(found.target_names[index]) for index in found.target])


def opener(name: str) -> Callable[[], Table]:
    """A reader of one bundled table."""
    return lambda: open_bundled(name)
