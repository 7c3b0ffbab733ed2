"""Importances against worlds whose truth is known, and against scikit-learn."""

from __future__ import annotations

import time

import numpy as np
import pytest
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression

from isinglass.errors import UsageError
from isinglass.explanation import METHODS, Probe
from isinglass.spec import Column, Feature, Kind


def numeric(*names: str) -> tuple[Feature, ...]:
    return tuple(Feature(name, name, "numeric") for name in names)


def rmse(observed: np.ndarray):
    return lambda predicted: float(np.sqrt(np.mean((predicted - observed) ** 2)))


def world(count: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """y = 3 a + b; c is not used; columns independent."""
    generator = np.random.default_rng(1)
    inputs = generator.normal(size=(count, 3)).astype(np.float32)
    return inputs, 3 * inputs[:, 0] + inputs[:, 1] + 0.1 * generator.normal(size=count)


def probe_of(predict, inputs: np.ndarray, observed: np.ndarray) -> Probe:
    names = [chr(ord("a") + place) for place in range(inputs.shape[1])]
    return Probe(predict, inputs, numeric(*names), rmse(observed))


def linear(weights: list[float]):
    return lambda rows: rows.astype(np.float64) @ np.array(weights)


def test_an_unused_column_has_no_importance_and_the_order_is_the_truth():
    inputs, observed = world()
    (found,) = METHODS["permutation"](probe_of(linear([3, 1, 0]), inputs, observed), seed=2)
    assert found.values.shape == (3, 5, 1)
    assert found.ranking() == ["a", "b", "c"]
    assert np.all(found.values[2] == 0)
    # Shuffling an independent column of weight w adds 2 w^2 to the mean squared error.
    expected = np.sqrt(2 * np.array([9.0, 1.0]) + 0.01) - 0.1
    np.testing.assert_allclose(found.mean()[:2], expected, rtol=0.05)


def test_a_column_used_by_chance_is_zero_within_its_spread():
    inputs, observed = world(400)
    noise = np.column_stack([inputs, np.random.default_rng(9).normal(size=(400, 1))]).astype(np.float32)
    fitted = LinearRegression().fit(noise[:200], observed[:200])
    (found,) = METHODS["permutation"](probe_of(fitted.predict, noise[200:], observed[200:]), repeats=30)
    for useless in (2, 3):
        assert abs(found.mean()[useless]) < 3 * found.spread()[useless] + 1e-3


def correlated() -> tuple[np.ndarray, np.ndarray]:
    """a and b are nearly equal and carry the signal together; c is weaker, but stands alone."""
    generator = np.random.default_rng(3)
    base, alone = generator.normal(size=(2, 4000))
    inputs = np.column_stack([base, base + 0.01 * generator.normal(size=4000), alone]).astype(np.float32)
    return inputs, 2 * base + 1.2 * alone


def test_single_pass_hides_a_correlated_pair_and_multi_pass_shows_it():
    """The model a + b + 1.2 c, mean squared error. Shuffled alone, a or b adds 2 and c adds 2.88: c seems to
    matter most. Shuffled together a and b add 6, more than twice as much as c."""
    inputs, observed = correlated()
    probe = Probe(linear([1, 1, 1.2]), inputs, numeric("a", "b", "c"), lambda p: float(np.mean((p - observed) ** 2)))
    (single,) = METHODS["permutation"](probe, repeats=20)
    (multi,) = METHODS["permutation_multi"](probe, repeats=20)
    np.testing.assert_allclose(single.mean(), [2, 2, 2.88], rtol=0.05)
    assert single.ranking()[0] == "c"
    assert multi.coords["order"][0] == "c"
    found = dict(zip(multi.coords["name"], multi.mean(), strict=True))
    first, second = list(multi.coords["order"])[1:]
    steps = [found["c"], found[first] - found["c"], found[second] - found[first]]
    np.testing.assert_allclose(steps, [2.88, 2, 4], rtol=0.06)


def test_the_first_step_of_the_multi_pass_is_the_single_pass():
    inputs, observed = world()
    probe = probe_of(linear([3, 1, 0]), inputs, observed)
    (single,) = METHODS["permutation"](probe, seed=5)
    (multi,) = METHODS["permutation_multi"](probe, seed=5, steps=1)
    np.testing.assert_array_equal(multi.values[0], single.values[0])
    assert np.isnan(multi.values[1:]).all()
    assert multi.ranking()[0] == "a"


def test_the_first_step_need_not_be_done_again():
    inputs, observed = world()
    probe = probe_of(linear([3, 1, 0]), inputs, observed)
    (single,) = METHODS["permutation"](probe, seed=5)
    (alone,) = METHODS["permutation_multi"](probe, seed=5)
    (after,) = METHODS["permutation_multi"](probe, seed=5, first=single)
    np.testing.assert_array_equal(after.values, alone.values)
    with pytest.raises(UsageError, match="not a single pass over the same names"):
        METHODS["permutation_multi"](probe, seed=5, repeats=3, first=single)


def many(columns: int = 30) -> tuple[Probe, dict[str, int]]:
    """y = sum of w x over columns of falling weight, each with a twin that carries half of it; and the rows asked."""
    generator = np.random.default_rng(4)
    base = generator.normal(size=(400, columns // 2))
    inputs = np.repeat(base, 2, axis=1).astype(np.float32)
    weights = np.repeat(0.8 ** np.arange(columns // 2), 2) / 2
    asked = {"rows": 0}

    def predict(rows: np.ndarray) -> np.ndarray:
        asked["rows"] += len(rows)
        return rows @ weights

    names = [f"x{i}" for i in range(columns)]
    return Probe(predict, inputs, numeric(*names), rmse(inputs @ weights)), asked


def test_the_race_of_many_columns_takes_the_same_ones_for_less_than_half():
    probe, asked = many()
    (found,) = METHODS["permutation_multi"](probe, seed=1, steps=6)
    raced = asked["rows"]
    taken: list[int] = []
    asked["rows"] = 0
    for _ in range(6):  # the same without a race: everybody gets all repeats
        rise = {n: shuffled_together(probe, [*taken, n], seed=1) for n in range(30) if n not in taken}
        taken.append(max(rise, key=lambda n: rise[n]))
    assert list(found.coords["order"]) == [f"x{n}" for n in taken]
    assert found.mean()[taken[-1]] == pytest.approx(rise[taken[-1]])
    assert raced < 0.6 * asked["rows"]


def shuffled_together(probe: Probe, names: list[int], *, seed: int, repeats: int = 5) -> float:
    """The mean score with these columns shuffled, each with its own permutation of the repeat."""
    losses = []
    for repeat in range(repeats):
        rows = probe.inputs.copy()
        for name in names:
            order = np.random.default_rng([seed, repeat, name]).permutation(len(rows))
            rows[:, name] = probe.inputs[order, name]
        losses.append(float(probe.loss(probe.predict(rows))[0]))
    return float(np.mean(losses))


def test_a_group_of_columns_is_shuffled_together():
    inputs, observed = correlated()
    probe = probe_of(linear([1, 1, 1.2]), inputs, observed)
    (found,) = METHODS["permutation"](probe, groups={"pair": ("a", "b"), "alone": ("c",)})
    np.testing.assert_allclose(found.mean(), np.sqrt([2 * 4, 2 * 1.44]), rtol=0.05)


def test_all_features_of_a_column_are_shuffled_together():
    codes = np.random.default_rng(0).integers(0, 3, size=3000)
    inputs = np.eye(3, dtype=np.float32)[codes]
    features = tuple(Feature(f"ice={level}", "ice", "onehot") for level in "abc")
    probe = Probe(lambda rows: rows.sum(axis=1) + rows[:, 0], inputs, features, rmse(1.0 + inputs[:, 0]))
    (found,) = METHODS["permutation"](probe)
    assert found.spec.names == ("ice",)
    np.testing.assert_allclose(found.mean(), np.sqrt(2 * (1 / 3) * (2 / 3)), rtol=0.05)


def test_equals_scikit_learn_within_the_spread():
    inputs, observed = world()
    fitted = LinearRegression().fit(inputs, observed)
    (ours,) = METHODS["permutation"](probe_of(fitted.predict, inputs, observed), repeats=20)
    theirs = permutation_importance(
        fitted, inputs, observed, scoring="neg_root_mean_squared_error", n_repeats=20, random_state=0
    )
    tolerance = 4 * (ours.spread() + theirs["importances_std"]) / np.sqrt(20) + 1e-6
    assert np.all(np.abs(ours.mean() - theirs["importances_mean"]) < tolerance)


def test_a_score_for_each_member_gives_an_importance_for_each():
    inputs, observed = world()
    weights = np.array([[3.0, 1.0, 0.0], [3.0, 0.0, 1.0]]).T
    probe = Probe(
        lambda rows: rows @ weights,
        inputs,
        numeric("a", "b", "c"),
        lambda predicted: ((predicted - observed[:, None]) ** 2).mean(axis=0),
    )
    (found,) = METHODS["permutation"](probe)
    assert found.values.shape == (3, 5, 2)
    assert np.all(found.values[1, :, 1] == 0)
    assert np.all(found.values[1, :, 0] > 1)


def test_a_score_that_is_better_when_high_still_gives_positive_importances():
    inputs, observed = world()
    probe = Probe(
        linear([3, 1, 0]),
        inputs,
        numeric("a", "b", "c"),
        lambda p: 1 - np.mean((p - observed) ** 2) / observed.var(),
        better="high",
    )
    (found,) = METHODS["permutation"](probe)
    assert found.mean()[0] > found.mean()[1] > 0
    assert found.check["plain"] > 0.99
    assert found.check["shuffled"] == pytest.approx(-1, abs=0.1)


def test_chunks_do_not_change_the_answer(monkeypatch):
    inputs, observed = world(200)
    probe = probe_of(linear([3, 1, 0]), inputs, observed)
    (whole,) = METHODS["permutation"](probe)
    monkeypatch.setattr("isinglass.explanation.dataset_level.probe.ROWS_AT_ONCE", 450)
    (chunked,) = METHODS["permutation"](probe)
    np.testing.assert_array_equal(whole.values, chunked.values)


def test_predictions_come_as_whole_copies_and_the_rows_stay_untouched():
    inputs, observed = world(300)
    before, sizes = inputs.copy(), []

    def predict(rows: np.ndarray) -> np.ndarray:
        sizes.append(len(rows))
        return rows[:, 0]

    METHODS["permutation"](probe_of(predict, inputs, observed))
    np.testing.assert_array_equal(inputs, before)
    assert all(size % 300 == 0 for size in sizes)
    assert len(sizes) == 3  # plain, check, and everything else in one


def test_a_model_that_answers_differently_each_time_is_noticed():
    inputs, observed = world(100)
    generator = np.random.default_rng(0)
    (found,) = METHODS["permutation"](probe_of(lambda rows: generator.normal(size=len(rows)), inputs, observed))
    assert found.check["repeatability"] > 0.1


def test_units_come_from_the_columns():
    inputs, observed = world(50)
    columns = (Column("a", Kind.CONTINUOUS, "degC"),)
    probe = Probe(linear([1, 1, 1]), inputs, numeric("a", "b", "c"), rmse(observed), columns=columns)
    (found,) = METHODS["permutation"](probe)
    assert found.spec.units == ("degC", "", "")


def test_errors_name_the_columns():
    inputs, observed = world(50)
    probe = probe_of(linear([1, 1, 1]), inputs, observed)
    with pytest.raises(UsageError, match=r"Given: d\. Allowed: a, b, c"):
        METHODS["permutation"](probe, ["d"])
    with pytest.raises(UsageError, match="exclude each other"):
        METHODS["permutation"](probe, ["a"], groups={"all": ("a", "b")})
    with pytest.raises(UsageError, match="needs a score"):
        METHODS["permutation"](Probe(linear([1, 1, 1]), inputs, numeric("a", "b", "c")))
    with pytest.raises(UsageError, match="do not fit"):
        Probe(linear([1]), inputs, numeric("a"))


@pytest.mark.slow
def test_a_hundred_questions_cost_little_more_than_their_predictions():
    inputs = np.random.default_rng(0).normal(size=(20_000, 20)).astype(np.float32)
    weights = np.ones((20, 64), dtype=np.float32)
    spent = [0.0]

    def predict(rows: np.ndarray) -> np.ndarray:
        start = time.perf_counter()
        answer = np.maximum(rows @ weights, 0).sum(axis=1)
        spent[0] += time.perf_counter() - start
        return answer

    probe = probe_of(predict, inputs, predict(inputs))
    spent[0], start = 0.0, time.perf_counter()
    METHODS["permutation"](probe)
    assert time.perf_counter() - start - spent[0] < 3.0  # quiet: about 0.3 s
