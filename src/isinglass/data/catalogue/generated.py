"""Tables drawn by this package: known functions with noise, and the sets of the TensorFlow Playground."""

from __future__ import annotations

from isinglass.data.catalogue.entry import OWN, Entry
from isinglass.data.synthetic import functions, playground

PLAYGROUND_ORIGIN = "formulas of the TensorFlow Playground, Smilkov et al. 2017, arXiv:1708.03788"


def _synthetic(name: str, title: str, samples: int) -> Entry:
    defaults = {"target": ("y",), "drop": ("truth", "sigma")}
    return Entry(title, "drawn by this package from a known function", OWN, functions.opener(name, samples), defaults)


def _playground(name: str, title: str) -> Entry:
    return Entry(title, PLAYGROUND_ORIGIN, OWN, playground.opener(name), {"target": ("label",)})


GENERATED: dict[str, Entry] = {
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
}
