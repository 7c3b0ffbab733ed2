"""Figures of explanations: curves, importances, maps, grids."""

from isinglass.figures.explanations.pages import figure as figure
from isinglass.figures.explanations.pages import page as page
from isinglass.figures.explanations.pages import visible as visible
from isinglass.figures.explanations.pages import written as written
