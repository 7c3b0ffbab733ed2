"""What an explanation is: numbers with named axes, the method that made them, and a check of that method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html import escape

import numpy as np

from isinglass.spec import Spec

MEMBER = "member"
"""The axis of networks, where there is one: what lies beside it is averaged over them."""
MERGED = 4
"""Up to so many channels are one map; of more, each is a map of its own."""
ADDED = ("integrated",)
"""Methods whose values sum to a whole: those of a pixel's channels are added up."""
APART = ("unit",)
"""Methods whose channels stay apart: of the first layer it is a kernel that is seen."""


@dataclass(frozen=True)
class Explanation:
    """The answer to one question about a model.

    Args:
        values: array; its axes are `spec.dims`.
        spec: names of the axes, the inputs explained (`names`) with their units, and their kind.
        method: key of `METHODS` or `LOCAL_METHODS` that made it.
        check: numbers by which the method can be judged, by name; each method documents its own. All have
            `rank_correlation` where the same was asked of networks with random weights (see `sanity`).
        coords: values along an axis, by the axis's name; of one sample also `sample`, the sample itself.
        about: what was asked of whom, in words.
        quantity: what the values are, with their unit.
        draw: makes the figure for notebooks; None: a table.
    """

    values: np.ndarray
    spec: Spec
    method: str
    check: Mapping[str, float]
    coords: Mapping[str, np.ndarray] = field(default_factory=dict)
    about: str = ""
    quantity: str = ""
    draw: Callable[[Explanation], str] | None = field(default=None, repr=False, compare=False)

    def mean(self) -> np.ndarray:
        """Mean over members; without such an axis [first axis], the mean over all other axes."""
        values, axis = self._laid_out()
        return values.mean(axis=axis)

    def spread(self) -> np.ndarray:
        """Standard deviation (ddof 1; 0 where there is a single value), shaped as `mean`."""
        values, axis = self._laid_out()
        return values.std(axis=axis, ddof=1) if values.shape[axis] > 1 else np.zeros_like(values.mean(axis=axis))

    def by_pixel(self) -> Explanation:
        """One value a pixel, [height, width, member], of [channel, height, width, member] with 2 to 4 channels.

        It is max_c |value_c| (Simonyan, Vedaldi and Zisserman 2014, "Deep inside convolutional networks"), for signs of
        channels would cancel; of parts of a whole the sum. All else stays as it is, with its signs.
        """
        if self.spec.dims[0] != "channel" or self.method in APART or not 1 < len(self.values) <= MERGED:
            return self
        spec = replace(self.spec, dims=self.spec.dims[1:])
        if self.method in ADDED:
            return replace(self, values=self.values.sum(0), spec=spec, quantity=f"{self.quantity}, channels added up")
        quantity = f"|{self.quantity}|, largest of the channels"
        return replace(self, values=np.abs(self.values).max(axis=0), spec=spec, quantity=quantity)

    def ranking(self) -> list[str]:
        """Names along the first axis, from the largest mean down; names without a value are last."""
        mean = self.mean()
        mean = mean.reshape(len(mean), -1).mean(axis=1)
        order = np.argsort(-np.where(np.isnan(mean), -np.inf, mean), kind="stable")
        return [str(self.coords[self.spec.dims[0]][index]) for index in order]

    def _laid_out(self) -> tuple[np.ndarray, int]:
        if MEMBER in self.spec.dims:
            return self.values, self.spec.dims.index(MEMBER)
        return self.values.reshape(len(self.values), -1), 1

    def __repr__(self) -> str:
        sizes = ", ".join(f"{size} {dim}" for dim, size in zip(self.spec.dims, self.values.shape, strict=False))
        told = ": ".join(part for part in (self.about, self.quantity) if part)
        return f"<isinglass Explanation by {self.method}{', ' if told else ''}{told} ({sizes})>"

    def _repr_html_(self) -> str:
        head = f"<p>{escape(self.about or self.method)}</p>"
        checked = ", ".join(f"{name} {value:.3g}" for name, value in self.check.items())
        body = self.draw(self) if self.draw is not None else self._table()
        return f"<div>{head}{body}<p>check: {escape(checked)}</p></div>"

    def _table(self) -> str:
        """At most 20 lines along the first axis."""
        axis = self.spec.dims[0]
        names = self.coords.get(axis, np.arange(1, len(self.values) + 1))[:20]
        means, spreads = (part.reshape(len(part), -1).mean(axis=1) for part in (self.mean(), self.spread()))
        rows = "".join(
            f"<tr><td>{escape(str(name))}</td><td>{mean:.4g}</td><td>± {spread:.2g}</td></tr>"
            for name, mean, spread in zip(names, means, spreads, strict=False)
        )
        return f"<table><thead><tr><th>{axis}</th><th>{escape(self.quantity)}</th><th></th></tr></thead>{rows}</table>"
