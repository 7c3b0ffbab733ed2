"""Losses against scipy and scikit-learn, and what is special about some of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.metrics import hinge_loss, log_loss, mean_pinball_loss

from isinglass.errors import RecipeError
from isinglass.objective.losses import LOSSES, choose
from isinglass.objective.losses.classification import cross_entropy_loss
from isinglass.objective.losses.gaussian import split as gaussian_split
from isinglass.objective.losses.quantile import quantile_loss, quantiles
from isinglass.objective.losses.student_t import split as t_split
from isinglass.recipe import ObjectiveRecipe
from isinglass.spec import Task

RNG = np.random.default_rng(0)


def value(name: str, raw: np.ndarray, target: np.ndarray) -> np.ndarray:
    return LOSSES[name].function(torch.tensor(raw), torch.tensor(target)).numpy()


def test_gaussian_is_scipys_density() -> None:
    raw, y = RNG.normal(size=(30, 4)), RNG.normal(size=(30, 2))
    mean, sigma = (part.numpy() for part in gaussian_split(torch.tensor(raw)))
    np.testing.assert_allclose(value("gaussian", raw, y), -stats.norm(mean, sigma).logpdf(y).mean(1))


def test_student_t_is_scipys_density() -> None:
    raw, y = RNG.normal(size=(30, 6)), 5 * RNG.normal(size=(30, 2))
    mean, sigma, nu = (part.numpy() for part in t_split(torch.tensor(raw)))
    law = stats.t(nu, mean, sigma)
    np.testing.assert_allclose(value("student_t", raw, y), -law.logpdf(y).mean(1))
    variance = LOSSES["student_t"].predict(torch.tensor(raw)).variance
    assert variance is not None
    np.testing.assert_allclose(variance.numpy(), law.var())


def test_poisson_is_scipys_mass() -> None:
    raw, y = RNG.normal(size=(30, 1)), RNG.poisson(3, size=(30, 1)).astype(float)
    np.testing.assert_allclose(value("poisson", raw, y), -stats.poisson(np.exp(raw)).logpmf(y)[:, 0])


def test_huber_has_two_branches() -> None:
    raw = np.array([[0.0], [0.5], [1.0], [3.0]])
    np.testing.assert_allclose(value("huber", raw, np.zeros((4, 1))), [0, 0.125, 0.5, 2.5])


def test_huber_with_another_delta_is_torchs() -> None:
    raw, y = torch.tensor(RNG.normal(size=(40, 1))), torch.tensor(RNG.normal(size=(40, 1)))
    found = choose(LOSSES, ObjectiveRecipe(loss="huber", delta=0.3), Task.REGRESSION).function(raw, y)
    theirs = torch.nn.functional.huber_loss(raw, y, delta=0.3, reduction="none")
    np.testing.assert_allclose(found.numpy(), theirs[:, 0].numpy())
    assert (found != LOSSES["huber"].function(raw, y)).any()


def test_pinball_is_sklearns() -> None:
    levels = (0.1, 0.5, 0.8)
    loss = quantile_loss(levels)
    raw, y = torch.tensor(RNG.normal(size=(50, 3))), torch.tensor(RNG.normal(size=(50, 1)))
    found = quantiles(raw, levels=levels)[:, 0].numpy()
    expected = np.mean([mean_pinball_loss(y.numpy(), found[:, i], alpha=t) for i, t in enumerate(levels)])
    assert float(loss.function(raw, y).mean()) == pytest.approx(expected)


@pytest.mark.parametrize("levels", [(0.5,), (0.05, 0.95), (0.05, 0.25, 0.5, 0.75, 0.95), (0.6, 0.7), (0.1, 0.2)])
def test_quantiles_never_cross(levels: tuple[float, ...]) -> None:
    raw = torch.tensor(30 * RNG.normal(size=(100, 2 * len(levels))))
    found = quantiles(raw, levels=levels)
    assert found.shape == (100, 2, len(levels))
    assert bool((found.diff(dim=-1) >= 0).all())


@pytest.mark.parametrize("levels", [(), (0.5, 0.5), (0.7, 0.2), (0.0, 0.5)])
def test_levels_that_do_not_rise(levels: tuple[float, ...]) -> None:
    with pytest.raises(RecipeError, match="rise strictly"):
        quantile_loss(levels)


def test_cross_entropy_is_sklearns() -> None:
    raw, y = RNG.normal(size=(40, 3)), RNG.integers(0, 3, size=(40, 1)).astype(float)
    said = LOSSES["cross_entropy"].predict(torch.tensor(raw)).probabilities
    assert said is not None
    assert value("cross_entropy", raw, y).mean() == pytest.approx(log_loss(y[:, 0], said.numpy()))


def test_label_smoothing_is_torchs() -> None:
    raw, y = torch.tensor(RNG.normal(size=(40, 3))), torch.tensor(RNG.integers(0, 3, size=40))
    ours = cross_entropy_loss(0.2).function(raw, y[:, None].double())
    theirs = torch.nn.functional.cross_entropy(raw, y, label_smoothing=0.2, reduction="none")
    torch.testing.assert_close(ours, theirs)


def test_binary_equals_softmax_with_a_zero_score() -> None:
    raw, y = RNG.normal(size=(40, 1)), RNG.integers(0, 2, size=(40, 1)).astype(float)
    both = np.concatenate((np.zeros((40, 1)), raw), axis=1)
    np.testing.assert_allclose(value("binary_cross_entropy", raw, y), value("cross_entropy", both, y))


def test_binary_is_for_two_classes() -> None:
    with pytest.raises(RecipeError, match=r"two classes.*cross_entropy"):
        LOSSES["binary_cross_entropy"].width(3)


def test_structured_is_sklearns_multiclass_hinge() -> None:
    raw, y = RNG.normal(size=(40, 4)), RNG.integers(0, 4, size=(40, 1)).astype(float)
    expected = hinge_loss(y[:, 0], raw, labels=[0, 1, 2, 3])
    assert value("structured", raw, y).mean() == pytest.approx(expected)


def test_svm_scores_are_marked_as_uncalibrated() -> None:
    raw = torch.zeros(2, 30)  # a multiple of every loss's width
    masks = raw[..., None, None]
    said = {name: loss.predict(masks if Task.SEGMENTATION in loss.tasks else raw) for name, loss in LOSSES.items()}
    marked = {name for name, found in said.items() if not found.calibrated}
    assert marked == {"weston_watkins", "one_vs_all", "structured", "perceptron"}


def test_perceptron_shares_between_units_that_fire() -> None:
    said = LOSSES["perceptron"].predict(torch.tensor([[1.0, 0, 1], [0, 0, 0], [0, 1, 0]])).probabilities
    assert said is not None
    torch.testing.assert_close(said, torch.tensor([[0.5, 0, 0.5], [1 / 3, 1 / 3, 1 / 3], [0, 1, 0]]))


@pytest.mark.parametrize(
    ("task", "name"),
    [(Task.REGRESSION, "gaussian"), (Task.CLASSIFICATION, "cross_entropy"), (Task.MULTILABEL, "multilabel")],
)
def test_auto(task: Task, name: str) -> None:
    assert choose(LOSSES, ObjectiveRecipe(), task) is LOSSES[name]


def test_options_of_a_recipe_reach_the_loss() -> None:
    loss = choose(LOSSES, ObjectiveRecipe(loss="quantile", quantiles=(0.1, 0.9)), Task.REGRESSION)
    assert loss.width(3) == 6
    smooth = choose(LOSSES, ObjectiveRecipe(label_smoothing=0.1), Task.CLASSIFICATION)
    raw, y = torch.tensor([[9.0, 0.0]]), torch.tensor([[0.0]])
    assert float(smooth.function(raw, y)) > float(LOSSES["cross_entropy"].function(raw, y)) + 0.1


@pytest.mark.parametrize(
    ("recipe", "task", "message"),
    [
        (ObjectiveRecipe(loss="gausian"), Task.REGRESSION, "did you mean 'gaussian'"),
        (ObjectiveRecipe(loss="squared"), Task.CLASSIFICATION, "not for classification.*cross_entropy"),
        (ObjectiveRecipe(loss="squared", label_smoothing=0.1), Task.REGRESSION, "no label smoothing"),
        (ObjectiveRecipe(loss="squared", delta=0.5), Task.REGRESSION, "squared has no delta"),
    ],
)
def test_choices_that_make_no_sense(recipe: ObjectiveRecipe, task: Task, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        choose(LOSSES, recipe, task)
