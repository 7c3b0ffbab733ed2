"""Inputs as a method reads them: numbers shifted and scaled, codes of categories replaced by what they mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isinglass.portable.checks import require


@dataclass(frozen=True)
class Encoder:
    """Inputs [sample, feature] -> float64 [sample, column].

    Args:
        plain: int64 [plain], the features that are numbers; they become the first columns.
        center, factor: float64 [plain]; a number x becomes (x - center) * factor.
        filled: bool [plain]: a missing number becomes 0, else it stays missing.
        codes: int64 [code], the features that are codes; each becomes the columns of its meaning.
        meanings: a float64 [value, column] for each of them: what stands for each value. Larger values have the last
            row, smaller ones the first.
    """

    plain: np.ndarray
    center: np.ndarray
    factor: np.ndarray
    filled: np.ndarray
    codes: np.ndarray
    meanings: tuple[np.ndarray, ...]

    def __post_init__(self) -> None:
        places = (*self.plain, *self.codes)
        require(all(place >= 0 for place in places), "a feature has no place", where="encoder")
        sizes = {len(part) for part in (self.center, self.factor, self.filled)}
        require(sizes == {len(self.plain)}, "sizes differ", where="encoder")
        require(len(self.codes) == len(self.meanings), "sizes differ", where="encoder")
        require(all(len(one) and one.ndim == 2 for one in self.meanings), "a meaning is empty", where="encoder")

    @property
    def columns(self) -> int:
        """How many columns come out."""
        return len(self.plain) + sum(one.shape[1] for one in self.meanings)

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """[sample, feature], NaN where missing -> float64 [sample, column]."""
        plain = (inputs[:, self.plain].astype(np.float64) - self.center) * self.factor
        plain = np.where(self.filled, np.nan_to_num(plain), plain)
        return np.hstack([plain, *(self._meant(inputs, number) for number in range(len(self.codes)))])

    def _meant(self, inputs: np.ndarray, number: int) -> np.ndarray:
        meaning = self.meanings[number]
        values = np.nan_to_num(inputs[:, self.codes[number]]).astype(np.int64)
        return meaning[np.clip(values, 0, len(meaning) - 1)]
