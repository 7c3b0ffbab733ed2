"""Physical laws: the residual of each for every unseen row, of the prediction and of what was observed."""

from __future__ import annotations

import numpy as np
import torch

from isinglass.evaluation.report import ConstraintCheck
from isinglass.export.sections.section import Found, Section
from isinglass.figures.constraints import constraints

LAWS = """\
{% if report.constraints %}
<div class="scroll" tabindex="0" role="region" aria-label="Residuals of the physical laws">
<table>
<caption><span>Laws that the predictions obey by construction: the largest residual of all unseen rows.</span></caption>
<thead><tr><th scope="col">Law</th><th scope="col">Formula</th><th scope="col" class="n">Largest residual</th></tr></thead>
<tbody>
{% for check in report.constraints %}
<tr><th scope="row">{{ check.name }}</th><td>{{ check.formula }}</td><td class="n">{{ number(check.largest) }}{{ " " ~ check.unit if check.unit }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% endif %}
"""


def build(found: Found) -> tuple[ConstraintCheck, ...]:
    """The residuals; none without laws."""
    head, alone = found.ensemble.common.view.head, found.scores.alone
    if head is None or alone.mean is None:
        return ()
    inputs = torch.from_numpy(found.dataset.inputs[found.scores.rows])
    size = float(np.abs(alone.observed).mean())
    predicted, observed = (head.residuals(torch.from_numpy(y), inputs) for y in (alone.mean, alone.observed))
    return tuple(
        ConstraintCheck(law.name, law.formula, law.values, reference=size, observed=seen.values)
        for law, seen in zip(predicted, observed, strict=True)
    )


CONSTRAINTS = Section("Physical laws", constraints, body=LAWS, build=build, field="constraints")
