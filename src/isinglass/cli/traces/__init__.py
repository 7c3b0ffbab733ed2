"""What `isinglass trace` can look into: a formula, a network written down by hand, a row of a model."""

from isinglass.cli.traces.options import Shown as Shown
from isinglass.cli.traces.options import Wanted as Wanted
from isinglass.cli.traces.request import look_into as look_into
from isinglass.cli.traces.result import Found as Found
