"""Is the gradient right? The analytic one against central differences, number by number, in float64."""

from isinglass.explanation.gradient_check.checking import gradient_check as gradient_check
from isinglass.explanation.gradient_check.findings import Cause as Cause
from isinglass.explanation.gradient_check.findings import Checked as Checked
from isinglass.explanation.gradient_check.findings import GradientCheck as GradientCheck
from isinglass.explanation.gradient_check.findings import Offender as Offender
