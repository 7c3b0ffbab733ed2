from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scikit-learn.md"


@pytest.mark.slow
def test_the_page_runs() -> None:
    """Its blocks one after the other, as a reader would type them."""
    text = PAGE.read_text(encoding="utf-8").replace("Regressor(", "Regressor(threads=1, ")
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        exec(block, names)
    assert names["model"].predict(names["X_test"]).min() >= 0  # type: ignore[attr-defined]
