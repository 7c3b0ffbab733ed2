"""The ledger of the test part: every opening is dated and counted, and none can be struck out unnoticed.

A score on test rows is honest once. Each further look lets a choice be made by it, so the number of looks belongs to
the score. Entries are chained: each carries the digest of the one before, and reading a ledger checks the chain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from isinglass.errors import ModelFileError


@dataclass(frozen=True)
class Opening:
    """One look at test rows.

    Attributes:
        when: ISO date and time, UTC.
        verb: what looked: "fit", "evaluate", "compare" ...
        rows: how many rows.
        rows_digest: which rows: the first 16 hexadecimal digits of the SHA-256 of their sorted ids.
        metrics: what came out.
        previous: digest of the opening before; empty for the first.
    """

    when: str
    verb: str
    rows: int
    rows_digest: str
    metrics: tuple[tuple[str, float], ...] = ()
    previous: str = ""

    @property
    def digest(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of everything above."""
        return _digest(json.dumps(asdict(self), sort_keys=True).encode())


@dataclass(frozen=True)
class Ledger:
    """All openings, oldest first. Immutable: `record` returns a longer one."""

    openings: tuple[Opening, ...] = ()

    @property
    def count(self) -> int:
        """How often test rows were looked at."""
        return len(self.openings)

    def record(
        self, verb: str, ids: np.ndarray, metrics: Mapping[str, float], *, when: datetime | None = None
    ) -> Ledger:
        """The ledger with one more opening.

        Args:
            verb: what looks.
            ids: uint64 [sample] of the rows that are looked at.
            metrics: what came out; values that are not finite are left out.
            when: the time, now where not given.
        """
        finite = tuple((name, float(value)) for name, value in metrics.items() if np.isfinite(value))
        stamp = (when or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
        rows_digest = _digest(np.sort(np.asarray(ids, np.uint64)).astype("<u8").tobytes())
        previous = self.openings[-1].digest if self.openings else ""
        opening = Opening(stamp, verb, len(ids), rows_digest, finite, previous)
        return replace(self, openings=(*self.openings, opening))

    def sentence(self) -> str:
        """What the report says."""
        if not self.openings:
            return "The test part has not been opened."
        first = self.openings[0]
        if self.count == 1:
            return f"The test part was opened once, on {first.when[:10]}, by `{first.verb}`."
        return (
            f"The test part was opened {self.count} times, first on {first.when[:10]}, last on"
            f" {self.openings[-1].when[:10]}: every opening after the first makes the score less of a surprise."
        )

    def to_json(self) -> list[dict[str, Any]]:
        """Plain values, which `from_json` reads back unchanged."""
        return [{**asdict(opening), "metrics": dict(opening.metrics)} for opening in self.openings]

    @staticmethod
    def from_json(document: list[dict[str, Any]]) -> Ledger:
        """Read and check the chain. Raises ModelFileError where an entry is damaged, changed or missing."""
        try:
            openings = tuple(Opening(**{**item, "metrics": tuple(item["metrics"].items())}) for item in document)
        except (TypeError, KeyError, AttributeError) as error:
            raise ModelFileError(f"the ledger is damaged: {error!r}", where="ledger") from None
        expected = ""
        for place, opening in enumerate(openings):
            if opening.previous != expected:
                raise ModelFileError(
                    "the ledger's chain is broken: an opening was changed or struck out",
                    where=f"ledger, entry {place + 1}",
                    instead="the file as it was written.",
                )
            expected = opening.digest
        return Ledger(openings)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
