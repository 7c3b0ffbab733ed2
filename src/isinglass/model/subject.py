"""What explanations are about: networks, what they read, and unseen rows that are kept with them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from isinglass.data.rows import Asked, Reader, Rows, read
from isinglass.data.schema import DataSchema
from isinglass.inference.ensemble import Ensemble


@dataclass(frozen=True)
class Sample:
    """Unseen rows kept with the model, so that it can be asked again what it looks at; and which rows it has seen.

    inputs: [sample, feature] or images; targets: [sample, out]; weights: [sample]; fold: [sample] whose members never
    saw it; learnt: uint32 [row], rising, the `short_ids` of all rows that some member may have learnt from.
    """

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    fold: np.ndarray
    learnt: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint32))


@dataclass(frozen=True)
class Subject:
    """The parts of a model that an explanation uses.

    ensemble: the networks; schema: what they read and predict; sample: unseen rows kept with them; reader: of other
    rows; seed: of every draw.
    """

    ensemble: Ensemble
    schema: DataSchema
    sample: Sample
    reader: Reader
    seed: int

    def read(self, rows: Rows) -> Asked:
        """Rows as the networks see them."""
        return read(self.reader, rows)
