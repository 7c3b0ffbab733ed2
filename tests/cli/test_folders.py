import pytest

from isinglass.cli.folders import claim, claim_file, study_folder
from isinglass.errors import UsageError
from isinglass.recipe import Recipe


@pytest.mark.parametrize(
    ("source", "target", "folder"),
    [
        ("tao", ["Humidity"], "tao-Humidity.study"),
        ("data/my table.csv", ["y [kg/m2]"], "my_table-y_kg_m2.study"),
        ("x.parquet", [], "x.study"),
        ("x.csv", ["a", "b"], "x-a-b.study"),
        ("x.csv", ["../../etc"], "x-.._.._etc.study"),
    ],
)
def test_study_folder(source, target, folder):
    assert str(study_folder(Recipe.from_dict({"data": {"source": source, "target": target}}))) == folder


def test_a_folder_with_results_is_not_touched_unasked(tmp_path):
    (tmp_path / "model").write_text("x")
    with pytest.raises(UsageError, match="--overwrite"):
        claim(tmp_path, overwrite=False)
    claim(tmp_path, overwrite=True)
    claim(tmp_path / "new", overwrite=False)
    with pytest.raises(UsageError, match="is a file"):
        claim(tmp_path / "model", overwrite=True)


def test_a_file_is_not_touched_unasked(tmp_path):
    (tmp_path / "out.csv").write_text("x")
    with pytest.raises(UsageError, match="--overwrite"):
        claim_file(tmp_path / "out.csv", overwrite=False)
    claim_file(tmp_path / "out.csv", overwrite=True)
    with pytest.raises(UsageError, match="a folder"):
        claim_file(tmp_path, overwrite=True)
    with pytest.raises(UsageError, match="no such folder"):
        claim_file(tmp_path / "absent" / "out.csv", overwrite=False)
