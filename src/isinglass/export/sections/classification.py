"""Classes beside what was observed."""

from isinglass.export.sections.section import Section
from isinglass.figures.classification import confusion
from isinglass.figures.ranking import ranking

CONFUSION = Section("Which class is taken for which", confusion)
RANKING = Section("Are the right rows put first?", ranking)
