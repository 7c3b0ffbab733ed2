"""Named data sets: `isinglass fit tao`. Each says where it comes from and what is usually asked of it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isinglass.data.sources.frame import Table
from isinglass.data.sources.table import open_table
from isinglass.data.sources.tao import open_tao
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe


@dataclass(frozen=True)
class Entry:
    """One named data set.

    Args:
        title: what it is, in a line.
        origin: who made it, with a reference.
        licence: under which terms.
        open: gives the table.
        defaults: values of `DataRecipe` that hold where the user's recipe says nothing.
    """

    title: str
    origin: str
    licence: str
    open: Callable[[], Table]
    defaults: Mapping[str, Any] = field(default_factory=dict)


CATALOGUE: dict[str, Entry] = {
    "tao": Entry(
        title="near-surface humidity and wind at equatorial Pacific buoys, 736 days of eight buoy-years",
        origin="NOAA/PMEL, Tropical Atmosphere Ocean project, https://www.pmel.noaa.gov/gtmba/",
        licence="public domain (US government)",
        open=open_tao,
        defaults={
            "target": ("Humidity",),
            "group": "location",
            "latitude": "Latitude",
            "longitude": "Longitude",
            "drop": ("Year",),
            "units": {
                "Sea.Surface.Temp": "degC",
                "Air.Temp": "degC",
                "Humidity": "%",
                "UWind": "m/s",
                "VWind": "m/s",
                "Latitude": "degrees",
                "Longitude": "degrees",
            },
        },
    ),
}


def complete(recipe: DataRecipe) -> DataRecipe:
    """Fill what the recipe leaves open with the defaults of its data set; files have none."""
    entry = CATALOGUE.get(recipe.source)
    if entry is None:
        return recipe
    empty = DataRecipe(source=recipe.source)
    gaps = {k: v for k, v in entry.defaults.items() if getattr(recipe, k) == getattr(empty, k)}
    return recipe.model_copy(update=DataRecipe(source=recipe.source, **gaps).model_dump(include=set(gaps)))


def open_source(source: str) -> Table:
    """Open a data set of the catalogue, or a file.

    Raises:
        DataError: there is neither; the nearest name is suggested.
    """
    if source in CATALOGUE:
        return CATALOGUE[source].open()
    if "." in source or "/" in source or "\\" in source or Path(source).exists():
        return open_table(source)
    near = difflib.get_close_matches(source.lower(), CATALOGUE, n=1, cutoff=0.5)
    raise DataError(
        f"no data set and no file '{source}'",
        allowed=[*sorted(CATALOGUE), "or a path"],
        instead=f"did you mean '{near[0]}'?" if near else None,
    )
