"""Honest questions: rows answered by networks that never saw them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from isinglass.inference.ensemble import Ensemble


def unseen_answers(teams: Sequence[Ensemble], places: Sequence[np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """A prediction of whole copies of the same rows in which each row is answered by networks that never saw it.

    Args:
        teams: the members of each fold.
        places: of each fold's rows within a copy; together all rows.
    """
    count = sum(map(len, places))

    def predict(copies: np.ndarray) -> np.ndarray:
        cube = copies.reshape(-1, count, *copies.shape[1:])
        answers = np.empty((len(cube), count, 0))
        for team, rows in zip(teams, places, strict=True):
            if not len(rows):
                continue
            found = answer(team, cube[:, rows].reshape(-1, *copies.shape[1:]))
            answers = answers if answers.shape[2] else np.empty((len(cube), count, found.shape[1]))
            answers[:, rows] = found.reshape(len(cube), len(rows), -1)
        return answers.reshape(len(copies), -1)

    return predict


def answer(ensemble: Ensemble, inputs: np.ndarray) -> np.ndarray:
    """Means [sample, out] or probabilities [sample, class] of all members together."""
    found = ensemble.predict(inputs)
    return found.mean if found.probabilities is None else found.probabilities
