"""Leaks that can be detected: between parts, and between inputs and targets."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from isinglass.data.hashing import hash_values
from isinglass.data.leaks import contradictions, duplicate_rows, find_leaks, future_rows, group_overlap, target_copies
from isinglass.data.splits import Splits
from isinglass.errors import LeakError
from isinglass.spec import FEATURES, Column, Feature, Kind, Role, Spec, Task

N = 400


def schema(task=Task.REGRESSION, kinds=("numeric", "numeric")):
    features = tuple(Feature(f"x{i}", f"x{i}", kind) for i, kind in enumerate(kinds))
    spec = Spec(FEATURES, (len(features),))
    return SimpleNamespace(features=features, targets=(Column("y", Kind.CONTINUOUS),), task=task, spec=spec)


def parts(kind="random", train=(0, 300)):
    role = np.full((1, N), Role.TEST, np.int8)
    role[0, slice(*train)] = Role.TRAIN
    return Splits(role, kind, "sealed")


def numbers(seed=0, width=2):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(N, width)).astype(np.float32), generator.normal(size=(N, 1))


def test_a_clean_table_has_no_notes():
    x, y = numbers()
    data = SimpleNamespace(inputs=x, targets=y, schema=schema(), coords={}, ids=hash_values(np.arange(N)))
    assert find_leaks(data, parts()) == ()


@pytest.mark.parametrize("change", [lambda y: y, lambda y: 32 - 1.8 * y])
def test_a_copied_target_is_an_error_with_its_cure(change):
    x, y = numbers()
    x[:, 1] = change(y[:, 0])
    with pytest.raises(LeakError, match=r"column 'x1': the target 'y' is copied .* Instead: .*--drop x1"):
        target_copies(x, y, schema())


def test_a_copy_with_missing_values_is_still_one():
    x, y = numbers()
    x[:, 1] = np.where(np.arange(N) % 3 == 0, np.nan, y[:, 0])
    with pytest.raises(LeakError):
        target_copies(x, y, schema())


@pytest.mark.parametrize("unit", [1e-300, 1e-30, 1e30])
def test_the_unit_of_the_target_does_not_matter(unit):
    x, y = numbers()
    assert target_copies(x, unit * y, schema()) == ()
    with pytest.raises(LeakError):
        target_copies(x, unit * x[:, :1].astype(float), schema())


def test_almost_a_copy_is_a_warning():
    x, y = numbers()
    x[:, 1] = y[:, 0] + 0.005 * x[:, 0]
    assert "'x1' looks like the target 'y': abs. correlation 0.9999" in target_copies(x, y, schema())[0]


def test_a_disguised_order_is_a_warning():
    x, y = numbers()
    x[:, 1] = np.exp(y[:, 0])
    assert "it orders the rows exactly as the target does" in target_copies(x, y, schema())[0]


def test_a_law_without_noise_in_one_input_is_no_error():
    x, _ = numbers(width=1)
    assert len(target_copies(x, 2.0 * x + 1.0, schema(kinds=("numeric",)))) == 1


def test_renamed_classes_are_an_error():
    x, _ = numbers(width=3)
    label = np.arange(N) % 3
    x[:, 2] = np.array([7, 3, 5])[label]
    task = schema(Task.CLASSIFICATION, ("numeric", "numeric", "code"))
    with pytest.raises(LeakError, match="each of its values stands for one class"):
        target_copies(x, label[:, None].astype(float), task)


def test_one_hot_columns_of_the_classes_are_an_error():
    x, _ = numbers(width=3)
    label = np.arange(N) % 3
    x[:, 1:] = np.eye(3)[label][:, 1:]
    spec = schema(Task.CLASSIFICATION, ("numeric", "onehot", "onehot"))
    spec.features = (spec.features[0], Feature("c=1", "c", "onehot"), Feature("c=2", "c", "onehot"))
    with pytest.raises(LeakError, match="column 'c'"):
        target_copies(x, label[:, None].astype(float), spec)


def test_an_honest_predictor_of_classes_is_none():
    x, _ = numbers()
    label = (x[:, 0] > 0).astype(float)
    x[:, 1] = np.where(np.arange(N) == 5, 1 - label, label)
    assert target_copies(x, label[:, None], schema(Task.CLASSIFICATION)) == ()


def test_groups_on_both_sides():
    group = np.array(["a", "b"]).repeat(N // 2)
    with pytest.raises(LeakError, match="1 of 2 groups have training and test rows in the same fold, 'b'"):
        group_overlap(group, parts("group"))
    assert "kind = 'group' keeps groups whole" in group_overlap(group, parts())[0]
    assert group_overlap(group, parts("group", (0, N // 2))) == ()
    later = group_overlap(group, parts("time"))[0]  # who asks for later rows of the same stations is not sent back
    assert later.endswith("for later rows of known groups; splits.kind = 'group' tests on new groups")
    assert "flatters" not in later


def test_future_rows_in_training():
    time = np.arange(N, dtype=float)
    assert future_rows(time, parts("time")) == ()
    with pytest.raises(LeakError, match="1 training rows are not earlier"):
        future_rows(np.where(time == 3, 350, time), parts("time"))
    assert "not for forecasting" in future_rows(-time, parts())[0]


def test_a_row_that_is_trained_on_in_several_folds_is_counted_once():
    role = np.full((3, 6), Role.TRAIN, np.int8)
    role[[0, 0, 1, 1, 2, 2], np.arange(6)] = Role.TEST
    note = future_rows(np.arange(6.0), Splits(role, "group", "folds"))[0]
    assert note.startswith("4 training rows are not earlier than the first test row of their fold")


def test_duplicates_across_parts_given_by_the_user():
    ids = np.arange(N)
    assert duplicate_rows(hash_values(ids), parts().role) == ()
    few = hash_values(np.where(ids == 350, 3, ids))
    assert duplicate_rows(few, parts().role) == (
        "1 of 100 test rows equal a training row: the score flatters the model",
    )
    with pytest.raises(LeakError, match="100 of 100 test rows equal a training row"):
        duplicate_rows(hash_values(ids % 300), parts().role)


def test_equal_inputs_with_different_targets_are_counted():
    x, _ = numbers()
    x[1], x[2] = x[0], x[0]
    ids = np.arange(N)
    assert contradictions(x, hash_values(ids))[0].startswith("3 rows have the inputs of another row")
    ids[1] = ids[2] = 0
    assert contradictions(x, hash_values(ids)) == ()
