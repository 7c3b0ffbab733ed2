"""Numbers that name something."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from isinglass.data import from_frame
from isinglass.data.tables.identifiers import padded
from isinglass.data.tables.parsing import labels
from isinglass.kinds.opening import load
from isinglass.recipe import DataRecipe

N = 60
X = np.random.default_rng(2).normal(size=N)


def notes(frame: pl.DataFrame, **recipe) -> tuple[str, ...]:
    return from_frame(frame, DataRecipe(source="t", target="y", **recipe), name="t").notes


@pytest.mark.parametrize(
    "cells",
    [
        [1582218195625938000 + k % 9 for k in range(N)],
        [str(1582218195625938000 + k % 9) for k in range(N)],
        [None if k % 7 == 0 else f"98765432109876543210{k % 10}" for k in range(N)],  # beyond 64 bits
        (np.arange(N) * 7 % N).astype(np.uint64) + np.uint64(2**63),
        [4_000_000_000_000_000 + 7 * (k * 7 % N) for k in range(N)],
    ],
    ids=["numbers", "text", "text beyond 64 bits", "unsigned", "16 digits"],
)
def test_numbers_of_many_digits_are_told_with_the_flags(cells) -> None:
    frame = pl.DataFrame({"patient": cells, "x": X, "y": X + 1})
    found = from_frame(frame, DataRecipe(source="t", target="y"), name="t")
    (note,) = [note for note in found.notes if note.startswith("patient:")]
    for word in ("digits look like an identifier", "--group patient", "--drop patient", "--kind patient=categorical"):
        assert word in note
    kept = from_frame(frame, DataRecipe(source="t", target="y", kinds={"patient": "categorical"}), name="t")
    assert len(kept.schema.columns[0].categories) == len({cell for cell in cells if cell is not None})


@pytest.mark.parametrize("name", ["station_id", "ID", "patientId", "zip", "event id"])
def test_names_of_identifiers_are_told(name: str) -> None:
    frame = pl.DataFrame({name: [7 * (k % 20) + 100 for k in range(N)], "x": X, "y": X + 1})
    assert any(note.startswith(f"{name} looks like an identifier: --group {name}") for note in notes(frame))
    assert not any("identifier" in note for note in notes(frame, kinds={name: "count"}))


@pytest.mark.parametrize("name", ["humid", "Madrid", "void", "width"])
def test_other_names_are_not(name: str) -> None:
    frame = pl.DataFrame({name: [7 * (k % 20) for k in range(N)], "x": X, "y": X + 1})
    assert not any("identifier" in note for note in notes(frame))


def test_long_numbers_keep_their_names() -> None:
    cells = ["123456789012345678901", "123456789012345678902"]
    assert labels(pl.Series(cells)).to_list() == cells


def test_patients(shared: Path) -> None:
    path = shared.parent / "cases" / "05-long-ids" / "ids.csv"
    found = load(DataRecipe(source=str(path), target="response"))
    assert any(note.startswith("patient: whole numbers of 19 digits look like an identifier") for note in found.notes)
    assert len(set(load(DataRecipe(source=str(path), target="response", group="patient")).coords["group"])) == 30


def test_moments_in_nanoseconds_are_no_identifiers() -> None:
    rising = [1_700_000_000_000_000_000 + 7_000_000 * k for k in range(N)]
    assert not any("identifier" in note for note in notes(pl.DataFrame({"t": rising, "x": X, "y": X + 1})))


@pytest.mark.parametrize(("cells", "cell"), [
    ([f"{k:03d}" for k in range(40)], "000"),
    ([f"{k:05d}" for k in range(900, 1100)], "00900"),
    ([f"{k // 2 % 24:02d}{30 * (k % 2):02d}" for k in range(96)], ""),  # times of the day
    ([f"{k % 12 + 1:02d}" for k in range(96)], ""),  # months
    ([str(k) for k in range(100, 150)], ""),
])  # fmt: skip
def test_zeros_before_numbers(cells: list[str], cell: str) -> None:
    text = pl.Series("plot", cells)
    assert padded(text, text.cast(pl.Int64)) == cell
