"""Conventional methods as plain arrays: fitted elsewhere, they predict with numpy alone, and a file can hold them.

To add one: a frozen dataclass of arrays, numbers and texts with `__call__(inputs [sample, feature]) -> [sample, width]`
and its line here.
"""

from __future__ import annotations

from isinglass.portable.constant import Constant as Constant
from isinglass.portable.encoder import Encoder as Encoder
from isinglass.portable.forest import Boosting as Boosting
from isinglass.portable.forest import Forest as Forest
from isinglass.portable.linear import Linear as Linear
from isinglass.portable.neighbours import Neighbours as Neighbours
from isinglass.portable.trees import Trees as Trees

Portable = Constant | Linear | Neighbours | Forest | Boosting

PORTABLE: dict[str, type[Portable]] = {
    "constant": Constant,
    "linear": Linear,
    "neighbours": Neighbours,
    "forest": Forest,
    "boosting": Boosting,
}
