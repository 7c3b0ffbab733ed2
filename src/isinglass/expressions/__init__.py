"""Formulas as people type them, `(x + y) * z`, read by a grammar of our own: nothing is ever run as code.

No torch here: a formula computes with whatever it is given, numbers or tensors. The grammar is in `grammar.py`.
"""

from __future__ import annotations

from isinglass.expressions.expression import Call as Call
from isinglass.expressions.expression import Expression as Expression
from isinglass.expressions.expression import Node as Node
from isinglass.expressions.expression import Number as Number
from isinglass.expressions.expression import Variable as Variable
from isinglass.expressions.expression import written as written
from isinglass.expressions.grammar import parse as parse
from isinglass.expressions.operations import ARITHMETIC as ARITHMETIC
from isinglass.expressions.operations import ONE as ONE
from isinglass.expressions.operations import TWO as TWO
from isinglass.expressions.operations import compute as compute
