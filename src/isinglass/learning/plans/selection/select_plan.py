"""Which plan runs a work: a short measurement on copies, remembered on disk so that a machine decides once.

What is measured is speed only; every plan gives the same numbers up to rounding. Remembering the answer makes a
study's numbers equal from run to run on the same machine.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isinf

from isinglass.learning.batches import Batches
from isinglass.learning.plans import make
from isinglass.learning.plans.plan import Plan, State, Tuning, Work
from isinglass.learning.plans.selection.candidates import candidates_for
from isinglass.learning.plans.selection.record import Timings
from isinglass.learning.plans.selection.timing import label_of, measure
from isinglass.learning.plans.threads import available, load
from isinglass.recipe import LearningRecipe

WORTH_MEASURING = 20_000
"""Steps times members below which a run is over before a measurement pays."""
IMAGES_WORTH = 40
"""Steps times members, for images."""
BUSY = 1.5
"""Others compute beside us from so many waiting programs a processor on: one run of our own makes it 1."""


@dataclass(frozen=True)
class PlanReport:
    """What was chosen, and on what grounds.

    Attributes:
        plan: ready to run.
        tuning: chunk, threads, precision, devices.
        timings: microseconds a step and member, by candidate; empty if nothing was measured.
        refused: plans that cannot run this, and why.
    """

    plan: Plan
    tuning: Tuning
    timings: dict[str, float]
    refused: dict[str, str]

    @property
    def name(self) -> str:
        """The plan's name."""
        return self.plan.name

    @property
    def broken(self) -> tuple[str, ...]:
        """Candidates that failed when they were measured, and why."""
        return tuple(
            f"{label}: {self.refused.get(label, 'it failed')}" for label in self.timings if isinf(self.timings[label])
        )

    def to_json(self) -> dict[str, object]:
        """For the record: plan, tuning, timings, refusals."""
        return {
            "plan": self.name,
            "tuning": asdict(self.tuning),
            "timings": self.timings,
            "refused": self.refused,
        }


def choose(work: Work, state: State, batches: Batches, recipe: LearningRecipe, *, steps: int) -> PlanReport:
    """Choose a plan.

    Args:
        work: what is to be learnt.
        state: all members; not changed.
        batches: for rows to measure with.
        recipe: `plan`, `device`, `precision` and `threads` may force the choice.
        steps: optimizer steps of the whole run.

    Raises:
        TrainingError: if the plan that is asked for cannot run this work.
    """
    candidates, refused = candidates_for(work, state, batches, recipe, steps=steps)
    worth = IMAGES_WORTH if not work.view.spec.flat else WORTH_MEASURING
    if len(candidates) == 1 or work.feed is not None or steps * len(state.members) < worth:
        return PlanReport(make(candidates[0][0], work, candidates[0][1]), candidates[0][1], {}, refused)
    memory = Timings(work, state, batches, candidates, busy=load() > BUSY * available())
    timings = memory.recall() or memory.keep(measure(work, state, batches, candidates, refused))
    name, tuning = candidates[min(range(len(candidates)), key=lambda i: timings[i])]
    labels = [label_of(name, tuning, work.view.spec) for name, tuning in candidates]
    return PlanReport(make(name, work, tuning), tuning, dict(zip(labels, timings, strict=True)), refused)


def rebuild(work: Work, name: str, tuning: Tuning) -> PlanReport:
    """The report of a choice made earlier, as a resumed run needs it."""
    return PlanReport(make(name, work, tuning), tuning, {}, {})
