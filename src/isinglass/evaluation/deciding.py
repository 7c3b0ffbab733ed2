"""Choosing a threshold for unequal costs, on rows that no member trained on.

With right probabilities the threshold of the smallest expected cost is c(other) / (c(positive) + c(other)). It is kept
unless another one costs less on the out-of-bag rows by more than two standard errors of the difference: that one is the
best of very many, and few rows of a rare class would otherwise decide by chance. With fewer than 10 rows of either
class it is always kept.
"""

from __future__ import annotations

import math

import numpy as np

from isinglass.evaluation.metrics.metric import given
from isinglass.evaluation.outcome import Outcome
from isinglass.inference.decision import Decision

ENOUGH = 10
ERRORS = 2.0


def decision_for(outcome: Outcome, costs: tuple[float, ...]) -> Decision:
    """The rule for costs [class], from the calibrated probabilities of out-of-bag rows."""
    if len(costs) != 2:
        return Decision(costs)
    positive = int(np.argmax(costs))
    formula = costs[1 - positive] / sum(costs)
    rule = Decision(costs, positive, formula)
    known = np.asarray(np.isfinite(given(outcome.probabilities)).all(axis=1))
    rows = outcome.take(known) if known.any() else None
    if rows is None or min(np.bincount(rows.labels, minlength=2)) < ENOUGH:
        return rule
    best = _cheapest(rows, rule, formula)
    difference = row_costs(rows, rule) - row_costs(rows, best)
    mean = float(np.average(difference, weights=rows.weights))
    spread = np.sqrt(np.average((difference - mean) ** 2, weights=rows.weights) / len(rows))
    return best if mean > ERRORS * spread else rule


def row_costs(outcome: Outcome, rule: Decision) -> np.ndarray:
    """What each row costs under a rule: [sample]; the cost of its class where another is chosen."""
    missed = rule.choose(given(outcome.probabilities)) != outcome.labels
    return np.where(missed, np.asarray(rule.costs)[outcome.labels], 0.0)


def with_costs(rule: Decision, unseen: Outcome) -> Decision:
    """The rule with its mean cost on unseen rows, and that of choosing the most probable class."""
    most_probable = given(unseen.probabilities).argmax(axis=1)
    plain = np.where(most_probable != unseen.labels, np.asarray(rule.costs)[unseen.labels], 0.0)
    cost, other = (float(np.average(each, weights=unseen.weights)) for each in (row_costs(unseen, rule), plain))
    return Decision(rule.costs, rule.positive, rule.threshold, rule.tuned, cost, other)


def decision_words(rule: Decision, classes: tuple[str, ...]) -> str:
    """One sentence for the user."""
    saved = f"{rule.cost:.3g} an unseen row on average, against {rule.plain:.3g} for the most probable class"
    named = sorted(zip(rule.costs, classes, strict=False), key=lambda pair: -pair[0])
    missed = ", ".join(f"a missed '{name}' costs {cost:g}" for cost, name in named)
    if rule.threshold is None:
        return f"Decision: the class of the largest probability times cost is predicted ({missed}): {saved}."
    start = f"Decision: '{classes[rule.positive]}' is predicted from a probability of {_percent(rule.threshold)} on"
    how = "the cheapest threshold on out-of-bag rows; " if rule.tuned else ""
    return f"{start} ({how}{missed}): {saved}."


def _percent(part: float) -> str:
    """`41 %`, `2.4 %`, `99.7 %`: two digits of the smaller of the part and the rest."""
    less = 100 * min(part, 1 - part)
    places = max(0, 1 - math.floor(math.log10(less))) if 0 < less < 10 else 0
    return f"{100 * part:.{places}f} %"


def _cheapest(outcome: Outcome, rule: Decision, formula: float) -> Decision:
    """The rule with the threshold that costs least on these rows: midway between two probabilities that occur."""
    p = given(outcome.probabilities)[:, rule.positive]
    order = np.argsort(p, kind="stable")
    is_positive = outcome.labels[order] == rule.positive
    missed = outcome.weights[order] * is_positive * rule.costs[rule.positive]
    alarmed = outcome.weights[order] * ~is_positive * rule.costs[1 - rule.positive]
    # Threshold k lies above the k smallest probabilities.
    cost = np.append(0.0, np.cumsum(missed)) + np.append(np.cumsum(alarmed[::-1])[::-1], 0.0)
    ordered = np.concatenate([[0.0], p[order], [1.0]])
    middle = (ordered[:-1] + ordered[1:]) / 2
    possible = np.append(np.append(True, np.diff(p[order]) > 0), True)
    lowest = np.flatnonzero(possible & (cost <= cost[possible].min() + 1e-12))
    nearest = lowest[np.argmin(np.abs(middle[lowest] - formula))]
    return Decision(rule.costs, rule.positive, float(middle[nearest]), tuned=True)
