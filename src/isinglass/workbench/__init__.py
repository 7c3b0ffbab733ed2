"""From a recipe to a judged model: the only room that knows all others."""

from isinglass.workbench.doors import fit as fit
from isinglass.workbench.doors import load as load
from isinglass.workbench.doors import select as select
from isinglass.workbench.preparing import check_study as check_study
from isinglass.workbench.running import study as study
from isinglass.workbench.searching import tune as tune
