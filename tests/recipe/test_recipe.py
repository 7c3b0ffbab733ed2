"""A recipe says the same after a trip through TOML, and its keys can be listed."""

from __future__ import annotations

import pytest

from isinglass.errors import RecipeError
from isinglass.recipe import Recipe, keys

FULL = {
    "data": {"source": "tao", "target": ["Humidity"], "units": {"a b": "degC"}, "kinds": {"n": "count"}},
    "objective": {"penalties": [{"kind": "l2", "strength": 1e-3}, {"kind": "l1", "strength": 0.1, "layers": [0]}]},
    "machine": {"hidden": [32, 16]},
    "search": {"space": {"learning.optimizer.rate": {"low": 1e-4, "high": 0.1}, "machine.dropout": [0, 0.1]}},
}


@pytest.mark.parametrize("document", [{"data": {"source": "tao"}}, FULL])
def test_toml_round_trip(document):
    recipe = Recipe.from_dict(document)
    assert Recipe.from_toml(recipe.to_toml()) == recipe


def test_the_digest_tells_recipes_apart_and_is_stable():
    recipe = Recipe.from_dict(FULL)
    assert recipe.digest() == Recipe.from_toml(recipe.to_toml()).digest()
    assert recipe.digest() != recipe.replace({"learning.seed": 1}).digest()


def test_a_section_changes_the_keys_that_it_names():
    recipe = Recipe.from_dict(FULL)
    changed = recipe.replace({"learning": {"seed": 11, "optimizer": {"kind": "sgd"}}})
    assert changed == recipe.replace({"learning.seed": 11, "learning.optimizer": {"kind": "sgd"}})
    assert changed.learning.epochs == recipe.learning.epochs
    with pytest.raises(RecipeError, match="unknown recipe key"):
        recipe.replace({7: 1})  # type: ignore[dict-item]


def test_a_single_name_needs_no_brackets():
    data = Recipe.from_toml('[data]\nsource = "tao"\ntarget = "Humidity"\ndrop = "UWind"').data
    assert (data.target, data.drop) == (("Humidity",), ("UWind",))


def test_every_key_can_be_listed():
    assert {"data.source", "learning.optimizer.rate", "search.space", "evaluation.coverage"} <= set(keys())
