"""Where and when: along time, on the map, part by part."""

from __future__ import annotations

import numpy as np

from isinglass.evaluation.parts import PartScore, part_scores
from isinglass.export.sections.section import Found, Section
from isinglass.figures.parts import course, parts, places


def build(found: Found) -> tuple[PartScore, ...]:
    """The score of each group, season and month among the unseen rows."""
    dataset, scores, recipe = found.dataset, found.scores, found.recipe
    coords = {name: np.asarray(values)[scores.rows] for name, values in dataset.coords.items()}
    return part_scores(
        scores.unseen,
        group=coords.get("group"),
        group_name=recipe.data.group,
        days=coords["time"].astype(np.float64) if dataset.dated and "time" in coords else None,
        bootstrap=recipe.evaluation.bootstrap,
        seed=recipe.learning.seed,
    )


COURSE = Section("Along time", course)
PLACES = Section("On the map", places)
PARTS = Section("Part by part", parts, build=build, field="parts")
