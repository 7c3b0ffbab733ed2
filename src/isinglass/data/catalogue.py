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
    files: tuple[Remote, ...] = ()
    """Images: the files on the network, all in one folder of the cache."""
    make: Callable[[], Any] | None = None
    """Images that this package generates: gives the Dataset."""


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


def _no_table() -> Table:
    raise DataError("a set of images, not a table", instead="fit it as it is: `isinglass fit mnist`.")


def _images(name: str, base: str, sums: Mapping[str, str], words: tuple[str, str, str]) -> Entry:
    files = tuple(Remote(base + file, digest, f"{name}/{file}") for file, digest in sums.items())
    return Entry(*words, _no_table, files=files)


def _ice_charts() -> Any:
    from isinglass.data.ice import load_ice_charts  # which knows what a Dataset is; that knows the catalogue

    return load_ice_charts()


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
    "mnist": _images(
        "mnist",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        {
            "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
        (
            "handwritten digits, 60,000 + 10,000 images of 28 x 28",
            "LeCun, Bottou, Bengio, Haffner 1998, doi:10.1109/5.726791",
            "not stated by its authors",
        ),
    ),
    "fashion_mnist": _images(
        "fashion_mnist",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        {
            "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
        (
            "ten kinds of clothes, 60,000 + 10,000 images of 28 x 28",
            "Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747",
            "MIT",
        ),
    ),
    "cifar10": _images(
        "cifar10",
        "https://www.cs.toronto.edu/~kriz/",
        {"cifar-10-binary.tar.gz": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
        (
            "ten kinds of animals and vehicles, 50,000 + 10,000 colour images of 32 x 32",
            "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images, University of Toronto",
            "not stated by its authors",
        ),
    ),
    "ice_charts": Entry(
        "sea ice: 32 generated scenes of 24 channels, with masks of concentration, stage and floe size",
        "drawn by this package in the form of AI4Arctic, Buus-Hinkler et al. 2022, doi:10.11583/DTU.c.6244065",
        OWN,
        _no_table,
        make=_ice_charts,
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


def shadowed(source: str) -> tuple[str, ...]:
    """A note where a file or folder has the name of a data set: which one is taken, and how the other is had."""
    if source not in CATALOGUE or not Path(source).exists():
        return ()
    return (f"'{source}' is the named data set; what lies here under this name is './{source}'.",)


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
    for remote in _remotes(name):
        yield from download(remote)


def fetch_files(name: str) -> Path:
    """The folder of a set of images, downloaded where it is not there yet."""
    for remote in find_entry(name).files:
        fetch(remote)
    return cached_path(find_entry(name).files[0]).parent


def _remotes(name: str) -> tuple[Remote, ...]:
    entry = find_entry(name)
    return (*entry.files, *(() if entry.remote is None else (entry.remote,)))


def is_ready(name: str) -> bool:
    """Whether a data set can be opened without the network."""
    return all(cached_path(remote).exists() for remote in _remotes(name))
