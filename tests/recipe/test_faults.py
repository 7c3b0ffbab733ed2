"""A wrong recipe says what is wrong, in keys and TOML."""

from __future__ import annotations

import re

import pytest

from isinglass.errors import RecipeError
from isinglass.recipe import Recipe


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"data": {"source": "tao"}, "learning": {"memebers": 3}}, "learning.members"),
        ({"data": {"source": "tao"}, "machine": {"hiden": [3]}}, "machine.hidden"),
        ({"data": {"source": "tao"}, "members": 3}, "learning.members"),
    ],
)
def test_an_unknown_key_suggests_the_nearest(document, expected):
    with pytest.raises(RecipeError, match=f"did you mean '{expected}'"):
        Recipe.from_dict(document)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("learning.members", 0),
        ("splits.test", 1.5),
        ("machine.hidden", [0]),
        ("machine.dropout", 1.0),
        ("learning.plan", "fastest"),
        ("data.kinds", {"a": "colour"}),
    ],
)
def test_a_value_out_of_range_names_its_key(key, value):
    with pytest.raises(RecipeError, match=key.split(".")[-1]):
        Recipe.from_dict({"data": {"source": "tao"}}).replace({key: value})


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("learning.epochs", 2.5, "learning.epochs: should be a valid integer or 'auto'. Given: 2.5"),
        ("learning.optimizer", "sgd", "learning.optimizer: should be a table of keys. Given: 'sgd'"),
        ("objective.penalties", [{"kind": "l3", "strength": 1}], "objective.penalties.0.kind: should be 'l1', 'l2'"),
        ("evaluation.baselines", 3, "evaluation.baselines: should be a list or 'auto' or 'none'. Given: 3"),
        ("learning.epochs.more", 3, "'epochs' holds a value"),
        (
            "objective.constraints",
            [{"kind": "bounds", "low": 1}],
            "Given: objective.constraints.0.low. Allowed: kind, columns, lower, upper,",
        ),
        ("objective.constraints", [{"kind": "bounds", "low": 1}], "did you mean 'lower'?"),
        ("objective.equations", [{"rangs": {"t": [0, 1]}}], "did you mean 'ranges'?"),
        ("lerning.epochs", 3, r"Given: [lerning]. Instead: did you mean 'learning'?"),
    ],
)
def test_the_message_speaks_of_keys_and_not_of_python(key, value, message):
    with pytest.raises(RecipeError, match=re.escape(message)):
        Recipe.from_dict({"data": {"source": "tao"}}).replace({key: value})


def test_broken_toml_and_missing_files(tmp_path):
    with pytest.raises(RecipeError, match="not valid TOML"):
        Recipe.from_toml("[data\n")
    with pytest.raises(RecipeError, match="cannot be read"):
        Recipe.from_file(tmp_path / "no.toml")
