"""From a recipe to a judged model: the only room that knows all others."""

from isinglass.workbench.api import fit as fit
from isinglass.workbench.api import load as load
from isinglass.workbench.api import select as select
from isinglass.workbench.prepare import check_study as check_study
from isinglass.workbench.study import study as study
from isinglass.workbench.tune import tune as tune
