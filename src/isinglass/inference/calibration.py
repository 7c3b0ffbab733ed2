"""What a model corrects its uncertainty by: a value, fitted elsewhere on rows that no member trained on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import expit, log_softmax, logit, ndtri, softmax

from isinglass.errors import ModelFileError, UsageError
from isinglass.spec import Task

TINY = 1e-12  # smallest probability whose logarithm is taken


@dataclass(frozen=True)
class Calibration:
    """Corrections of standard deviations, intervals and probabilities. The default corrects nothing.

    Attributes:
        scale: [out] factors of the standard deviation (and of its two parts, noise and ignorance).
        floor: [out] standard deviations that are always there besides, part of the noise; empty: 0.
        levels: [level] nominal coverages, rising, for which half-widths are known.
        widths: [out][level] half-widths of intervals, in units of the corrected standard deviation.
        temperature: divides the logits.
        rows: how many rows it was fitted on; 0 for none.
        witnesses: how many independent ones that were classes or labels; 0: probabilities have no floor.
    """

    scale: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()
    widths: tuple[tuple[float, ...], ...] = ()
    temperature: float = 1.0
    rows: int = 0
    floor: tuple[float, ...] = ()
    witnesses: int = 0

    def std(self, std: np.ndarray) -> np.ndarray:
        """The corrected standard deviation, or noise, sqrt(scale^2 std^2 + floor^2): [..., out] -> [..., out]."""
        scaled = self.part(std)
        return np.hypot(scaled, np.asarray(self.floor, std.dtype)) if self.floor else scaled

    def part(self, std: np.ndarray) -> np.ndarray:
        """A part of it that has no floor, as the ignorance: [..., out] -> [..., out]."""
        return std * np.asarray(self.scale, std.dtype) if self.scale else std

    def interval(self, mean: np.ndarray, std: np.ndarray, *, coverage: float) -> tuple[np.ndarray, np.ndarray]:
        """The interval mean -+ width * std of a coverage, from the corrected standard deviation: [sample, out] each.

        Between the fitted levels, and beyond them, the ratio of the width to that of the normal distribution is
        interpolated and held. Without a fit it is the normal distribution's interval.

        Raises:
            UsageError: a coverage that is no part of the observations.
        """
        if not 0 < coverage < 1:
            raise UsageError("a coverage lies between 0 and 1", given=coverage, instead="interval(0.9)")
        half = std * np.asarray(self.width(coverage, mean.shape[-1]), np.float64)
        return mean - half, mean + half

    def width(self, coverage: float, outputs: int) -> np.ndarray:
        """The half-width in standard deviations for each output: float64 [out]."""
        normal = float(ndtri(0.5 + coverage / 2))
        if not self.widths:
            return np.full(outputs, normal)
        ratios = np.asarray(self.widths) / ndtri(0.5 + np.asarray(self.levels) / 2)
        return np.array([normal * np.interp(coverage, self.levels, ratio) for ratio in ratios])

    def probabilities(self, probabilities: np.ndarray, task: Task) -> np.ndarray:
        """Probabilities with logits divided by the temperature: [..., class] or [..., label], the same shape.

        With n witnesses and C classes (2 for a label) p becomes (n p + 2 / C) / (n + 2), as if two more rows had shown
        each class equally often (Laplace's rule of succession for two classes): what never happened in n rows is given
        1 / (n + 2), not 1e-19.
        """
        if self.temperature != 1.0:
            probabilities = tempered(probabilities, self.temperature, task)
        if not self.witnesses:
            return probabilities
        classes = 2 if task is Task.MULTILABEL else probabilities.shape[-1]
        return (self.witnesses * probabilities + 2.0 / classes) / (self.witnesses + 2.0)

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers, which `from_json` reads back unchanged."""
        document = asdict(self)
        for name in ("floor", "witnesses"):
            if not document[name]:
                del document[name]  # as it was before there were any
        return document

    @staticmethod
    def from_json(document: dict[str, Any]) -> Calibration:
        """Read what `to_json` wrote. Raises ModelFileError for anything else."""
        try:
            return Calibration(
                scale=tuple(float(value) for value in document["scale"]),
                levels=tuple(float(value) for value in document["levels"]),
                widths=tuple(tuple(float(value) for value in row) for row in document["widths"]),
                temperature=float(document["temperature"]),
                rows=int(document["rows"]),
                floor=tuple(float(value) for value in document.get("floor", ())),
                witnesses=int(document.get("witnesses", 0)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError(f"the calibration is damaged: {error!r}", where="calibration") from None


def tempered(probabilities: np.ndarray, temperature: float | np.ndarray, task: Task) -> np.ndarray:
    """softmax(log p / T) over classes; sigmoid(logit(p) / T) for labels."""
    if task is Task.MULTILABEL:
        return expit(logit(np.clip(probabilities, TINY, 1 - TINY)) / temperature)
    return softmax(np.log(np.maximum(probabilities, TINY)) / temperature, axis=-1)


def log_tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Logarithms of the tempered probabilities of classes: [..., class]."""
    return log_softmax(np.log(np.maximum(probabilities, TINY)) / temperature, axis=-1)
