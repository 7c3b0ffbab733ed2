import pytest

from isinglass.cli.flags import KEYS, Study
from isinglass.cli.recipes import recipe_from
from isinglass.errors import RecipeError, UsageError
from isinglass.recipe import keys


def test_every_flag_sets_a_key_of_the_recipe():
    assert set(KEYS.values()) <= set(keys())


def test_flags_become_a_recipe():
    flags = Study(target=["a", "b,c"], group="g", members=3, loss="huber", seed=7, machine="linear", split="random")
    recipe = recipe_from("x.csv", flags)
    assert recipe.data.source == "x.csv"
    assert recipe.data.target == ("a", "b", "c")
    assert recipe.data.group == "g"
    assert recipe.learning.members == 3
    assert recipe.learning.seed == 7
    assert recipe.objective.loss == "huber"
    assert recipe.machine.kind == "linear"
    assert recipe.splits.kind == "random"
    assert recipe.splits.scheme == "auto"


def test_a_comma_that_belongs_to_the_name_is_escaped():
    assert recipe_from("x.csv", Study(target=[r"wind\, mean, gust"])).data.target == ("wind, mean", "gust")


def test_test_and_folds_choose_the_scheme():
    assert recipe_from("x.csv", Study(test=0.3)).splits.scheme == "sealed"
    assert recipe_from("x.csv", Study(folds=4)).splits.scheme == "folds"
    with pytest.raises(UsageError, match="one of the two"):
        recipe_from("x.csv", Study(test=0.3, folds=4))


def test_set_reads_toml_values_and_plain_words_and_wins_over_flags():
    settings = ["machine.hidden=[32, 16]", "learning.seed=5", "objective.loss=huber", "machine.residual=true"]
    recipe = recipe_from("x.csv", Study(seed=1, settings=settings))
    assert recipe.machine.hidden == (32, 16)
    assert recipe.machine.residual is True
    assert recipe.objective.loss == "huber"
    assert recipe.learning.seed == 5


def test_kinds_are_added_to_those_of_the_recipe_file(tmp_path):
    (tmp_path / "r.toml").write_text('[data]\nsource = "x.csv"\nkinds = {a = "count"}\n')
    recipe = recipe_from(str(tmp_path / "r.toml"), Study(kind=["b=c=categorical"]))
    assert recipe.data.kinds == {"a": "count", "b=c": "categorical"}


def test_a_path_in_a_recipe_is_looked_for_beside_it(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    (tmp_path / "r.toml").write_text('[data]\nsource = "x.csv"\n')
    (tmp_path / "named.toml").write_text('[data]\nsource = "tao"\n')
    assert recipe_from(str(tmp_path / "r.toml"), Study()).data.source == str(tmp_path / "x.csv")
    assert recipe_from(str(tmp_path / "named.toml"), Study()).data.source == "tao"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (Study(settings=["machine.knd=mlp"]), "machine.kind"),
        (Study(settings=["learning.members"]), "--set learning.batch=32"),
        (Study(kind=["location"]), "--kind location=categorical"),
    ],
)
def test_wrong_settings_name_the_cure(flags, message):
    with pytest.raises(UsageError, match=message):
        recipe_from("x.csv", flags)


@pytest.mark.parametrize(
    "flags",
    [Study(members=0), Study(test=1.5), Study(split="rendom"), Study(task="regresion"), Study(kind=["a=numbr"])],
)
def test_wrong_values_are_refused(flags):
    with pytest.raises(RecipeError):
        recipe_from("x.csv", flags)
