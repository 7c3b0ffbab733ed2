"""scikit-learn's forests and boosters as arrays (see `isinglass.portable`), which predict the same to rounding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from isinglass.portable import Trees


def forest_trees(forest: Any, width: int) -> Trees:
    """The trees of a `RandomForestRegressor` or `RandomForestClassifier`.

    Args:
        forest: fitted.
        width: columns of its answers: outputs, or all classes, of which the forest knows those in `classes_`.
    """
    places = getattr(forest, "classes_", np.arange(width))
    return _joined([_tree(one.tree_, places, width) for one in forest.estimators_])


def boosted_trees(models: Sequence[Any], stages: Sequence[int]) -> tuple[Trees, list[int]]:
    """The trees of histogram gradient boosters, each up to a stage, and how many each of them has.

    The trees of a stage are one, or one for each class, in their order.
    """
    parts = [
        [_booster_tree(tree.nodes) for stage in model._predictors[:most] for tree in stage]
        for model, most in zip(models, stages, strict=True)
    ]
    return _joined([tree for part in parts for tree in part]), [len(part) for part in parts]


def _tree(tree: Any, places: np.ndarray, width: int) -> Trees:
    leaf = tree.children_left < 0
    values = tree.value[leaf]
    if values.shape[1] == 1 and values.shape[2] > 1:  # classes: scikit-learn's values are shares since 1.3
        found = np.zeros((len(values), width))
        found[:, places] = values[:, 0] / values[:, 0].sum(axis=1, keepdims=True)
    else:
        found = values[:, :, 0].astype(np.float64)
        found = found if found.shape[1] == width else _one_class(len(values), places, width)
    threshold = _rounded_down(np.where(leaf, 0.0, tree.threshold))
    children = {"left": tree.children_left, "right": tree.children_right, "missing": tree.missing_go_to_left}
    return _made(leaf, found, feature=tree.feature, threshold=threshold, **children)


def _one_class(count: int, places: np.ndarray, width: int) -> np.ndarray:
    """A classifier that has met a single class is sure of it."""
    found = np.zeros((count, width))
    found[:, places] = 1.0
    return found


def _booster_tree(nodes: np.ndarray) -> Trees:
    leaf = nodes["is_leaf"].astype(bool)
    assert not nodes["is_categorical"].any(), "inputs are numbers: categories are encoded before"
    children = {"left": nodes["left"], "right": nodes["right"], "missing": nodes["missing_go_to_left"]}
    threshold = np.where(leaf, 0.0, nodes["num_threshold"])
    return _made(leaf, nodes["value"][leaf][:, None], feature=nodes["feature_idx"], threshold=threshold, **children)


def _rounded_down(threshold: np.ndarray) -> np.ndarray:
    """The largest float32 that is not above: the forest's inputs are float32, so x <= t stays the same."""
    single = threshold.astype(np.float32)
    return np.where(single > threshold, np.nextafter(single, np.float32(-np.inf)), single).astype(np.float32)


def _made(
    leaf: np.ndarray, value: np.ndarray, *, feature: Any, threshold: np.ndarray, left: Any, right: Any, missing: Any
) -> Trees:
    """One tree; children are given by their places, leaves have the rows of `value` in turn."""
    node = np.arange(len(leaf))
    number = np.cumsum(leaf) - 1
    return Trees(
        start=np.zeros(1, np.int64),
        feature=np.where(leaf, -1, feature).astype(np.int16),
        threshold=threshold,
        left=np.where(leaf, 0, np.asarray(left, np.int64) - node).astype(np.int32),
        right=np.where(leaf, number, np.asarray(right, np.int64) - node).astype(np.int32),
        missing=np.where(leaf, False, missing).astype(bool),
        value=np.asarray(value, np.float64),
    )


def _joined(trees: list[Trees]) -> Trees:
    """Many as one."""
    if not trees:
        nothing = np.zeros(0, np.int64)
        return Trees(nothing, nothing.astype(np.int16), np.zeros(0), nothing, nothing, nothing > 0, np.zeros((0, 1)))
    sizes = np.array([len(tree.feature) for tree in trees])
    leaves = np.array([len(tree.value) for tree in trees])
    first = np.repeat(np.cumsum(leaves) - leaves, sizes)
    feature, right = (np.concatenate([getattr(tree, name) for tree in trees]) for name in ("feature", "right"))
    parts = {
        name: np.concatenate([getattr(tree, name) for tree in trees])
        for name in ("threshold", "left", "missing", "value")
    }
    right = np.where(feature < 0, right + first, right).astype(np.int32)
    return Trees(start=np.cumsum(sizes) - sizes, feature=feature, right=right, **parts)
