"""Named data sets: found by name, completed by their defaults, prepared from the network."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from isinglass.data.catalogue import CATALOGUE, complete, find_entry, is_ready, open_source, prepare
from isinglass.data.catalogue.download import cached_path
from isinglass.errors import DataError
from isinglass.kinds.opening import load
from isinglass.recipe import DataRecipe


def test_defaults_fill_gaps_only() -> None:
    full = complete(DataRecipe(source="tao", target=("UWind",)))
    assert full.target == ("UWind",)
    assert full.group == "location"
    assert complete(DataRecipe(source="x.csv")) == DataRecipe(source="x.csv")
    assert complete(full) == full


def test_unknown_names_suggest_the_nearest() -> None:
    with pytest.raises(DataError, match=r"no data set and no file 'spirals'.*did you mean 'spiral'"):
        open_source("spirals")
    with pytest.raises(DataError, match="no such file"):
        open_source("spirals.csv")
    with pytest.raises(DataError, match="tao"):
        find_entry("zzzz")


def test_bundled_sets_are_ready_and_need_no_download() -> None:
    assert is_ready("tao")
    assert list(prepare("tao")) == []
    assert not is_ready("california_housing")


@pytest.mark.parametrize(("name", "shape"), [("california_housing", (20_640, 14)), ("penguins", (344, 14))])
def test_a_remote_set_in_the_cache_is_used(shared: Path, name: str, shape: tuple[int, int]) -> None:
    remote = CATALOGUE[name].remote
    assert remote is not None
    content = (shared / "tables" / f"{name}.csv").read_bytes()
    assert hashlib.sha256(content).hexdigest() == remote.sha256
    path = cached_path(remote)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    try:
        assert is_ready(name)
        assert list(prepare(name)) == []
        assert load(DataRecipe(source=name)).inputs.shape == shape
    finally:
        path.unlink()


def test_the_embedded_table_is_that_of_its_source(shared: Path) -> None:
    import isinglass.data

    embedded = Path(isinglass.data.__file__).parent / "catalogue" / "files" / "tao.csv"
    assert embedded.read_bytes() == (shared / "tables" / "tao.csv").read_bytes()
