"""The verdict: which method to prefer, in one sentence, or that these rows cannot tell.

The gain of a over b is the part of b's loss that a saves (see `gains`). A comparison has three answers: **better** (or
worse) where the gain is at least 1 % and its 95 % interval lies on one side of 0; **as good** within 5 % where two
one-sided tests of 5 % exclude more on either side (Schuirmann 1987, doi:10.1007/BF01068419); else it **cannot be
told**. That no difference was found never counts as equality. Two questions are asked of all methods at once:

skill: does any method gain over predicting the mean? "some" one does; "none" gains more than 5 %; else "unknown".
standing: how is the network beside the conventional methods, the mean among them? "better" than each of them; "worse"
than one; "equal" to one that no other conventional method beats; else "unknown".

| hindrance | rivals | skill | standing | finding | preferred |
|---|---|---|---|---|---|
| - | none | - | - | alone | the network |
| yes | some | - | - | unjudged | none |
| no | some | none | - | useless | the mean |
| no | some | unknown | - | unproven | none |
| no | some | some, or no mean to ask | better | better | the network |
| no | some | some, or no mean to ask | worse | worse | the best conventional method, or a simpler one as good |
| no | some | some, or no mean to ask | equal | equal | the simplest that is as good as the network |
| no | some | some, or no mean to ask | unknown | untold | none |

"Better than each" is tested method by method at the full level: all tests must succeed, so the best of several is not
picked by luck (an intersection-union test, Berger 1982, doi:10.1080/00401706.1982.10487790). Wherever one of k methods
is picked each test has a k-th of the 5 % (Bonferroni). So of all verdicts at most 5 % name a winner that is none;
`benchmarks/verdict.py` counts them.

A contender that is neither the network nor conventional, as a combination of both, is entered by `judge(..., others=
{"combined": Contender("both combined", outcome)})`. It takes no part in the table above; the verdict's `added` says
whether it is better than every single method, as good as the best of them, worse, or whether that cannot be told, and
its sentence follows the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from isinglass.evaluation.baselines import BASELINES, IMAGE_BASELINES, SEGMENTATION_BASELINES, TIMED
from isinglass.evaluation.intervals import LEVEL, Interval, units_of
from isinglass.evaluation.metrics import METRICS, deciding
from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.verdict import wording
from isinglass.evaluation.verdict.contest import MEAN, NETWORK, Contest, Skill, Standing, alike, sure
from isinglass.evaluation.verdict.gains import losses
from isinglass.evaluation.verdict.hindrances import counted, few
from isinglass.spec import Task

KNOWN = {**IMAGE_BASELINES, **BASELINES, **TIMED}

Finding = Literal["alone", "unjudged", "useless", "unproven", "better", "worse", "equal", "untold"]

FINDINGS: dict[Standing, Finding] = {"better": "better", "worse": "worse", "equal": "equal", "unknown": "untold"}


@dataclass(frozen=True)
class Contender:
    """A method that is neither the network nor conventional: its title in a sentence, and its outcome."""

    title: str
    outcome: Outcome


@dataclass(frozen=True)
class Added:
    """Whether such a contender is worth it: its gain over the single method `rival`."""

    name: str
    finding: Standing
    sentence: str
    rival: str
    gain: Interval


@dataclass(frozen=True)
class Verdict:
    """Who won.

    Attributes:
        finding: one of the table above.
        sentence: for the user.
        preferred: "network", the key of a baseline or of another contender; empty where none is.
        metric: the key of the metric that decided.
        rival: the key of the conventional method that the sentence speaks of; empty where it speaks of none.
        gain: of the network over the rival, as a part (0.09 for 9 %), with its interval; None without a rival.
        skilled: whether the network is known to beat predicting the mean (with too few units to know: whether it does
            on these rows); None without a mean to ask.
        added: what was found of other contenders.
    """

    finding: Finding
    sentence: str
    preferred: str
    metric: str
    rival: str = ""
    gain: Interval | None = None
    skilled: bool | None = None
    added: tuple[Added, ...] = ()


def decide(*, rivals: bool, hindered: bool, skill: Skill, standing: Standing) -> Finding:
    """The table above, row by row."""
    if not rivals:
        return "alone"
    if hindered:
        return "unjudged"
    if skill == "none":
        return "useless"
    return "unproven" if skill == "unknown" else FINDINGS[standing]


def judge(
    network: Outcome,
    baselines: Mapping[str, Outcome],
    *,
    others: Mapping[str, Contender] | None = None,
    hindrance: str = "",
    seed: int = 0,
) -> Verdict:
    """Compare a network with conventional methods on the same rows.

    Args:
        network: its outcome.
        baselines: outcomes by their key in `BASELINES`, for the same rows in the same order.
        others: contenders that are neither, by keys of their own.
        hindrance: a sentence that says why these rows cannot judge (see `hindrances`); empty where nothing is known.
            Fewer than 5 units are one in any case.
        seed: deals very many units out to blocks.
    """
    others = others or {}
    metric = deciding(network.task, network.observed.shape[1])
    found = losses(
        {NETWORK: network, **baselines, **{name: one.outcome for name, one in others.items()}}, metric, seed=seed
    )
    contest = Contest(
        losses=found,
        rivals=tuple(sorted(baselines, key=_simplicity)),
        others=tuple(others),
        titles={**_titles(network.task), **{name: one.title for name, one in others.items()}},
        label=metric.label,
        rows=counted(found.units, len(network)),
    )
    verdict = _verdict(contest, metric.name, hindrance or few(found.units, len(network)))
    if verdict.finding != "unproven" or network.task is not Task.CLASSIFICATION:
        return verdict
    everyone = {NETWORK: network, **baselines}
    return replace(verdict, sentence=" ".join([verdict.sentence, *_ranking(everyone, contest, seed)]))


def _ranking(outcomes: Mapping[str, Outcome], contest: Contest, seed: int) -> list[str]:
    """Of a rare class the order of the rows is known sooner than its probabilities: the best method by AUC, if it is
    sure to be above chance (a t test with the units of the rarest class, picked among all methods)."""
    able = {name: outcome for name, outcome in outcomes.items() if name != MEAN}
    units = min(units_of(next(iter(able.values()))).values())
    found = losses(able, METRICS["auc"], seed=seed)
    best = found.names[int(found.values.argmin())]
    place = found.names.index(best)
    room = float(stdtrit(units - 1, 1 - (1 - LEVEL) / 2 / len(able))) * float(np.sqrt(found.covariance[place, place]))
    if not 1 - found.values[place] - room > 0.5:
        return []
    title = wording.upper(contest.title(best))
    return [f"{title} puts the rows in a better order than chance (AUC {1 - found.loss(best):.2f})."]


def _verdict(contest: Contest, metric: str, hindrance: str) -> Verdict:
    rivals = bool(contest.rivals)
    standing: Standing = contest.standing(NETWORK) if rivals else "unknown"
    finding = decide(rivals=rivals, hindered=bool(hindrance), skill=contest.skill(), standing=standing)
    rival = _rival(contest, finding)
    sentence, preferred = _told(finding, contest, rival, hindrance)
    more = tuple(_added(contest, name) for name in contest.others) if finding in FINDINGS.values() else ()
    return Verdict(
        finding=finding,
        sentence=" ".join([sentence, *(one.sentence for one in more)]),
        preferred=next((one.name for one in more if one.finding == "better"), preferred),
        metric=metric,
        rival=rival,
        gain=contest.plain(NETWORK, rival) if rival else None,
        skilled=contest.skilled(),
        added=more,
    )


def _rival(contest: Contest, finding: Finding) -> str:
    """The conventional method that a finding's sentence speaks of: the simplest of the best where several are alike."""
    if finding == "worse":
        winners = contest.winners(NETWORK)
        best = contest.best(winners)
        return next(name for name in winners if name == best or alike(contest.within(name, best)))
    if finding == "equal":
        return contest.equals(NETWORK)[0]
    if finding == "better":
        return contest.best(contest.rivals)
    if finding == "untold":
        left = [name for name in contest.rivals if not sure(contest.plain(NETWORK, name))]
        return contest.best(tuple(left))
    return ""


def _told(finding: Finding, contest: Contest, rival: str, hindrance: str) -> tuple[str, str]:
    """The sentence and the preferred method."""
    if finding == "alone":
        return wording.alone(), NETWORK
    if finding == "unjudged":
        return hindrance, ""
    if finding == "useless":
        return wording.useless(contest), MEAN
    if finding == "unproven":
        return wording.unproven(contest), ""
    write = {"better": wording.better, "worse": wording.worse, "equal": wording.equal, "untold": wording.untold}[
        finding
    ]
    return write(contest, rival), {"better": NETWORK, "untold": ""}.get(finding, rival)


def _added(contest: Contest, name: str) -> Added:
    """Another contender beside every single method."""
    singles = replace(contest, rivals=(NETWORK, *contest.rivals), others=())
    finding = singles.standing(name)
    named = {"worse": singles.winners, "equal": singles.equals}
    rival = contest.best(named[finding](name) if finding in named else singles.rivals)
    how = {"better": contest.plain, "equal": singles.within}.get(finding, singles.picked)
    gain = how(name, rival)
    sentence = wording.added(finding, contest.title(name), contest.title(rival), gain)
    return Added(name, finding, sentence, rival, gain)


def _titles(task: Task) -> dict[str, str]:
    known = SEGMENTATION_BASELINES if task.mapped else KNOWN
    shares = {MEAN: "the classes' shares"} if task in (Task.CLASSIFICATION, Task.MULTILABEL) else {}
    return {NETWORK: "the network", **{name: method.title for name, method in known.items()}, **shares}


def _simplicity(name: str) -> int:
    return KNOWN[name].simplicity if name in KNOWN else len(KNOWN)
