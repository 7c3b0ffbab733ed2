"""The plans: ways to advance a population. A plan is one file and one line in `PLANS`."""

from __future__ import annotations

from isinglass.learning.plans.compiled import CompiledPlan
from isinglass.learning.plans.device_plan import PlacedPlan
from isinglass.learning.plans.looped import LoopedPlan
from isinglass.learning.plans.plan import Plan as Plan
from isinglass.learning.plans.plan import State as State
from isinglass.learning.plans.plan import Tuning as Tuning
from isinglass.learning.plans.plan import Work as Work
from isinglass.learning.plans.stacked import StackedPlan
from isinglass.learning.plans.vmapped import VmappedPlan

PLANS: dict[str, type[Plan]] = {
    "compiled": CompiledPlan,
    "stacked": StackedPlan,
    "vmapped": VmappedPlan,
    "looped": LoopedPlan,
}
"""In the order of preference where the measurement cannot tell them apart."""


def make(name: str, work: Work, tuning: Tuning) -> Plan:
    """The plan of a name, on the tuning's devices where it has any."""
    kind = PLANS[name]
    return PlacedPlan(work, tuning, kind) if tuning.devices else kind(work, tuning)
