"""Weights on the simplex and the spread of a combination, against enumeration, closed forms and simulated truth."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from isinglass.evaluation.combining import FEW, Held, simplex_weights, spread_factors, stacked


def enumerated(gram):
    """The optimum by all supports: on each, G w = constant."""
    count, best = len(gram), None
    for size in range(1, count + 1):
        for support in combinations(range(count), size):
            found = np.linalg.solve(gram[np.ix_(support, support)], np.ones(size))
            found = found / found.sum()
            if (found >= 0).all():
                weights = np.zeros(count)
                weights[list(support)] = found
                if best is None or weights @ gram @ weights < best @ gram @ best:
                    best = weights
    return best


@pytest.mark.parametrize("seed", range(20))
def test_weights_are_the_optimum_on_the_simplex(seed):
    generator = np.random.default_rng(seed)
    residuals = generator.normal(size=(5, 40)) * generator.uniform(0.5, 2, 5)[:, None] + generator.normal(size=40)
    gram = residuals @ residuals.T / 40
    found, best = simplex_weights(gram), enumerated(gram)
    assert found.sum() == pytest.approx(1)
    assert (found >= 0).all()
    # Weights of less than a hundredth are left out.
    assert found @ gram @ found <= (best @ gram @ best) * 1.001
    assert found == pytest.approx(best, abs=0.02)


def test_two_alike_share_and_nobody_errs():
    assert simplex_weights(np.ones((2, 2))) == pytest.approx([0.5, 0.5], abs=1e-3)
    assert simplex_weights(np.zeros((3, 3))).tolist() == [1, 0, 0]
    assert simplex_weights(np.diag([1e-30, 3e-30])) == pytest.approx([0.75, 0.25])


def held(residuals, *, excess=0.0, groups=None):
    residuals = np.asarray(residuals, np.float64)
    residuals = residuals[..., None] if residuals.ndim == 2 else residuals
    rows = residuals.shape[1]
    groups = np.arange(rows) if groups is None else groups
    return Held(residuals, np.full(residuals.shape[1:], excess), np.ones(rows), groups)


def test_independent_errors_weigh_by_their_variances():
    errors = np.random.default_rng(0).normal(size=(2, 4000)) * [[1.0], [2.0]]
    assert stacked(held(errors), together=False)[:, 0] == pytest.approx([0.8, 0.2], abs=0.02)


def test_outputs_have_weights_of_their_own_and_probabilities_share_theirs():
    errors = np.random.default_rng(0).normal(size=(2, 4000, 2)) * np.array([[1, 2], [2, 1]])[:, None]
    assert stacked(held(errors), together=False) == pytest.approx(np.array([[0.8, 0.2], [0.2, 0.8]]), abs=0.02)
    assert stacked(held(errors), together=True) == pytest.approx(np.array([[0.5], [0.5]]), abs=0.03)


def test_a_gain_of_less_than_a_standard_error_is_none():
    generator = np.random.default_rng(1)
    good = generator.normal(size=50)
    bad = 3 * generator.normal(size=50)
    bad -= good * (bad @ good - 0.9 * good @ good) / (good @ good)  # a hair of help
    weights = stacked(held(np.stack([good, bad])), together=False)[:, 0]
    assert weights.tolist() == [1, 0]


def test_rows_of_one_unit_are_one_witness():
    generator = np.random.default_rng(0)
    few = generator.normal(size=(2, 8)) * [[1.0], [1.3]]
    many = np.repeat(few, 50, axis=1)
    groups = np.repeat(np.arange(8), 50)
    assert (stacked(held(many, groups=groups), together=False) == stacked(held(few), together=False)).all()


def test_what_few_networks_err_by_more_is_taken_off_their_error():
    errors = np.random.default_rng(0).normal(size=(2, 4000))
    even = stacked(held(errors), together=False)[0, 0]
    more = stacked(held(errors, excess=0.5), together=False)[0, 0]
    assert even == pytest.approx(0.5, abs=0.03)
    assert more == pytest.approx(1 / (1 + 0.75), abs=0.03)  # half of it: 1 - 0.25


def test_the_three_parts_of_a_variance_are_found_again():
    generator = np.random.default_rng(0)
    own, apart = generator.uniform(0.2, 2, (2, 20_000))
    variance = 0.5 * own + 0.3 + 2.0 * apart
    squares = variance * generator.normal(size=20_000) ** 2
    found = spread_factors(
        squares[:, None], own[:, None], apart[:, None], np.ones(20_000), mixture=np.array([[1.0], [0.0]])
    )
    assert found[:, 0] == pytest.approx([0.5, 0.3, 2.0], abs=0.12)


def test_few_rows_scale_the_mixture():
    rows = FEW - 1
    own = np.full((rows, 1), 4.0)
    squares = np.full((rows, 1), 6.0)
    found = spread_factors(squares, own, own, np.ones(rows), mixture=np.array([[0.5], [1.0]]))
    assert found[:, 0] == pytest.approx([2 * 0.5, 2 * 1.0, 0])


@pytest.mark.parametrize("rows", [30, 2 * FEW])
def test_a_combination_without_error_keeps_the_networks_spread(rows):
    nothing, own = np.zeros((rows, 1)), np.ones((rows, 1))
    found = spread_factors(nothing, own, own, np.ones(rows), mixture=np.array([[0.5], [0.5]]))
    assert found[:, 0].tolist() == [1, 0, 0]


@pytest.mark.parametrize("size", [1e-11, 1e9])
def test_the_unit_of_the_target_does_not_matter(size):
    generator = np.random.default_rng(0)
    own, apart = generator.uniform(0.2, 2, (2, 2 * FEW, 1))
    squares = (own + apart) * generator.normal(size=(2 * FEW, 1)) ** 2
    shared = {"rows": np.ones(2 * FEW), "mixture": np.array([[1.0], [0.0]])}
    plain = spread_factors(squares, own, apart, **shared)
    other = spread_factors(squares * size, own * size, apart * size, **shared)
    assert other[:, 0] == pytest.approx(plain[:, 0] * [1, size, 1], rel=0.02, abs=1e-3 * min(1.0, size))
