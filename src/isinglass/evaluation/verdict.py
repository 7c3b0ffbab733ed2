"""The verdict: which method to prefer, in one sentence, from a paired bootstrap on the same unseen rows.

The gain of a over b is the part of b's loss that a saves, with its 95 % interval over groups. A gain counts where its
interval lies above 0 and the gain itself is at least 1 %. Rules, in this order:

| finding | rule | preferred |
|---|---|---|
| useless | neither the network nor any conventional method gains over predicting the mean | the mean |
| linear | neither the network nor the best conventional method gains over the linear model | the linear model |
| better | the network gains over the best conventional method | the network |
| worse | the best conventional method gains over the network | that method |
| equal | neither gains over the other | the conventional method, being simpler |

The best conventional method is picked on these very rows, which favours it a little: the verdict is not the network's.
Of conventional methods between which there is no gain the simpler is named, unless the network gains over it: then the
network has to beat the best of them all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from isinglass.evaluation.baselines import BASELINES, IMAGE_BASELINES, SEGMENTATION_BASELINES
from isinglass.evaluation.intervals import Interval, compare
from isinglass.evaluation.metrics import METRICS, deciding
from isinglass.evaluation.outcome import Outcome
from isinglass.types import Task

LEAST = 0.01
KNOWN = {**IMAGE_BASELINES, **BASELINES}

Finding = Literal["better", "worse", "equal", "linear", "useless", "alone"]


@dataclass(frozen=True)
class Verdict:
    """Who won.

    Attributes:
        finding: one of the table above; "alone" where there is nothing to compare with.
        sentence: for the user.
        preferred: "network" or the key of a baseline.
        metric: the key of the metric that decided.
        rival: the key of the best conventional method; empty where there is none.
        gain: of the network over the rival, as a part (0.09 for 9 %), with its interval; None without a rival.
    """

    finding: Finding
    sentence: str
    preferred: str
    metric: str
    rival: str = ""
    gain: Interval | None = None


@dataclass(frozen=True)
class _Contest:
    outcomes: Mapping[str, Outcome]
    metric: str
    bootstrap: int
    seed: int

    def gain(self, first: str, second: str) -> Interval:
        pair = self.outcomes[first], self.outcomes[second]
        return compare(self.metric, *pair, how="gain", bootstrap=self.bootstrap, seed=self.seed)

    def title(self, name: str) -> str:
        """A method's name in a sentence."""
        masks = self.outcomes["network"].task is Task.SEGMENTATION
        known = SEGMENTATION_BASELINES if masks else KNOWN
        return known[name].title if name in known else name

    def loss(self, name: str) -> float:
        """The metric where low is better, 1 - metric where high is: what a gain is a part of."""
        metric = METRICS[self.metric]
        value = metric(self.outcomes[name])
        return 1.0 - value if metric.better == "high" else value

    def beats(self, first: str, second: str) -> bool:
        gain = self.gain(first, second)
        return gain.value >= LEAST and gain.low > 0


def judge(network: Outcome, baselines: Mapping[str, Outcome], *, bootstrap: int = 1000, seed: int = 0) -> Verdict:
    """Compare a network with conventional methods on the same rows.

    Args:
        network: its outcome.
        baselines: outcomes by their key in `BASELINES`, for the same rows in the same order.
        bootstrap: the number of resamples.
        seed: of the draws.
    """
    metric = deciding(network.task, network.observed.shape[1]).name
    contest = _Contest({**baselines, "network": network}, metric, bootstrap, seed)
    rivals = [name for name in sorted(baselines, key=_simplicity) if name != "mean"]
    if not baselines:
        return Verdict("alone", "There is no conventional method to compare the network with.", "network", metric)
    rival = _best(contest, rivals) if rivals else "mean"
    gain = contest.gain("network", rival)
    finding, preferred, sentence = _finding(contest, rival, gain)
    return Verdict(finding, sentence, preferred, metric, rival, gain)


def _best(contest: _Contest, rivals: list[str]) -> str:
    """The simplest that the best does not beat; the best itself where the network beats that. Simplest come first."""
    best = min(rivals, key=contest.loss)
    simple = next(name for name in rivals if name == best or not contest.beats(best, name))
    return best if contest.beats("network", simple) else simple


def _finding(contest: _Contest, rival: str, gain: Interval) -> tuple[Finding, str, str]:
    label, title = METRICS[contest.metric].label, contest.title(rival)
    if "mean" in contest.outcomes and not any(contest.beats(name, "mean") for name in {"network", rival} - {"mean"}):
        return "useless", "mean", _useless(contest, rival)
    if rival == "linear" and not contest.beats("network", "linear"):
        return "linear", "linear", f"A linear model is {_as_good(gain)}: prefer it."
    if contest.beats("network", rival):
        best = f"the best conventional method, {title}"
        return "better", "network", f"The network is {_percent(gain)} better than {best} ({label})."
    if contest.beats(rival, "network"):
        over = contest.gain(rival, "network")
        return "worse", rival, f"{_upper(title)} is {_percent(over)} better than the network ({label}): prefer it."
    difference = f"{_signed(gain)} in {label}"
    return "equal", rival, f"The network is no better than {title} ({difference}): prefer the simpler one."


def _useless(contest: _Contest, rival: str) -> str:
    """No gain at all, or one that so few rows or groups cannot prove: these are different things to be told."""
    constant = "the mean" if contest.outcomes["mean"].task is Task.REGRESSION else "the classes' shares"
    best = min({rival, "network"}, key=contest.loss)
    gain = contest.gain(best, "mean")
    if gain.value < LEAST:
        return f"Nothing beats predicting {constant}: these inputs do not tell the target."
    units = len(np.unique(contest.outcomes["mean"].groups))
    who = "the network" if best == "network" else contest.title(best)
    return (
        f"Nothing is reliably better than predicting {constant}: {who} gains most, {_percent(gain)} in"
        f" {METRICS[contest.metric].label}, which {units} independent group{'s' * (units != 1)} of unseen"
        " rows cannot prove."
    )


def _as_good(gain: Interval) -> str:
    return "better" if gain.high < 0 and gain.value <= -LEAST else "as good"


def _percent(gain: Interval) -> str:
    if not math.isfinite(gain.low):  # a single unit has no interval
        return f"{100 * gain.value:.0f} %"
    return f"{100 * gain.value:.0f} % ({100 * gain.low:.0f}..{100 * gain.high:.0f})"


def _signed(gain: Interval) -> str:
    if not math.isfinite(gain.low):
        return f"{100 * gain.value:+.0f} %"
    return f"{100 * gain.value:+.0f} %, {100 * gain.low:+.0f}..{100 * gain.high:+.0f}"


def _simplicity(name: str) -> int:
    return KNOWN[name].simplicity if name in KNOWN else len(KNOWN)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
