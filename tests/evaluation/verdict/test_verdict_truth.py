"""Verdicts on simulated outcomes, of which it is known who is better: what is said is seldom false."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.verdict.contest import MARGIN
from isinglass.evaluation.verdict.verdict import judge
from isinglass.spec import Task

NAMES = ("mean", "linear", "knn_l1", "random_forest", "gradient_boosting")


def sizes(generator, scenario):
    """True root mean square errors of the network and of the conventional methods."""
    if scenario == "alike":
        return np.array([1.0, 1.7, 1.0, 1.0, 1.0, 1.0])
    if scenario == "only chance":
        return np.ones(6)
    if scenario == "no skill":
        return np.array([1.02, 1.0, 1.0, 1.05, 1.01, 1.0])
    if scenario == "margin":  # apart by just more than the margin
        return np.array([1.0, 1.4, 1.055, 1.2, 1.06, 1.055])
    return np.exp(generator.normal(0, 0.15, 6)) * np.array([0.8, 1.2, 1, 1, 1, 1])


def outcomes(generator, true, units, rows):
    """Errors of which methods share a part, rows of a unit another, and that have heavy tails now and then."""
    shared, unit = generator.uniform(0, 0.95), generator.uniform(0, 0.8) if rows > 1 else 0.0
    group = np.repeat(np.arange(units), rows)
    size = np.exp(generator.normal(0, generator.choice([0.0, 0.5]), len(group)))
    size /= np.sqrt(np.exp(2 * 0.25) if size.std() > 0 else 1.0)
    common, own = generator.normal(size=(2, len(group), 6))
    level, levels = generator.normal(size=units)[group], generator.normal(size=(units, 6))[group]
    row = np.sqrt(shared) * common[:, :1] + np.sqrt(1 - shared) * own
    between = np.sqrt(shared) * level[:, None] + np.sqrt(1 - shared) * levels
    e = true * size[:, None] * (np.sqrt(unit) * between + np.sqrt(1 - unit) * row)
    made = [Outcome(np.arange(len(group)), mean=np.arange(len(group)) + column, groups=group) for column in e.T]
    return made[0], dict(zip(NAMES, made[1:], strict=True))


def wrong(verdict, true):
    """Whether the sentence is false of the true sizes."""
    network, rivals = true[0], dict(zip(NAMES, true[1:], strict=True))
    if verdict.finding == "better":
        return network >= min(rivals.values())
    if verdict.finding == "worse":
        return rivals[verdict.rival] >= network
    if verdict.finding == "equal":
        return abs(1 - network / rivals[verdict.rival]) > MARGIN
    if verdict.finding == "useless":
        return 1 - min(true) / rivals["mean"] > MARGIN
    better = "better than predicting the mean" in verdict.sentence
    if better and verdict.sentence.split(". ")[1].startswith("The network"):
        return network >= rivals["mean"]
    if better:
        return rivals[verdict.rival] >= rivals["mean"]
    return "Both beat" in verdict.sentence and max(network, rivals[verdict.rival]) >= rivals["mean"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "wanted"),
    [
        ("alike", {"untold"}),
        ("only chance", {"unproven"}),
        ("no skill", {"unproven"}),
        ("margin", {"untold"}),
        ("various", {"better", "worse"}),
    ],
)
def test_at_most_one_verdict_in_twenty_is_false(scenario, wanted):
    generator, found, false = np.random.default_rng(7), Counter(), Counter()
    for _ in range(500):
        true = sizes(generator, scenario)
        units, rows = int(generator.choice([5, 8, 12, 30, 100, 400])), int(generator.choice([1, 6]))
        verdict = judge(*outcomes(generator, true, units, rows))
        found[verdict.finding] += 1
        false[verdict.finding] += wrong(verdict, true)
    assert sum(false.values()) <= 25, (found, false)
    assert wanted <= set(found)
    if scenario == "various":
        assert found["better"] + found["worse"] > 100  # it does speak


@pytest.mark.slow
def test_probabilities_that_are_alike_are_seldom_told_apart():
    generator, said = np.random.default_rng(3), 0
    for _ in range(300):
        units = int(generator.choice([8, 20, 60, 200]))
        p = generator.beta(0.6, 0.6, units)
        label = (generator.uniform(size=units) < p).astype(int)

        def near(p=p, label=label, units=units):
            noisy = np.clip(p + generator.normal(0, 0.1, units), 0.001, 0.999)
            return Outcome(label, Task.CLASSIFICATION, probabilities=np.stack([1 - noisy, noisy], 1))

        said += judge(near(), {name: near() for name in NAMES}).finding in ("better", "worse")
    assert said <= 15
