"""Whole studies on another device: the report says where, and the answers are those of the processor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from photos import folder_per_class
from practice import KIND
from studies import QUICK_IMAGES, quick, tell

from isinglass.model import Model
from isinglass.recipe import Recipe


@pytest.mark.parametrize("plan", ["stacked", "looped"])
def test_a_table(plan: str) -> None:
    told = {
        device: tell(quick({"source": "diabetes"}, learning__device=device, learning__plan=plan, learning__epochs=2))
        for device in (KIND, "cpu")
    }
    assert told[KIND].study.report.provenance["plan"].endswith(f"on {KIND}:0")
    means = [told[device].model.predict("diabetes").mean for device in (KIND, "cpu")]
    np.testing.assert_allclose(*means, rtol=1e-4)


def test_images(tmp_path: Path) -> None:
    source = folder_per_class(tmp_path / "photos", each=10)
    recipe = Recipe.from_dict({"data": {"source": str(source)}}).replace(
        QUICK_IMAGES | {"learning.precision": "float32"}
    )
    told = {device: tell(recipe.replace({"learning.device": device}), tmp_path / device) for device in (KIND, "cpu")}
    assert f"on {KIND}:0" in told[KIND].study.paths["report"].read_text()
    loaded = Model.load(told[KIND].study.paths["model"])
    found = loaded.predict(str(source)).probabilities
    np.testing.assert_allclose(found, told[KIND].model.predict(str(source)).probabilities, atol=1e-4)
    np.testing.assert_allclose(found, told["cpu"].model.predict(str(source)).probabilities, atol=0.02)
