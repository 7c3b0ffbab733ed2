"""Learning without a learning-rate loop: second order, in closed form, or by the perceptron's own rule.

`SOLVERS[kind](training)` is an iterator of ticks that leaves the weights in `training.run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from isinglass.learning.run import Tick
from isinglass.learning.solvers.closed_form import closed_form
from isinglass.learning.solvers.lbfgs import lbfgs
from isinglass.learning.solvers.perceptron_rule import perceptron
from isinglass.learning.training import Training

SOLVERS: dict[str, Callable[[Training], Iterator[Tick]]] = {
    "lbfgs": lbfgs,
    "closed_form": closed_form,
    "perceptron": perceptron,
}
