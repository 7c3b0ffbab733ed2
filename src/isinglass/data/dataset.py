"""What a study knows, as numbers: the rows of a table or images, with everything that is declared of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from isinglass.data.schema import DataSchema


@dataclass(frozen=True, eq=False)
class Dataset:
    """One row a sample.

    Args:
        inputs: float32 [sample, feature]; NaN = missing; the features are `schema.features`. Images: [sample, channel,
            height, width] in their own depth, perhaps a memory map.
        targets: float64 [sample, out]; numbers, the index of the class, or 0/1. Masks: uint8 [sample, head, height,
            width], 255 where nothing is to be predicted.
        weights: float64 [sample], not negative; 1 by default.
        schema: what the columns mean.
        coords: "group" (text), "time" (days or numbers), "latitude", "longitude" (degrees), each [sample], where
            the recipe declares them; "part" ("train", "valid" or "test") where the source has official parts.
        ids: uint64 [sample], a hash of the row's content: equal rows have equal ids, whatever their order.
        name: what to call it in reports.
        fingerprint: SHA-256 of the content.
        notes: what a user should know, one sentence each.
        rows: int64 [sample], the row of the source (1-based, header not counted).
        files: images: where each one came from, as "cats/7.png" or "train-images-idx3-ubyte.gz, image 7".
        censoring: int8 [sample, out], -1 where a target lies below the number in `targets` (a limit, `<1`), 1 where
            above, 0 where it is it; empty where no target column may hold limits.
        dated: coords "time" are days since 2000-01-01, made of dates.
        known: images: bool [sample, height, width], whether a pixel has data; empty: all have.
    """

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    schema: DataSchema
    coords: Mapping[str, np.ndarray]
    ids: np.ndarray
    name: str
    fingerprint: str
    notes: tuple[str, ...] = ()
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    files: np.ndarray = field(default_factory=lambda: np.zeros(0, np.str_))
    dated: bool = False
    known: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    censoring: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.int8))

    def __post_init__(self) -> None:
        if len(self.rows) != len(self.inputs):
            object.__setattr__(self, "rows", np.arange(1, len(self.inputs) + 1))

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, index: np.ndarray) -> Dataset:
        """The rows of an index (or of a mask) [sample]; name, schema, fingerprint and notes stay."""
        coords = {name: values[index] for name, values in self.coords.items()}
        arrays = {name: getattr(self, name)[index] for name in ("inputs", "targets", "weights", "ids", "rows")}
        some = {name: getattr(self, name) for name in ("files", "known", "censoring")}
        some = {name: part[index] if len(part) else part for name, part in some.items()}
        return replace(self, coords=coords, **some, **arrays)
