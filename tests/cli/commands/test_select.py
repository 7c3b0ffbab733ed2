"""`isinglass select`: a correlated pair, unused columns, the test part that stays sealed, pictures, bad input."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

import isinglass as ig
from isinglass.spec import Role
from isinglass.workbench.prepare import prepare
from isinglass.workbench.tune import inner_folds

LINEAR = (
    "--machine=linear",
    "--loss=squared",
    "--set=learning.optimizer.kind=closed_form",
    "--set=learning.plan=stacked",
    "--members=1",
)


def rows(count: int = 300, *, curved: bool = False) -> pl.DataFrame:
    """y needs a and c; b says what a says, a little less well; d, of three kinds, and e say nothing."""
    random = np.random.default_rng(0)
    a, noise, c, e = random.normal(size=(4, count))
    y = 2 * a + (c**2 if curved else c) + 0.5 * random.normal(size=count)
    kinds = random.choice(["x", "y", "z"], count)
    return pl.DataFrame({"a": a, "b": a + 0.3 * noise, "c": c, "d": kinds, "e": e, "y": y})


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows().write_csv(tmp_path / "t.csv")
    return tmp_path


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_one_of_a_pair_and_no_column_that_says_nothing(cli, data, direction):
    ran = cli("select", "t.csv", "-t", "y", *LINEAR, f"--direction={direction}", "--json")
    assert ran.code == 0, ran.err
    found = ran.json
    assert sorted(found["chosen"]) == ["a", "c"]
    assert found["check"]["score"] == pytest.approx(0.5, rel=0.1)  # the noise
    assert found["check"]["nothing"] == pytest.approx(np.sqrt(5.25), rel=0.15)
    assert np.shape(found["values"]) == (len(found["coords"]["step"]), 5)
    assert len(found["coords"]["error"]) == len(found["values"])


def test_what_is_said_and_drawn(cli, data):
    ran = cli("select", "t.csv", "-t", "y", *LINEAR, "-o", "path.png")
    assert ran.code == 0
    assert "Chosen: a, c." in ran.out
    line = next(line for line in ran.out.splitlines() if line.startswith("Fit with them: "))
    words = shlex.split(line.removeprefix("Fit with them: "))
    assert words[:4] == ["isinglass", "fit", "t.csv", "--target=y"]
    assert words[-1] == "--features=a,c"
    assert set(LINEAR[:-1]) <= set(words)
    first = next(line for line in ran.out.splitlines() if line.startswith("a "))
    assert "b (" in first  # the other of the pair came second
    with Image.open("path.png") as picture:
        assert picture.size[0] > 600
    assert "exists" in cli("select", "t.csv", "-t", "y", *LINEAR, "-o", "path.png").error
    assert cli("select", "t.csv", "-t", "y", *LINEAR, "-o", "path.json", "--most=1", "--quiet").code == 0
    assert json.loads(Path("path.json").read_text())["chosen"] == ["a"]


def test_the_test_part_stays_sealed(data):
    recipe = ig.Recipe.from_dict({"data": {"source": "t.csv", "target": ["y"]}}).replace({"splits.scheme": "sealed"})
    found = prepare(recipe)
    pool, inner = inner_folds(found, 5)
    sealed = np.flatnonzero(found.splits.role[0] == Role.TEST)
    assert len(sealed) == 60
    assert len(pool) == 240 == inner.role.shape[1]
    assert not set(pool.ids.tolist()) & set(found.dataset.ids[sealed].tolist())


def test_groups_stay_together_and_few_of_them_are_told(cli, data):
    rows().with_columns(g=pl.Series(np.arange(300) % 4)).write_csv("g.csv")
    ran = cli("select", "g.csv", "-t", "y", "--group=g", *LINEAR)
    assert ran.code == 0, ran.err
    assert "no sealed test part" in ran.err
    assert "in 4 folds" in ran.out
    assert "--group=g" in ran.out


@pytest.mark.slow
def test_networks_find_a_column_that_acts_as_a_square():
    found = ig.select(
        rows(200, curved=True),
        "y",
        most=2,
        settings={"learning.plan": "stacked", "learning.epochs": 60, "machine.hidden": [16]},
    )
    assert sorted(found.coords["chosen"]) == ["a", "c"]
    assert found.check["score"] < 0.4 * found.check["nothing"]
    assert "<svg" in found._repr_html_()


BAD = {
    "direction": (("--direction=sideways",), "forward, backward"),
    "most": (("--most=-1",), "1 or more"),
    "ending": (("--out=x.txt",), ".png"),
    "one column": (("--features=a",), "two columns or more"),
    "members": (("--members=0",), "1"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(cli, data, name):
    more, word = BAD[name]
    ran = cli("select", "t.csv", "-t", "y", *LINEAR, *more)
    assert word in ran.error, ran.err


def test_images_have_no_columns(cli, data):
    np.savez(
        "d.npz",
        x=np.random.default_rng(0).integers(256, size=40 * 64, dtype=np.uint8).reshape(40, 8, 8),
        y=np.arange(40) % 2,
    )
    assert "images" in cli("select", "d.npz").error
