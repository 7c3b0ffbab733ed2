"""What a search has found so far, on disk: a search that was broken off goes on with the cohort that was learning.

One JSON file holds the recipe and the scores of finished cohorts; a checkpoint beside it the cohort that is learning.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isinglass.errors import CheckpointError
from isinglass.files import write_atomically
from isinglass.learning.checkpoint import AGAIN, Checkpoint
from isinglass.recipe import Recipe

VERSION = 1


@dataclass
class Record:
    """The file of a search; made by `begin` or `resume`.

    Args:
        path: the file; checkpoints lie beside it under its name and the cohort's place.
        recipe: the study, with its [search].
        data: a fingerprint of the rows.
        every: seconds between two savings of the cohort that is learning.
        found: finished cohorts by round and place: the trials' fields but their values.
    """

    path: Path
    recipe: Recipe
    data: str
    every: float = 10.0
    found: dict[str, list[list[Any]]] = field(default_factory=dict)

    @staticmethod
    def begin(path: Path, recipe: Recipe, *, data: str, every: float = 10.0) -> Record:
        """Start a search anew. Raises CheckpointError where the file cannot be written."""
        for old in path.parent.glob(f"{path.name}.*"):
            old.unlink()
        record = Record(path, recipe, data, every)
        record._write()
        return record

    @staticmethod
    def resume(path: Path, *, data: str, every: float = 10.0) -> Record:
        """Go on with one that was broken off.

        Raises:
            CheckpointError: the file is damaged or from a newer version, or the rows are others.
        """
        document = _read(path)
        if document["data"] != data:
            raise CheckpointError(
                "the data are no longer those that the search began with",
                where=str(path.parent),
                instead="put them back, or start again without --resume",
            )
        recipe = Recipe.from_dict(document["recipe"], where=str(path))
        return Record(path, recipe, data, every, document["found"])

    def recall(self, number: int, cohort: int) -> list[list[Any]] | None:
        """The trials of a round's cohort, if it is finished."""
        return self.found.get(f"{number}.{cohort}")

    def keep(self, number: int, cohort: int, trials: list[list[Any]]) -> None:
        """A cohort is finished. Raises CheckpointError where that cannot be written; what was there stays."""
        self.found[f"{number}.{cohort}"] = trials
        self._write()
        self.checkpoint(number, cohort).path.unlink(missing_ok=True)

    def checkpoint(self, number: int, cohort: int) -> Checkpoint:
        """Where a cohort's run is saved while it learns."""
        return Checkpoint(self.path.with_name(f"{self.path.name}.{number}.{cohort}"), every=self.every)

    def _write(self) -> None:
        document = {
            "version": VERSION,
            "data": self.data,
            "recipe": self.recipe.model_dump(mode="json", exclude_none=True),
            "found": self.found,
        }
        document["sha256"] = _digest(document)
        write_atomically(self.path, json.dumps(document).encode(), failure=CheckpointError)


def recorded(path: Path) -> Recipe:
    """The recipe of a search that was broken off. Raises CheckpointError where it cannot be read."""
    return Recipe.from_dict(_read(path)["recipe"], where=str(path))


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
        version = int(document["version"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"the record of the search cannot be read: {error}", where=str(path), instead=AGAIN
        ) from None
    if version > VERSION:
        raise CheckpointError("the record of the search was written by a newer version", where=str(path))
    if document.pop("sha256", None) != _digest(document):
        raise CheckpointError(
            "the record of the search is damaged: its checksum is wrong", where=str(path), instead=AGAIN
        )
    return document


def _digest(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document).encode()).hexdigest()
