"""The choices that `split` makes, what it refuses and what it says."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from isinglass.data.hashing import hash_values
from isinglass.data.splits import SPLITTERS, split
from isinglass.errors import SplitError
from isinglass.recipe import SplitRecipe
from isinglass.spec import Role, Task


def table(n=300, *, task=Task.REGRESSION, targets=None, ids=None, **coords):
    generator = np.random.default_rng(0)
    targets = generator.normal(size=(n, 1)) if targets is None else np.asarray(targets, float).reshape(n, -1)
    ids = hash_values(np.arange(n)) if ids is None else ids
    return SimpleNamespace(ids=ids, targets=targets, schema=SimpleNamespace(task=task), coords=coords)


def test_auto_takes_groups_then_time_then_classes_then_chance():
    group, time = np.arange(300) % 30, np.arange(300.0)
    labels = np.arange(300) % 3
    assert split(table(group=group, time=time), SplitRecipe(), seed=0).kind == "group"
    assert split(table(time=time), SplitRecipe(), seed=0).kind == "time"
    assert split(table(task=Task.CLASSIFICATION, targets=labels), SplitRecipe(), seed=0).kind == "stratified"
    assert split(table(), SplitRecipe(), seed=0).kind == "random"


def test_eight_groups_are_left_out_one_by_one_and_it_says_so():
    splits = split(table(group=np.arange(300) % 8), SplitRecipe(), seed=0)
    assert (splits.scheme, splits.folds) == ("folds", 8)
    assert any(note.startswith("8 groups are too few for one sealed test part:") for note in splits.notes)
    assert (np.sum(splits.role == Role.TEST, axis=0) == 1).all()


def test_twenty_five_groups_are_enough_for_a_sealed_part():
    splits = split(table(group=np.arange(300) % 25), SplitRecipe(), seed=0)
    assert (splits.scheme, splits.folds) == ("sealed", 1)
    assert np.mean(splits.role == Role.TEST) == pytest.approx(0.2)


@pytest.mark.parametrize("sizes", [np.arange(300) % 20, np.arange(300) % 22], ids=["20", "22"])
def test_a_sealed_part_of_four_groups_is_none(sizes):
    splits = split(table(group=sizes), SplitRecipe(), seed=0)
    assert (splits.scheme, splits.folds) == ("folds", 5)
    assert splits.notes[0].startswith("a sealed test part would hold ")
    assert splits.notes[0].endswith(" groups: they are divided into 5 folds instead")
    asked = split(table(group=sizes), SplitRecipe(scheme="sealed"), seed=0)
    assert asked.scheme == "sealed"
    assert any(note.endswith("fewer than 5 give no interval and no verdict") for note in asked.notes)


@pytest.mark.parametrize("groups", [2, 4])
def test_few_groups_stay_the_units_that_judge(groups):
    """Members' bags need single rows then; intervals and the conventional methods' parts do not."""
    splits = split(table(group=np.arange(300) % groups), SplitRecipe(), seed=0)
    assert len(np.unique(splits.units)) == groups
    assert len(np.unique(splits.bags)) == 300
    assert f"{groups} independent groups to test: fewer than 5 give no interval and no verdict" in splits.notes


def test_few_blocks_stay_the_units_too():
    place = {"latitude": np.repeat([-5.0, 5.0], 150), "longitude": np.tile(np.repeat([5.0, 15.0], 75), 2)}
    splits = split(table(**place), SplitRecipe(kind="blocks", block=10.0), seed=0)
    assert len(np.unique(splits.units)) == 4
    assert len(np.unique(splits.bags)) == 300
    assert "4 independent groups to test: fewer than 5 give no interval and no verdict" in splits.notes


def test_few_test_times_are_few_units():
    splits = split(table(12, time=np.arange(12.0)), SplitRecipe(), seed=0)
    tested = np.unique(splits.units[(splits.role == Role.TEST).any(axis=0)])
    assert len(tested) == 2
    assert "2 independent groups to test: fewer than 5 give no interval and no verdict" in splits.notes


@pytest.mark.parametrize(("rows", "told"), [(5, "only 1 row is sealed"), (40, "only 8 rows are sealed"), (50, "")])
def test_a_handful_of_test_rows_is_told(rows, told):
    notes = split(table(rows), SplitRecipe(), seed=0).notes
    assert [note for note in notes if "hangs on single ones" in note and note.startswith(told)] == list(notes)
    assert bool(notes) == bool(told)
    assert not split(table(rows), SplitRecipe(folds=5), seed=0).notes


def test_asking_for_folds_is_asking_for_the_scheme():
    splits = split(table(), SplitRecipe(folds=7), seed=0)
    assert (splits.scheme, splits.folds) == ("folds", 7)


def test_groups_may_be_named_by_text_and_the_names_do_not_matter():
    numbers = np.arange(300) % 30
    by_text = split(table(group=np.char.add("buoy ", numbers.astype(str))), SplitRecipe(), seed=0).role
    assert {len(set(by_text[0][numbers == group])) for group in range(30)} == {1}


def test_two_groups_are_too_few_for_bags_of_groups():
    splits = split(table(group=np.arange(300) % 2), SplitRecipe(), seed=0)
    assert len(np.unique(splits.bags)) == 300
    assert any("too few to keep some out of each member's bag" in note for note in splits.notes)


def test_drawn_by_row_the_bag_still_holds_groups_together():
    splits = split(table(group=np.arange(300) % 30), SplitRecipe(kind="random"), seed=0)
    assert len(np.unique(splits.units)) == 30


@pytest.mark.parametrize(
    ("data", "recipe", "words"),
    [
        (
            table(group=np.arange(300) % 4),
            SplitRecipe(kind="group", folds=5),
            "4 distinct groups cannot be divided into 5",
        ),
        (table(group=np.zeros(300)), SplitRecipe(), "1 distinct group cannot be divided into 2"),
        (table(), SplitRecipe(kind="group"), "needs the column(s) that hold group"),
        (
            table(latitude=np.zeros(300)),
            SplitRecipe(kind="blocks"),
            "needs the column(s) that hold longitude",
        ),
        (table(), SplitRecipe(kind="time"), "--time COLUMN"),
        (table(n=1), SplitRecipe(), "1 row(s) cannot be divided"),
        (table(ids=np.zeros(300, np.uint64)), SplitRecipe(), "1 distinct row cannot be divided into 2"),
        (table(n=3), SplitRecipe(folds=5), "ask for at most 3 folds"),
        (table(), SplitRecipe(folds=1), "one fold cannot be tested"),
        (table(time=np.zeros(300)), SplitRecipe(), "1 distinct time cannot be divided"),
        (table(time=np.arange(300.0)), SplitRecipe(gap=1e6), "the gap leaves no rows to train on"),
        (table(time=np.where(np.arange(300) == 7, np.nan, 1.0)), SplitRecipe(), "row 8: 1 row(s) have no time"),
        (
            table(latitude=np.full(300, 91.0), longitude=np.zeros(300)),
            SplitRecipe(kind="blocks"),
            "a latitude lies outside -90..90",
        ),
        (
            table(latitude=np.zeros(300), longitude=np.full(300, np.nan)),
            SplitRecipe(kind="blocks"),
            "have no longitude",
        ),
        (
            table(latitude=np.arange(300) % 2 * 10.0, longitude=np.zeros(300)),
            SplitRecipe(kind="blocks", buffer=170.0),
            "the buffer leaves no rows to train on",
        ),
        (
            table(task=Task.CLASSIFICATION, targets=np.arange(300) >= 297),
            SplitRecipe(folds=5),
            "class 1 has 3 distinct row(s), fewer than 5 folds",
        ),
        (
            table(n=2, task=Task.CLASSIFICATION, targets=[0, 1]),
            SplitRecipe(),
            "the test part is empty",
        ),
    ],
)
def test_what_cannot_be_divided_is_refused_with_a_cure(data, recipe, words):
    with pytest.raises(SplitError) as caught:
        split(data, recipe, seed=0)
    assert words in str(caught.value)


def test_a_class_that_is_only_tested_is_announced():
    labels = np.repeat(np.arange(3), 100)
    splits = split(table(task=Task.CLASSIFICATION, targets=labels, group=labels), SplitRecipe(), seed=0)
    assert any("class(es) 0, 1, 2 occur in test rows but not in the training rows" in note for note in splits.notes)


def test_a_copy_of_a_test_row_in_another_group_is_left_unused():
    ids = hash_values(np.arange(300))
    ids[1] = ids[0]
    splits = split(table(ids=ids, group=np.arange(300) % 30), SplitRecipe(folds=30), seed=0)
    tested = np.flatnonzero(splits.role[:, 0] == Role.TEST)
    assert splits.role[tested, 1] == Role.UNUSED
    assert "2 training rows that equal a test row of their fold are left unused" in splits.notes


def test_equal_rows_by_chance_are_used_and_announced():
    splits = split(table(ids=hash_values(np.arange(300) % 7), group=np.arange(300) // 10), SplitRecipe(), seed=0)
    assert not (splits.role == Role.UNUSED).any()
    assert any("the columns take few values" in note for note in splits.notes)


def test_declared_places_keep_neighbours_together():
    rng = np.random.default_rng(0)
    latitude, longitude = rng.uniform(47, 48, 400), rng.uniform(7, 9, 400)
    parts = split(table(latitude=latitude, longitude=longitude), SplitRecipe(), seed=0)
    assert parts.kind == "blocks"
    blocks = len(np.unique(parts.units))
    assert blocks >= 20  # of less than ten degrees: that would be one block
    tested = set(parts.units[(parts.role == Role.TEST)[0]].tolist())
    assert 0 < len(tested) < blocks
    assert not tested & set(parts.units[(parts.role == Role.TRAIN)[0]].tolist())


def test_rows_of_one_place_are_divided_as_if_it_were_not_named():
    assert split(table(latitude=np.zeros(300), longitude=np.zeros(300)), SplitRecipe(), seed=0).kind == "random"


def test_a_time_or_a_group_decides_before_a_place():
    place = {"latitude": np.linspace(-40, 40, 300), "longitude": np.linspace(0, 90, 300)}
    assert split(table(**place, time=np.arange(300.0)), SplitRecipe(), seed=0).kind == "time"
    group = np.repeat(np.arange(30), 10).astype(str)
    assert split(table(**place, group=group), SplitRecipe(), seed=0).kind == "group"


def test_the_registry_holds_the_recipes_kinds():
    assert set(SPLITTERS) == set(SplitRecipe.model_fields["kind"].annotation.__args__) - {"auto"}


def test_classes_are_called_by_their_names():
    data = table(task=Task.CLASSIFICATION, targets=np.arange(300) >= 297)
    data.schema.targets = (SimpleNamespace(categories=("calm", "storm")),)
    with pytest.raises(SplitError, match="class 'storm' has 3 distinct row"):
        split(data, SplitRecipe(folds=5), seed=0)


def test_a_handful_of_test_rows_names_the_flag_that_tests_them_all():
    assert split(table(40), SplitRecipe(), seed=0).notes[0].endswith("; --folds 5 tests every row once")
    assert split(table(4), SplitRecipe(), seed=0).notes[0].endswith("; --folds 4 tests every row once")
    assert split(table(4), SplitRecipe(folds=4), seed=0).folds == 4


@pytest.mark.parametrize(("different", "told"), [(60, True), (270, True), (271, False), (300, False)])
def test_many_copies_are_told(different, told):
    splits = split(table(ids=hash_values(np.arange(300) % different)), SplitRecipe(), seed=0)
    note = f"{300 - different} of 300 rows are copies of others: {different} distinct rows; copies stay in one part"
    assert splits.notes == ((note,) if told else ())


def test_copies_that_do_not_stay_together_are_not_said_to():
    splits = split(table(ids=hash_values(np.arange(300) % 7), group=np.arange(300) // 10), SplitRecipe(), seed=0)
    assert "293 of 300 rows are copies of others: 7 distinct rows" in splits.notes
