import tomllib

import pytest

from isinglass.cli.flags import Study
from isinglass.cli.recipes import recipe_from
from isinglass.errors import DataError
from isinglass.recipe import Recipe
from isinglass.workbench.template import recipe_text

TABLE = "sst [degC],flag,name,empty\n" + "".join(f"{20 + i / 7:.3f},{i % 2},{'ab'[i % 2]},\n" for i in range(20))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "buoys.csv"
    path.write_text(TABLE)
    return str(path)


def test_the_text_is_the_recipe(table):
    recipe = recipe_from(table, Study(target=["sst"], seed=4, settings=["learning.optimizer.rate=0.01"]))
    assert Recipe.from_toml(recipe_text(recipe, name="r.toml")) == recipe


def test_every_commented_key_is_the_default(table):
    text = recipe_text(recipe_from(table, Study()), name="r.toml")
    body = text[text.index("[data]") :]
    lines = [line.removeprefix("# ") for line in body.splitlines() if not line.startswith("# Set target")]
    assert Recipe.from_dict(tomllib.loads("\n".join(lines))) == recipe_from(table, Study())


def test_the_columns_are_described(table):
    text = recipe_text(recipe_from(table, Study()), name="r.toml")
    assert "#   sst [degC]  continuous" in text
    assert "#   flag        boolean" in text
    assert "#   empty       not usable   20 missing" in text
    assert 'target = ["name of a column"]' in text


def test_a_column_that_is_not_there(table):
    with pytest.raises(DataError, match="did you mean 'flag'"):
        recipe_text(recipe_from(table, Study(target=["flagg"])), name="r.toml")
