"""Numbers that stand for 'no value', as loggers and archives write them: -9999 among temperatures, -200 among gases.

Three things tell such a number: it is one of those that archives use, it occurs again and again, and nothing lies near
it. With all three it is read as missing; with less it is only named. Nothing of this happens without a note.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from isinglass.recipe import toml_value
from isinglass.remarks import Remark

FILLS = (
    200.0,  # sensors of air quality, as in De Vito et al. (2008), doi:10.1016/j.snb.2007.09.060
    32767.0, 32768.0, 65535.0, 2147483647.0, 2147483648.0, 4294967295.0, 9223372036854775807.0,  # ends of whole numbers
    9.969209968386869e36,  # NC_FILL_FLOAT and NC_FILL_DOUBLE of netCDF
    float(np.finfo(np.float32).max), float(np.finfo(np.float64).max),
)  # fmt: skip
"""Sizes of numbers that files are filled with, beside 99, 999.9, 1e20 and the like."""

POSITIVE = frozenset((200.0, 888.0, 777.0))
"""Sizes that mean something with a minus alone."""

HUGE = 1e15
"""A power of ten from here on is no measurement."""

ROUNDING = 1e-6
"""Single precision keeps numbers to about this part."""

FAR = 3.0
"""So many times the range of all other values lies between a marker and the nearest of them."""

KEPT = 0.99
"""Part of the other values, the nearest ones, whose range and gaps are compared."""

REPEATED = 3
"""A number that stands for 'no value' in fewer rows is named and kept."""

LEVELS = 9
"""So few different numbers may be levels of a design; of more, one that stands apart is odd."""

ROUNDS = 4
"""Numbers that are looked at, the outermost first: a column may have several (-99 and -999)."""


@dataclass(frozen=True)
class Code:
    """An outermost number of a column that nothing lies near.

    Args:
        column: the column's name.
        value: the number.
        rows: how many hold it.
        low: the least of all other values.
        high: the greatest of them.
        usual: whether archives use it for 'no value'.
        far: the nearest other value is more than `FAR` ranges of the others away.
        negative: it is the only negative number.
        level: there are so few other numbers that it may be one more level, as of doses 0, 10, 100 and 1000.
        commonest: it is the only negative number, occurs more often than any other and stands off from the next.
    """

    column: str
    value: float
    rows: int
    low: float
    high: float
    usual: bool
    far: bool
    negative: bool
    level: bool = False
    commonest: bool = False

    @property
    def certain(self) -> bool:
        """Whether it is read as missing without being told."""
        return self.likely and (self.far or self.negative)

    @property
    def likely(self) -> bool:
        """Whether it is read as missing where another column of the table says so."""
        return self.usual and self.rows >= REPEATED

    @property
    def told(self) -> bool:
        """Whether it is named where it is not read as missing."""
        return self.commonest or (self.far and (self.usual or (self.rows >= REPEATED and not self.level)))

    @property
    def sentence(self) -> str:
        """What is told of a number that is kept."""
        rows = f"{self.rows} row{'s' * (self.rows != 1)}"
        if self.commonest:
            return (
                f"{self.column}: {self.value:g} in {rows} is the only negative number, and the commonest value "
                f"({self.low:g} to {self.high:g} beside it): if it means that there is no value, say "
                f"{setting(self.column, self.value)}; if it means 'below {-self.value:g}', write <{-self.value:g} and "
                "name the column in data.censored."
            )
        return Remark(
            f"{self.column}: {self.value:g} in {rows}, far from all other values ({self.low:g} to {self.high:g}): "
            f"if it means that there is no value, write nothing there, or say {setting(self.column, self.value)}.",
            "extremes",
        )


def setting(column: str, *marks: str | float) -> str:
    """What to write in a recipe so that these alone mean 'no value' in a column."""
    short = [int(m) if isinstance(m, float) and m == round(m) and abs(m) < HUGE else m for m in marks]
    return f"data.missing = {toml_value({column: short})}"


def usual(value: float) -> bool:
    """Whether archives use this number for 'no value'."""
    size = abs(value)
    if value > 0 and size in POSITIVE:
        return False
    if any(math.isclose(size, fill, rel_tol=ROUNDING) for fill in FILLS):
        return True
    digits = f"{size:.0f}" if size == round(size) and size < HUGE else f"{size:.7g}"
    mantissa, _, power = digits.partition("e")
    figures = mantissa.replace(".", "")
    if power and size >= HUGE and figures == "1":
        return True
    if power and size < HUGE:
        return False
    return (set(figures) == {"9"} and len(figures) > 1) or (set(figures) in ({"8"}, {"7"}) and len(figures) > 2)


def codes(series: pl.Series) -> list[Code]:
    """The outermost numbers that stand apart, one after another, each beside all that are left."""
    found: list[Code] = []
    if not series.dtype.is_numeric():
        return found
    rest = series.drop_nulls()
    for _ in range(ROUNDS):
        outermost = _outermost(rest)
        if outermost is None:
            break
        code, rest = outermost
        found.append(code)
    return found


def _outermost(rest: pl.Series) -> tuple[Code, pl.Series] | None:
    """A code at one end, and the column without it. Codes side by side (-8888 and -7777, 98 and 99) hide each other:
    behind one of a family the next is looked at without it."""
    for end in (pl.Series.min, pl.Series.max):
        inner = rest
        for _ in range(ROUNDS):
            extreme: float | int | None = end(inner)  # type: ignore[assignment]
            if extreme is None or not math.isfinite(float(extreme)) or extreme == 0:
                break
            code = _code(inner, extreme)
            if code is not None and (inner is rest or (code.far and _in_family(extreme))):
                return code, rest.filter(rest != extreme)
            if not _in_family(extreme):
                break
            inner = inner.filter(inner != extreme)
    return None


def _in_family(value: float) -> bool:
    """Whether it is one of the numbers by which surveys and archives tell several reasons for 'no value' apart: 77, 88
    and 99, or 96 to 99, with any number of digits."""
    digits = f"{abs(value):.7g}".replace(".", "")
    return len(digits) > 1 and (len(set(digits)) == 1 or (set(digits[:-1]) == {"9"} and digits[-1] in "6789"))


def _code(rest: pl.Series, value: float | int) -> Code | None:
    """The number as a code where it stands apart: the gap beside it is the widest of all."""
    rows = int((rest == value).sum())
    known = usual(float(value))
    if not known and rows < REPEATED:
        return None
    others = rest.filter(rest != value)
    if len(others) < 2:
        return None
    low, high = float(others.min()), float(others.max())  # type: ignore[arg-type]
    near = _nearest(others, above=value < low)
    distance, span = min(abs(value - low), abs(value - high)), float(near.max()) - float(near.min())  # type: ignore[arg-type]
    commonest = value < 0 <= low and not known and _is_commonest(others, rows, low - value)
    if not (span > 0 and distance > _widest_gap(near)) and not commonest:
        return None
    return Code(
        column=rest.name,
        value=float(value),
        rows=rows,
        low=low,
        high=high,
        usual=known,
        far=distance > FAR * span,
        negative=value < 0 <= low,
        level=others.n_unique() <= LEVELS and not _in_family(value),
        commonest=commonest and distance <= FAR * span,
    )


def _is_commonest(others: pl.Series, rows: int, distance: float) -> bool:
    """Whether the outermost number occurs again and again, more often than any other, and further from the next than
    numbers of the column are from each other."""
    if rows < REPEATED or others.n_unique() <= LEVELS or rows <= int(others.unique_counts().max() or 0):  # type: ignore[arg-type]
        return False
    steps = others.unique().sort().cast(pl.Float64).diff()
    return distance > FAR * float(steps.median() or 0.0)  # type: ignore[arg-type]


def _nearest(others: pl.Series, *, above: bool) -> pl.Series:
    """All but the farthest hundredth: one odd value at the other end hides no marker."""
    limit = others.quantile(KEPT if above else 1 - KEPT)
    return others.filter(others <= limit) if above else others.filter(others >= limit)


def _widest_gap(others: pl.Series) -> float:
    return float(others.unique().sort().cast(pl.Float64).diff().max() or 0.0)  # type: ignore[arg-type]


def marker(series: pl.Series) -> str:
    """A sentence about the outermost number where it looks like a marker, else nothing."""
    return next((code.sentence for code in codes(series) if code.told), "")
