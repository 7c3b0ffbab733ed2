"""What a model remembers of its training rows, as arrays and JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from isinglass.inference.novelty.features import Hidden
from isinglass.inference.novelty.novelty import Novelty

ARRAYS = ("rows", "center", "scale", "low", "high", "margin", "pairs", "pair_units", "ignorance")
LAYER = ("center", "modes", "rows")


def novelty_arrays(novelty: Novelty | None) -> dict[str, np.ndarray]:
    """Named arrays; none for nothing."""
    if novelty is None:
        return {}
    arrays = {f"novelty.{name}": np.asarray(getattr(novelty, name)) for name in ARRAYS}
    for number, one in enumerate(novelty.hidden):
        arrays |= {f"novelty.hidden.{number}.{name}": getattr(one, name).astype(np.float32) for name in LAYER}
    return arrays


def novelty_document(novelty: Novelty | None) -> dict[str, Any]:
    """Plain numbers and names, keys of the ensemble's document."""
    if novelty is None:
        return {"novelty_unit": None}
    layers = [{"member": one.member, "distance": one.distance, "residual": one.residual} for one in novelty.hidden]
    more = {"whole": novelty.whole, "names": list(novelty.names), "hidden": layers}
    return {"novelty_unit": novelty.unit, "novelty": more}


def read_novelty(document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Novelty | None:
    """Read what the two above wrote. A file from before ranges were judged has none that count; one from before each
    side had a margin has the same for both."""
    unit = document["novelty_unit"]
    if unit is None:
        return None
    more = document.get("novelty", {"whole": 1.0, "names": [], "hidden": []})
    found = {name: arrays[f"novelty.{name}"] for name in ARRAYS if f"novelty.{name}" in arrays}
    margin = found.get("margin", np.full(len(found["center"]), np.inf))
    found["margin"] = margin if margin.ndim == 2 else np.stack([margin, margin])
    hidden = tuple(_layer(number, one, arrays) for number, one in enumerate(more["hidden"]))
    return Novelty(**found, unit=unit, whole=float(more["whole"]), names=tuple(more["names"]), hidden=hidden)


def _layer(number: int, found: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Hidden:
    parts = {name: arrays[f"novelty.hidden.{number}.{name}"] for name in LAYER}
    return Hidden(int(found["member"]), **parts, distance=float(found["distance"]), residual=float(found["residual"]))
