"""Sets of images: downloaded ones, and ice charts drawn by this package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isinglass.data.catalogue.download import Remote
from isinglass.data.catalogue.entry import OWN, Entry
from isinglass.data.tables.sources.frame import Table
from isinglass.errors import DataError


def _images(name: str, base: str, sums: Mapping[str, str], words: tuple[str, str, str]) -> Entry:
    files = tuple(Remote(base + file, digest, f"{name}/{file}") for file, digest in sums.items())
    return Entry(*words, _no_table, files=files)


def _no_table() -> Table:
    raise DataError("a set of images, not a table", instead="fit it as it is: `isinglass fit mnist`.")


def _ice_charts() -> Any:
    from isinglass.data.catalogue.ice import load_ice_charts  # which knows what a Dataset is; that knows the catalogue

    return load_ice_charts()


IMAGES: dict[str, Entry] = {
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
