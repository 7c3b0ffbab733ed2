"""The sentences of a verdict."""

from __future__ import annotations

import math

from isinglass.evaluation.intervals import Interval
from isinglass.evaluation.verdict.contest import LEAST, MARGIN, MEAN, NETWORK, Contest, Standing, sure


def alone() -> str:
    """Nothing to compare with."""
    return "There is no conventional method to compare the network with."


def useless(contest: Contest) -> str:
    """No method gains more than the margin over the mean."""
    limit = f"by more than {part(MARGIN)} ({contest.label}, {contest.rows})"
    return f"No method here beats predicting {contest.title(MEAN)} {limit}: prefer that."


def unproven(contest: Contest) -> str:
    """A gain that so few rows cannot prove, or none that they can exclude: these are different things to be told."""
    best = contest.best(contest.skilful)
    gain, mean = contest.picked(best, MEAN), contest.title(MEAN)
    told = f"Whether any method beats predicting {mean} cannot be told from {contest.rows}:"
    if gain.value < LEAST:
        return f"{told} on these none does ({contest.title(best)} {signed(gain)} in {contest.label})."
    return f"{told} {contest.title(best)} gains most, {signed(gain)} in {contest.label}."


def better(contest: Contest, rival: str) -> str:
    """The network beats every conventional method, of which the rival is the best."""
    gain = percent(contest.plain(NETWORK, rival))
    return f"The network is {gain} better than the best conventional method, {contest.title(rival)} ({contest.label})."


def worse(contest: Contest, rival: str) -> str:
    """The rival beats the network."""
    over = percent(contest.picked(rival, NETWORK))
    return f"{upper(contest.title(rival))} is {over} better than the network ({contest.label}): prefer it."


def equal(contest: Contest, rival: str) -> str:
    """The rival is as good as the network."""
    difference = f"network {signed(contest.within(NETWORK, rival))} in {contest.label}"
    return f"{upper(contest.title(rival))} is as good as the network within {part(MARGIN)} ({difference}): prefer it."


def untold(contest: Contest, rival: str) -> str:
    """The network and the best conventional method that it does not beat cannot be told apart."""
    difference = f"network {signed(contest.picked(NETWORK, rival))} in {contest.label}"
    told = f"Whether the network or {contest.title(rival)} is better cannot be told from {contest.rows} ({difference})."
    return " ".join([told, *_beating(contest, rival)])


def _beating(contest: Contest, rival: str) -> list[str]:
    """Which of the two is known to beat the mean, if only one is."""
    if MEAN not in contest.rivals or rival == MEAN:
        return []
    known = {name: contest.picked(name, MEAN) for name in (NETWORK, rival)}
    proven = [name for name, gain in known.items() if sure(gain)]
    mean = f"predicting {contest.title(MEAN)}"
    if len(proven) != 1:
        return [f"Both beat {mean}."] if proven else []
    other = contest.title(rival if proven[0] == NETWORK else NETWORK)
    gain = percent(known[proven[0]])
    return [f"{upper(contest.title(proven[0]))} is {gain} better than {mean}; of {other} that is not known."]


def added(standing: Standing, title: str, single: str, gain: Interval) -> str:
    """A contender that is neither the network nor conventional, beside one that is."""
    if standing == "better":
        return f"{upper(title)}: {percent(gain)} better than the best single method, {single}; worth it."
    if standing == "worse":
        return f"{upper(title)}: worse than {single} ({signed(gain)}); not worth it."
    if standing == "equal":
        return f"{upper(title)}: as good as {single} within {part(MARGIN)} ({signed(gain)}); not worth it."
    return f"{upper(title)}: whether it is better than {single} cannot be told ({signed(gain)})."


def percent(gain: Interval) -> str:
    """`9 % (5..13)`."""
    if not math.isfinite(gain.low):
        return part(gain.value)
    return f"{part(gain.value)} ({100 * gain.low:.0f}..{100 * gain.high:.0f})"


def signed(gain: Interval) -> str:
    """`+4 %, -10..+16`; a side without an end is told in words."""
    if gain.low == -math.inf:
        wide = "any difference is possible" if gain.high >= 1 else f"{_number(gain.high)} at most"
        return f"{_number(gain.value)} %, {wide}"
    return f"{_number(gain.value)} %, {_number(gain.low)}..{_number(gain.high)}"


def part(value: float) -> str:
    """`5 %`."""
    return f"{100 * value:.0f} %"


def upper(text: str) -> str:
    """With a capital letter."""
    return text[:1].upper() + text[1:]


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "far below 0"
    return f"{100 * value:+.0f}" if abs(value) >= 0.005 else "0"
