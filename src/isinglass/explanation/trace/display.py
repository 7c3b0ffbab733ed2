"""A trace as its user meets it: a graph that folds to a screen, prints as text and shows itself in notebooks."""

from __future__ import annotations

from dataclasses import dataclass

from isinglass.explanation.trace.folding import fold
from isinglass.explanation.trace.graph import Graph
from isinglass.explanation.trace.views.html import html
from isinglass.explanation.trace.views.text import text


@dataclass(frozen=True)
class Trace(Graph):
    """Every number of one forward and one backward pass; see `Graph`."""

    def fold(self, depth: int | None = None) -> Trace:
        """Modules that are `depth` calls deep become one node each; None: as deep as fits a screen."""
        return fold(self, depth)

    def __str__(self) -> str:
        return text(self.fold())

    def _repr_html_(self) -> str:
        """The picture and the table, for notebooks."""
        return html(self.fold())
