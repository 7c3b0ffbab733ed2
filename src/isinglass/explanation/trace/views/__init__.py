"""A trace to look at: a rich table, indented text, a picture (SVG, Graphviz) and HTML for notebooks."""

from isinglass.explanation.trace.views.dot import dot as dot
from isinglass.explanation.trace.views.html import html as html
from isinglass.explanation.trace.views.neurons import neuron_tables as neuron_tables
from isinglass.explanation.trace.views.svg import svg as svg
from isinglass.explanation.trace.views.table import sizes_table as sizes_table
from isinglass.explanation.trace.views.table import table as table
from isinglass.explanation.trace.views.text import text as text
