"""Every error that isinglass raises on purpose, as one tree.

    IsinglassError                  exit code 1: the data or the run failed
    ├── UsageError                  exit code 2: the request itself is wrong
    │   └── RecipeError             a recipe's key or value
    ├── DataError                   a file, a row or a column
    │   ├── SplitError              the data cannot be divided as asked
    │   └── LeakError               test rows would be seen in training
    ├── MachineError                a machine cannot be built or run
    ├── ConstraintError             a physical constraint is ill-posed
    ├── TrainingError               the learning process failed
    │   └── CheckpointError         a run cannot be resumed
    └── ModelFileError              a model file is damaged, foreign or too new

The errors about values are ValueErrors too, so scikit-learn and plain Python callers catch them as usual.
"""

from __future__ import annotations


class StudyWarning(UserWarning):
    """A note on a study, or on rows that are asked about: what may mislead, and the cure."""


class IsinglassError(Exception):
    """One clear message: what is wrong, where, what was given, what is allowed, what to write instead.

    Args:
        what: one sentence that names the problem.
        where: file, row (1-based, header not counted) and column, or the recipe's key.
        given: the offending value.
        allowed: the values that would be accepted.
        instead: the cure, as the user would write it.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        given: object = None,
        allowed: object = None,
        instead: str | None = None,
    ) -> None:
        self.what, self.where, self.given, self.allowed, self.instead = what, where, given, allowed, instead
        super().__init__(self._render())

    def _render(self) -> str:
        what = self.what if self.what.endswith((".", "!", "?")) else f"{self.what}."
        parts = [f"{self.where}: {what}" if self.where else what]
        if self.given is not None:
            parts.append(f"Given: {self.given}.")
        if self.allowed is not None:
            parts.append(f"Allowed: {_listing(self.allowed)}.")
        if self.instead:
            parts.append(f"Instead: {self.instead}")
        return " ".join(parts)


def _listing(allowed: object) -> str:
    if isinstance(allowed, (list, tuple, set, frozenset, dict)):
        return ", ".join(str(item) for item in allowed)
    return str(allowed)


class UsageError(IsinglassError, ValueError):
    """The request itself is wrong: nothing was read or fitted."""

    exit_code = 2


class RecipeError(UsageError):
    """A recipe's key is unknown or its value not allowed."""


class DataError(IsinglassError, ValueError):
    """A file, a row or a column cannot be used as it is."""


class SplitError(DataError):
    """The data cannot be divided into the parts that were asked for."""


class LeakError(DataError):
    """Rows of the test part would be seen in training."""


class MachineError(IsinglassError, ValueError):
    """A machine cannot be built, or does not accept these inputs."""


class ConstraintError(IsinglassError, ValueError):
    """A physical constraint is ill-posed: singular, of the wrong shape, or excluded by the data."""


class TrainingError(IsinglassError, RuntimeError):
    """The learning process failed."""


class CheckpointError(TrainingError):
    """A run cannot be resumed from its checkpoint."""


class ModelFileError(IsinglassError, ValueError):
    """A model file is damaged, foreign, or written by a newer version."""
