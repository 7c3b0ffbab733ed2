"""What `isinglass trace` can look into: a formula, a network written down by hand, a row of a model."""

from isinglass.cli.traces.found import Found as Found
from isinglass.cli.traces.looking import look_into as look_into
from isinglass.cli.traces.options import Shown as Shown
from isinglass.cli.traces.options import Wanted as Wanted
