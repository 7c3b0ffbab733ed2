"""Tables that are downloaded once, each a file whose content is known by its SHA-256."""

from __future__ import annotations

from functools import partial
from typing import Any

from isinglass.data.catalogue.download import Remote, fetch
from isinglass.data.catalogue.entry import Entry
from isinglass.data.tables.sources.frame import Table
from isinglass.data.tables.sources.table import open_table


def _open_remote(remote: Remote) -> Table:
    return open_table(fetch(remote))


def _remote(remote: Remote, title: str, origin: str, licence: str, **defaults: Any) -> Entry:
    return Entry(title, origin, licence, partial(_open_remote, remote), defaults, remote)


DOWNLOADED: dict[str, Entry] = {
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
