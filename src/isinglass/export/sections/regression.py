"""Numbers beside what was observed."""

from isinglass.export.sections.section import Section
from isinglass.figures.regression import predicted_observed, residuals

PREDICTED = Section("Predicted against observed", predicted_observed)
RESIDUALS = Section("Residuals", residuals)
