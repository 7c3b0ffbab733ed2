"""Methods for one sample find what was planted, add up, and fail where they ignore the weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from predictors import linear_ensemble
from seeing import SCALE, bar, bars, kernels
from torch.nn import functional

from isinglass.errors import UsageError
from isinglass.explanation.explanation import Explanation
from isinglass.explanation.instance_level.integrated import incomplete, integrated
from isinglass.explanation.instance_level.local_methods import LOCAL_METHODS, LocalMethod, Wording, look
from isinglass.explanation.instance_level.network import Question, networks_of
from isinglass.inference.ensemble import Ensemble

WORDS = Wording("the score", "a sample", ("grey",))
ROW, COLUMN = 5, 10
SAMPLE = bar("lying", ROW, COLUMN)
FOUND = ("saliency", "smoothgrad", "guided", "integrated", "gradcam", "occlusion")


@pytest.fixture(scope="module")
def seeing() -> Ensemble:
    return bars()


def ask(ensemble: Ensemble, method: str, output: int = 0, **options: object) -> Explanation:
    return look(
        ensemble, Question(SAMPLE, output, low=np.zeros(1), high=np.full(1, 255.0)), method, wording=WORDS, **options
    )


def test_the_networks_tell_bars_apart(seeing: Ensemble):
    found = seeing.predict(np.stack([SAMPLE, bar("standing", 4, 6)]))
    assert found.labels is not None
    assert found.labels.tolist() == ["lying", "standing"]


@pytest.mark.parametrize("method", FOUND)
def test_the_planted_bar_is_found(seeing: Ensemble, method: str):
    found = ask(seeing, method, **({"noise": 0.05} if method == "smoothgrad" else {}))
    heat = found.mean().reshape(-1, 16, 16).sum(axis=0)
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert abs(row - ROW) <= 1
    assert abs(column - COLUMN) <= 3
    around = np.zeros((16, 16), dtype=bool)
    around[ROW - 3 : ROW + 4, COLUMN - 5 : COLUMN + 6] = True
    assert heat[around].clip(0).sum() > 0.7 * heat.clip(0).sum()
    assert found.check["passed"] == 1
    assert (found.spread() < 0.3 * heat.max()).all()


def test_what_speaks_for_one_class_speaks_against_no_other(seeing: Ensemble):
    other = ask(seeing, "gradcam", output=1).mean()
    assert other.max() < 0.2 * ask(seeing, "gradcam").mean().max()


def test_a_method_that_ignores_the_weights_fails_the_check(seeing: Ensemble, monkeypatch: pytest.MonkeyPatch):
    def edges(network, *, seed):
        x = network.sample[0, 0]
        return (x.diff(dim=1, prepend=x[:, :1]).abs() + x.diff(dim=0, prepend=x[:1]).abs())[None]

    monkeypatch.setitem(LOCAL_METHODS, "edges", LocalMethod(edges, "edges"))
    found = ask(seeing, "edges")
    assert found.check["rank_correlation"] == pytest.approx(1.0)
    assert found.check["passed"] == 0


def test_integrated_gradients_add_up(seeing: Ensemble):
    for network in networks_of(seeing, Question(SAMPLE)):
        parts = integrated(network)
        gap = network(network.sample) - network(network.mean)
        assert float(parts.sum()) == pytest.approx(float(gap), rel=0.01)
        assert incomplete(network, parts) < 0.01
    assert ask(seeing, "integrated").check["incomplete"] < 0.01


def test_integrated_gradients_of_a_line_are_its_terms():
    line = linear_ensemble([[[2.0, -3.0, 0.0]]], [[1.0]], center=[[1.0, 1.0, 1.0]], scale=[[0.5, 0.5, 0.5]])
    sample = np.array([5.0, 3.0, 7.0], dtype=np.float32)
    found = look(line, Question(sample), "integrated", wording=Wording("y", "", ("a", "b", "c")))
    np.testing.assert_allclose(found.mean(), [2 * 0.5 * 4, -3 * 0.5 * 2, 0.0])
    slopes = look(line, Question(sample), "saliency", wording=Wording("y", "", ("a", "b", "c")))
    np.testing.assert_allclose(slopes.mean(), [2.0, -3.0, 0.0])  # per scaled unit
    falls = look(line, Question(sample), "occlusion", wording=Wording("y", "", ("a", "b", "c")))
    np.testing.assert_allclose(falls.mean(), [4.0, -3.0, 0.0])


def test_an_unused_feature_matters_nothing_within_the_spread():
    random = np.random.default_rng(0)
    weights = np.stack([random.normal(2.0, 0.1, size=12), random.normal(0.0, 0.01, size=12)], axis=1)[:, None]
    many = linear_ensemble(weights, np.zeros((12, 1)))
    found = look(many, Question(np.ones(2, np.float32)), "integrated", wording=Wording("y", "", ("used", "unused")))
    mean, spread = found.mean(), found.spread()
    assert abs(mean[1]) < 2 * spread[1]
    assert mean[0] > 10 * spread[0]
    assert found.ranking() == ["used", "unused"]


def test_missing_values_have_no_part():
    line = linear_ensemble([[[2.0, -3.0]]], [[1.0]])
    sample = np.array([np.nan, 3.0], dtype=np.float32)
    for method in ("saliency", "integrated", "smoothgrad", "maximisation", "occlusion"):
        options = {"steps": 3} if method == "maximisation" else {}
        found = look(line, Question(sample), method, wording=Wording("y", "", ("a", "b")), **options)
        assert found.mean()[0] == 0
        assert found.mean()[1] < 0


def test_the_gradient_of_a_unit_is_its_kernel(seeing: Ensemble):
    found = look(seeing, Question(SAMPLE), "unit", wording=WORDS, layer="features.0", unit=(1, 6, 9))
    theta = seeing.network(0).get_parameter("features.0.weight")[1, 0].numpy()
    expected = np.zeros((16, 16))
    expected[4:9, 7:12] = theta
    np.testing.assert_allclose(found.mean()[0], expected, atol=1e-6)
    np.testing.assert_allclose(theta, kernels()[1, 0], rtol=0.2)
    assert "layer features.0, unit 1,6,9" in found.about


def test_maps_and_filters_are_what_torch_says(seeing: Ensemble):
    network = seeing.network(0)
    z = (torch.from_numpy(SAMPLE[None].astype(np.float32)) - 40) * SCALE
    weight, bias = (network.get_parameter(f"features.0.{name}") for name in ("weight", "bias"))
    np.testing.assert_allclose(
        ask(seeing, "maps").mean(), functional.conv2d(z, weight, bias, padding=2)[0].numpy(), atol=1e-5
    )
    np.testing.assert_array_equal(ask(seeing, "filters").mean(), weight.numpy())


def test_guided_backprop_lets_only_positive_gradients_through(seeing: Ensemble):
    plain, guided = ask(seeing, "saliency", output=1).mean(), ask(seeing, "guided", output=1).mean()
    assert not np.allclose(plain, guided)
    (network, _) = networks_of(seeing, Question(SAMPLE, 1))
    z = ((network.sample - 40) * SCALE).requires_grad_(True)
    machine = network.machine
    maps = machine.get_submodule("features.0")(z)
    score = machine.get_submodule("classifier")(machine.get_submodule("features.2")(maps.relu()).flatten(1))[0, 1]
    (upstream,) = torch.autograd.grad(score, maps, retain_graph=True)  # already zero where the maps are negative
    (by_hand,) = torch.autograd.grad(maps, z, upstream.clamp_min(0.0))
    one = look(seeing.take(np.array([0])), Question(SAMPLE, 1), "guided", wording=WORDS)
    np.testing.assert_allclose(one.mean(), by_hand[0].numpy(), atol=1e-6)


def test_guided_backprop_needs_rectifiers():
    line = linear_ensemble([[[2.0]]], [[1.0]])
    with pytest.raises(UsageError, match="ReLU"):
        look(line, Question(np.ones(1, np.float32)), "guided", wording=WORDS)


def test_maximisation_raises_the_answer_and_stays_physical(seeing: Ensemble):
    found = ask(seeing, "maximisation", output=1)
    assert found.check["after"] > found.check["before"] + 1
    assert found.check["outside"] < 0.25
    changed = SAMPLE + found.mean()
    assert changed.min() > -15
    assert changed.max() < 270
    label = seeing.predict(changed[None].clip(0, 255).astype(np.uint8)).labels
    assert label is not None
    assert label[0] == "standing"


def test_maximisation_without_a_wall_leaves_the_range(seeing: Ensemble):
    walled, free = (ask(seeing, "maximisation", steps=60, rate=0.05, strength=s).mean() + SAMPLE for s in (10.0, 0.0))
    assert free.max() > walled.max() + 20
    assert free.min() < walled.min() - 20


def test_neighbours_have_the_same_bar(seeing: Ensemble):
    kinds = ["lying", "standing"] * 6
    pool = np.stack([bar(kind, ROW + n % 3, COLUMN, seed=n + 1) for n, kind in enumerate(kinds)])
    distance = ask(seeing, "nearest", pool=pool).mean()
    assert {kinds[place] for place in distance.argsort()[:3]} == {"lying"}
    same = ask(seeing, "nearest", pool=np.concatenate([pool, SAMPLE[None]])).mean()
    assert same[-1] == 0
    with pytest.raises(UsageError, match="no samples to compare"):
        ask(seeing, "nearest", pool=pool[:0])


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("gradcam", {"layer": "features.9"}, "no such layer with feature maps. Given: features.9. Allowed: features.0"),
        ("unit", {"unit": (7, 0, 0)}, "no such unit. Given: 7,0,0. Allowed: channel 0..1, row 0..15, column 0..15"),
        ("filters", {"layer": "classifier.0"}, "no such layer with feature maps"),
        ("occlusion", {"size": 40}, "the square does not fit the image"),
        ("horoscope", {}, "no such method"),
    ],
)
def test_bad_requests(seeing: Ensemble, method: str, options: dict, message: str):
    with pytest.raises(UsageError, match=message.replace("(", r"\(")):
        ask(seeing, method, **options)


def test_the_weights_of_the_ensemble_stay_as_they_were(seeing: Ensemble):
    before = seeing.state.theta.clone()
    for method in ("saliency", "gradcam", "guided"):
        ask(seeing, method)
    assert torch.equal(seeing.state.theta, before)
