"""Named data sets: `isinglass fit tao`. Each says where it comes from and what is usually asked of it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from isinglass.data.download import Progress, Remote, cached_path, download, fetch
from isinglass.data.sources import bundled, playground, synthetic
from isinglass.data.sources.frame import Table
from isinglass.data.sources.table import open_table
from isinglass.data.sources.tao import open_tao
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe

SCIKIT_LEARN = "BSD-3-Clause (as distributed with scikit-learn)"
OWN = "Apache-2.0 (made by this package)"
PLAYGROUND_ORIGIN = "formulas of the TensorFlow Playground, Smilkov et al. 2017, arXiv:1708.03788"


@dataclass(frozen=True)
class Entry:
    """One named data set.

    Args:
        title: what it is, in a line.
        origin: who made it, with a reference.
        licence: under which terms.
        open: gives the table (a remote one is downloaded first).
        defaults: values of `DataRecipe` that hold where the user's recipe says nothing.
        remote: the file on the network, for a set that is not in the package.
    """

    title: str
    origin: str
    licence: str
    open: Callable[[], Table]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    remote: Remote | None = None


def _bundled(name: str, title: str, origin: str, **defaults: Any) -> Entry:
    target = (bundled.TARGETS[name],)
    return Entry(title, origin, SCIKIT_LEARN, bundled.opener(name), {"target": target, **defaults})


def _synthetic(name: str, title: str, samples: int) -> Entry:
    defaults = {"target": ("y",), "drop": ("truth", "sigma")}
    return Entry(title, "drawn by this package from a known function", OWN, synthetic.opener(name, samples), defaults)


def _playground(name: str, title: str) -> Entry:
    return Entry(title, PLAYGROUND_ORIGIN, OWN, playground.opener(name), {"target": ("label",)})


def _open_remote(remote: Remote) -> Table:
    return open_table(fetch(remote))


def _remote(remote: Remote, title: str, origin: str, licence: str, **defaults: Any) -> Entry:
    return Entry(title, origin, licence, partial(_open_remote, remote), defaults, remote)


CATALOGUE: dict[str, Entry] = {
    "tao": Entry(
        title="near-surface humidity, temperatures and wind at equatorial Pacific buoys: 736 days of eight buoy-years",
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
    "diabetes": _bundled(
        "diabetes",
        "disease progression after a year of 442 patients, from ten measurements",
        "Efron, Hastie, Johnstone, Tibshirani 2004, doi:10.1214/009053604000000067",
        kinds={"sex": "categorical"},
    ),
    "iris": _bundled(
        "iris", "three species of iris, 150 flowers", "Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x"
    ),
    "wine": _bundled("wine", "three cultivars of Italian wine, 178 analyses", "UCI, doi:10.24432/C5PC7J"),
    "breast_cancer": _bundled(
        "breast_cancer", "malignant or benign, 569 images of cell nuclei", "UCI, doi:10.24432/C5DW2B"
    ),
    "digits": _bundled(
        "digits",
        "handwritten digits, 1,797 images of 8 x 8",
        "UCI, doi:10.24432/C50P49",
        kinds={"digit": "categorical"},
    ),
    "sine": _synthetic("sine", "a sine with noise that grows and shrinks, 1,000 points", 1_000),
    "polynomial": _synthetic("polynomial", "a cubic with noise, 200 points", 200),
    "friedman": _synthetic(
        "friedman", "Friedman's function of five inputs, five more without influence, 2,000 points", 2_000
    ),
    "circle": _playground("circle", "a disc in a ring, 500 points"),
    "xor": _playground("xor", "four quadrants, 500 points"),
    "gauss": _playground("gauss", "two clouds, 500 points"),
    "spiral": _playground("spiral", "two arms of a spiral, 500 points"),
    "plane": _playground("plane", "a tilted plane, 1,200 points"),
    "gauss-regression": _playground("gauss-regression", "six cones up and down, 1,200 points"),
    "penguins": _remote(
        Remote(
            url="https://raw.githubusercontent.com/rfordatascience/tidytuesday/"
            "72657c6a53435ab88d94ca676c96a22c0bd46718/data/2020/2020-07-28/penguins.csv",
            sha256="f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93",
            filename="penguins.csv",
        ),
        "three species of penguins, 344 birds of the Palmer Archipelago, with gaps",
        "Gorman, Williams, Fraser 2014, doi:10.1371/journal.pone.0090081; Horst, Hill, Gorman 2020, palmerpenguins",
        "CC0",
        target=("species",),
        drop=("year",),
        units={"bill_length_mm": "mm", "bill_depth_mm": "mm", "flipper_length_mm": "mm", "body_mass_g": "g"},
    ),
    "california_housing": _remote(
        Remote(
            url="https://raw.githubusercontent.com/ageron/handson-ml2/"
            "aa555aa16b9d0af6c84e67c7757f3317d05acb12/datasets/housing/housing.csv",
            sha256="8a3727f4cf54ac1a327f69b1d5b4db54c5834ea81c6e4efc0d163300022a685e",
            filename="california_housing.csv",
        ),
        "median house value of 20,640 Californian districts, census of 1990",
        "Pace and Barry 1997, doi:10.1016/S0167-7152(96)00140-X",
        "not stated; figures of the US census of 1990",
        target=("median_house_value",),
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


def find_entry(name: str) -> Entry:
    """The entry of a name. Raises DataError with the nearest name."""
    if name in CATALOGUE:
        return CATALOGUE[name]
    near = difflib.get_close_matches(name.lower(), CATALOGUE, n=1, cutoff=0.5)
    raise DataError(
        f"no data set and no file '{name}'",
        allowed=[*sorted(CATALOGUE), "or a path"],
        instead=f"did you mean '{near[0]}'?" if near else None,
    )


def open_source(source: str) -> Table:
    """Open a data set of the catalogue, or a file.

    Raises:
        DataError: there is neither; the nearest name is suggested.
    """
    is_path = "." in source or "/" in source or "\\" in source or Path(source).exists()
    if source not in CATALOGUE and is_path:
        return open_table(source)
    return find_entry(source).open()


def prepare(name: str) -> Iterator[Progress]:
    """Download what a data set needs, telling how far it is; nothing happens where it is there already.

    Raises:
        DataError: the name is unknown, or the download fails.
    """
    remote = find_entry(name).remote
    if remote is not None:
        yield from download(remote)


def is_ready(name: str) -> bool:
    """Whether a data set can be opened without the network."""
    remote = find_entry(name).remote
    return remote is None or cached_path(remote).exists()
