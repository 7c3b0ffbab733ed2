"""What a study found, as plain numbers, arrays and strings: the one object that every report is written from.

Nothing here computes, draws or writes. The workbench assembles a `Report`; `export.html`, `export.card` and
`export.metrics` only read it. Parts that a study does not have stay `None` or empty, and the page says why or
leaves them out.
"""

from __future__ import annotations

from isinglass.evaluation.report.comparison import Measure as Measure
from isinglass.evaluation.report.comparison import Method as Method
from isinglass.evaluation.report.comparison import TargetPart as TargetPart
from isinglass.evaluation.report.network import ConstraintCheck as ConstraintCheck
from isinglass.evaluation.report.network import Effect as Effect
from isinglass.evaluation.report.network import History as History
from isinglass.evaluation.report.network import Importance as Importance
from isinglass.evaluation.report.network import Novelty as Novelty
from isinglass.evaluation.report.network import Unseen as Unseen
from isinglass.evaluation.report.report import FORMAT as FORMAT
from isinglass.evaluation.report.report import Insights as Insights
from isinglass.evaluation.report.report import Opening as Opening
from isinglass.evaluation.report.report import Report as Report
from isinglass.evaluation.report.report import finite as finite
from isinglass.evaluation.report.report import openings as openings
from isinglass.evaluation.report.rows import ColumnSummary as ColumnSummary
from isinglass.evaluation.report.rows import DataPart as DataPart
from isinglass.evaluation.report.rows import SplitPart as SplitPart
