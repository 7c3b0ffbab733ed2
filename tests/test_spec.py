"""The axes of samples: what is shared by all members, and along which axis values are scaled."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isinglass.spec import FEATURES, Kind, Shape, Spec, Target, Task, image_spec, task_of

SERIES = Spec(("time", "feature"), (5, 3))
FIELD = Spec(("channel", "lat", "lon"), (2, 4, 8))


@pytest.mark.parametrize("spec", [Spec(FEATURES, (3,)), SERIES, FIELD, image_spec(3, 4, 4)])
def test_a_member_axis_is_known_and_not_counted(spec: Spec) -> None:
    rows = np.zeros((7, *spec.sizes))
    assert spec.shared(rows.ndim)
    assert not spec.shared(rows[None].ndim)
    with pytest.raises(ValueError, match="by member"):
        spec.shared(rows[None, None].ndim)


def test_a_series_is_neither_a_row_nor_an_image() -> None:
    assert not SERIES.flat
    assert not SERIES.ends_with("height", "width")


def test_a_field_is_no_image() -> None:
    assert not FIELD.ends_with("height", "width")
    assert image_spec(1, 8, 8).ends_with("height", "width")


@pytest.mark.parametrize(
    ("spec", "shape"),
    [
        (Spec(FEATURES, (3,)), (2, 1, 3)),
        (SERIES, (2, 1, 1, 3)),
        (FIELD, (2, 1, 2, 1, 1)),
        (image_spec(3, 4, 4), (2, 1, 3, 1, 1)),
    ],
)
def test_scaling_lies_along_the_variables(spec: Spec, shape: tuple[int, ...]) -> None:
    """[member, 1, variable] broadcasts with [member, batch, *dims]."""
    center = torch.arange(2.0 * shape[-1 if len(shape) < 5 else 2]).reshape(2, 1, -1)[spec.along]
    assert center.shape == shape
    assert (torch.zeros(2, 6, *spec.sizes) - center).shape == (2, 6, *spec.sizes)


def test_a_shape_has_the_sizes_of_its_samples() -> None:
    assert Shape(4, 1).sizes == (4,)
    assert Shape(48, 2, spec=image_spec(3, 4, 4)).sizes == (3, 4, 4)


@pytest.mark.parametrize(
    ("target", "task"),
    [
        (Target("y", Kind.CONTINUOUS), Task.REGRESSION),
        (Target("count", Kind.COUNT), Task.REGRESSION),
        (Target("forecast", Kind.CONTINUOUS, ("lat", "lon"), "K"), Task.REGRESSION),
        (Target("class of a series", Kind.CATEGORICAL, categories=("a", "b")), Task.CLASSIFICATION),
        (Target("label", Kind.BOOLEAN), Task.MULTILABEL),
        (Target("mask", Kind.CATEGORICAL, ("height", "width"), "", ("sea", "ice")), Task.SEGMENTATION),
        (Target("step by step", Kind.CATEGORICAL, ("time",), "", ("rem", "deep")), Task.SEGMENTATION),
    ],
)
def test_a_task_is_the_word_for_its_targets(target: Target, task: Task) -> None:
    assert target.task is task_of([target, target]) is task


def test_a_machine_has_targets_of_one_task() -> None:
    field = Target("t", Kind.CONTINUOUS, ("lat", "lon"))
    with pytest.raises(ValueError, match=r"t: regression over \(lat, lon\), y: regression$"):
        task_of([field, Target("y", Kind.CONTINUOUS)])
    with pytest.raises(ValueError, match="nothing is predicted"):
        task_of([])


def test_what_follows_from_a_task() -> None:
    assert [task.numbers for task in Task] == [True, False, False, False]
    assert [task.exclusive for task in Task] == [False, True, False, True]
    assert [task.mapped for task in Task] == [False, False, False, True]
