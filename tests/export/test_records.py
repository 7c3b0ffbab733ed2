"""Records keep their values and types through JSON and arrays."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from isinglass.errors import ModelFileError
from isinglass.export.records import pack, unpack
from isinglass.spec import Kind


@dataclass(frozen=True)
class Leaf:
    name: str
    kind: Kind
    value: float = math.nan
    data: np.ndarray | None = None


@dataclass(frozen=True)
class Tree:
    leaves: tuple[Leaf, ...]
    pair: tuple[int, str]
    by_name: Mapping[str, Leaf]
    texts: np.ndarray
    nothing: Leaf | None = None


TREE = Tree(
    leaves=(Leaf("a", Kind.COUNT, 1.5, np.arange(4.0)), Leaf("b", Kind.BOOLEAN, math.inf)),
    pair=(3, "x"),
    by_name={"c d": Leaf("c", Kind.DATETIME, math.nan, np.eye(2, dtype=np.int8))},
    texts=np.array([["north", "süd"], ["", "x"]]),
)


def test_round_trip_through_json():
    document, arrays = pack(TREE)
    again = unpack(Tree, json.loads(json.dumps(document, allow_nan=False)), arrays)
    assert again.pair == TREE.pair
    assert again.nothing is None
    assert again.leaves[1].value == math.inf
    assert again.leaves[0].kind is Kind.COUNT
    assert math.isnan(again.by_name["c d"].value)
    np.testing.assert_array_equal(again.leaves[0].data, TREE.leaves[0].data)
    np.testing.assert_array_equal(again.by_name["c d"].data, np.eye(2))
    np.testing.assert_array_equal(again.texts, TREE.texts)


def test_a_document_that_does_not_fit_is_refused():
    document, arrays = pack(TREE)
    with pytest.raises(ModelFileError, match="damaged"):
        unpack(Tree, {**document, "leaves": [{"name": "a", "kind": "colour"}]}, arrays)
    with pytest.raises(ModelFileError, match="damaged"):
        unpack(Tree, document, {})
