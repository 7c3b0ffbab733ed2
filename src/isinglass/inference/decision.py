"""Which class to act on, where a miss of one costs more than a miss of another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Decision:
    """A rule from probabilities to a class.

    Of two classes the costlier one, `positive`, is chosen from `threshold` on; of several the one with the largest
    probability times cost, which has the smallest expected cost (Elkan 2001, The foundations of cost-sensitive
    learning, IJCAI 17).

    Attributes:
        costs: [class] what it costs to miss a row of each class.
        positive: index of the costlier of two classes.
        threshold: of its probability; None for several classes.
        tuned: whether the threshold was chosen on out-of-bag rows, or is that of the costs alone.
        cost: mean cost of an unseen row under this rule.
        plain: the same where the most probable class is chosen.
    """

    costs: tuple[float, ...]
    positive: int = 0
    threshold: float | None = None
    tuned: bool = False
    cost: float = float("nan")
    plain: float = float("nan")

    def choose(self, probabilities: np.ndarray) -> np.ndarray:
        """[sample, class] -> int64 [sample], the class to act on."""
        if self.threshold is None:
            return (probabilities * np.asarray(self.costs)).argmax(axis=1)
        return np.where(probabilities[:, self.positive] >= self.threshold, self.positive, 1 - self.positive)
