"""What matters to the network, and what each column does."""

from __future__ import annotations

from isinglass.evaluation.report import Effect, Importance
from isinglass.export.sections.section import Found, Section
from isinglass.figures.effects import effects
from isinglass.figures.importance import importances

UNSKILLED = """\
{% if report.skilled == false %}
<p class="note">The network is not known to beat predicting {{ "the mean" if report.task == "regression" else "the classes' shares" }}: what matters to it, and what each column does in it, says little of the target.</p>
{% endif %}
"""

SWEPT = """\
<p>The average prediction as one column is swept while all others stay as they are. Bands hold nine in ten of the networks; thin lines are single rows (where they cross or bend apart, the column acts together with others); ticks below show where the data are. Where columns are correlated the sweep passes through combinations that cannot exist.</p>
"""


def build_importance(found: Found) -> Importance | None:
    """How much worse the score is with a column shuffled."""
    return found.looks.importance


def build_effects(found: Found) -> tuple[Effect, ...]:
    """The average prediction as one column is swept."""
    return found.looks.effects


IMPORTANCE = Section("What matters", importances, body=UNSKILLED, build=build_importance, field="importance")
EFFECTS = Section("What each column does", effects, body=SWEPT, build=build_effects, field="effects")
