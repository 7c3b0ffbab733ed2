"""What networks and methods say together, against the formulas written out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from isinglass.inference.calibration import Calibration
from isinglass.inference.combination import Blend, Combination, Method, Mixture, averaged, chosen_of, shares
from isinglass.spec import Task


@dataclass(frozen=True)
class Fixed:
    """A method that says the same of all rows."""

    value: tuple[float, ...]

    def __call__(self, inputs):
        return np.tile(self.value, (len(inputs), 1))


def method(name, *value, center=0.0, spread=1.0):
    width = len(value)
    return Method(name, f"a {name}", Fixed(value), np.full(width, center), np.full(width, spread))  # pyright: ignore


def blend(fold, network, weights, methods, spread=((1.0,), (0.0,), (0.0,))):
    names = tuple(one.name for one in methods)
    return Blend(fold, names, np.array(network), np.array(weights), np.array(spread), 30, tuple(methods))


def numbers(mean, noise, ignorance):
    return Mixture(*(np.array([[value]]) for value in (mean, noise, ignorance)))


ROW = np.zeros((1, 2))


def asked(one, own, folds=(0,), task=Task.REGRESSION):
    return one.told(own, ROW, set(folds), task)


def test_numbers_and_the_two_parts_of_their_spread():
    tree = method("tree", 2.0, center=10.0, spread=2.0)  # says 14
    one = Combination((blend(0, [0.75], [[0.25]], [tree], ((4.0,), (9.0,), (2.0,))),), Calibration())
    found = asked(one, numbers(10.0, 3.0, 1.0))
    assert found.mean[0, 0] == 11.0
    apart = 0.75 * 1.0 + 0.25 * 9.0
    assert found.noise[0, 0] == pytest.approx(np.sqrt(4 * 9 + 9))
    assert found.ignorance[0, 0] == pytest.approx(np.sqrt(4 * 1 + 2 * apart))


def test_the_calibration_is_the_combinations_own():
    calibration = Calibration(scale=(2.0,), floor=(8.0,), rows=50)
    one = Combination((blend(0, [0.5], [[0.5]], [method("tree", 14.0)]),), calibration)
    found = asked(one, numbers(10.0, 3.0, 4.0))
    assert (found.noise[0, 0], found.ignorance[0, 0]) == pytest.approx((10.0, 8.0))  # a floor is noise


def test_each_member_stands_with_the_same_methods():
    one = Combination((blend(0, [0.75], [[0.25]], [method("tree", 14.0)]),), Calibration())
    members = one.each(np.array([[[8.0]], [[12.0]]]), ROW, {0})
    assert members[:, 0, 0].tolist() == [9.5, 12.5]
    assert members.mean(axis=0) == pytest.approx(asked(one, numbers(10.0, 1.0, 1.0)).mean)


def test_a_new_row_is_answered_by_the_mean_of_all_folds_and_a_kept_one_by_its_own():
    first = blend(0, [1.0], np.zeros((0, 1)), [])
    second = blend(1, [0.0], [[1.0]], [method("tree", 20.0)])
    both = Combination((first, second), Calibration())
    said = numbers(10.0, 1.0, 0.0)
    assert [asked(both, said, folds).mean[0, 0] for folds in ((0,), (1,), (0, 1))] == [10, 20, 15]
    assert shares([first, second]) == {"network": 0.5, "tree": 0.5}
    assert averaged([first, second]).rows == 60


def test_probabilities_are_mixed_and_their_entropy_divided():
    own = np.array([[0.9, 0.1]])
    entropy = -(own * np.log(own)).sum()
    one = Combination((blend(0, [0.5], [[0.5]], [method("tree", 0.0, 1.0)], np.zeros((3, 0))),), Calibration())
    said = Mixture(own, np.array([[0.8 * entropy]]), np.array([[0.2 * entropy]]))
    found = asked(one, said, task=Task.CLASSIFICATION)
    assert found.mean[0] == pytest.approx([0.45, 0.55])
    assert chosen_of(found.mean, Task.CLASSIFICATION)[0, 0] == 1
    whole = -(found.mean * np.log(found.mean)).sum()
    assert found.noise[0, 0] == pytest.approx(0.5 * 0.8 * entropy)  # a certain tree has no noise
    assert found.ignorance[0, 0] == pytest.approx(whole - 0.4 * entropy)


def test_a_temperature_warms_probabilities_and_both_parts_alike():
    said = Mixture(np.array([[0.9, 0.1]]), np.array([[0.2]]), np.array([[0.1]]))
    blends = (blend(0, [0.5], [[0.5]], [method("tree", 0.7, 0.3)], np.zeros((3, 0))),)
    cold, warm = (
        asked(Combination(blends, Calibration(temperature=t)), said, task=Task.CLASSIFICATION) for t in (1.0, 2.0)
    )
    assert warm.mean[0] == pytest.approx([1 / (1 + 0.5), 0.5 / 1.5])  # the root of 0.2 / 0.8
    ratio = (warm.noise / cold.noise, warm.ignorance / cold.ignorance)
    assert ratio[0] == pytest.approx(ratio[1])
    assert ratio[0] > 1


def test_labels_are_each_by_themselves():
    said = Mixture(np.array([[0.4, 0.8]]), np.full((1, 2), 0.1), np.full((1, 2), 0.1))
    one = Combination((blend(0, [0.5], [[0.5]], [method("tree", 0.8, 0.0)], np.zeros((3, 0))),), Calibration())
    found = asked(one, said, task=Task.MULTILABEL)
    assert found.mean[0] == pytest.approx([0.6, 0.4])
    assert chosen_of(found.mean, Task.MULTILABEL)[0].tolist() == [1, 0]
