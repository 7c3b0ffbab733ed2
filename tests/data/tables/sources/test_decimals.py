"""Decimal commas and marks between thousands are told apart by the column, then by the file, then by the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import isinglass as ig
from isinglass.data.opening import from_frame
from isinglass.data.tables.reader import Tables
from isinglass.data.tables.schema import Schema
from isinglass.data.tables.sources.layout import Layout
from isinglass.data.tables.sources.table import open_table, read_table
from isinglass.errors import DataError
from isinglass.kinds.opening import load
from isinglass.recipe import DataRecipe
from isinglass.spec import Kind


def _write(folder: Path, text: str, name: str = "a.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(
    ("cells", "right"),
    [
        (["1.234,56", "12,5", "7"], [1234.56, 12.5, 7.0]),
        (["1,234.56", "12.5", "7"], [1234.56, 12.5, 7.0]),
        (["1.234.567", "517", "1.000"], [1234567, 517, 1000]),
        (["1.234.567", "2.345.678"], [1234567, 2345678]),
        (["1'234.5", "2\u2019345.5"], [1234.5, 2345.5]),
        (["1 234", "517", "2 000 000"], [1234, 517, 2000000]),
        (["1\u00a0234,5", "1\u202f000,0", "1\u2009000"], [1234.5, 1000.0, 1000.0]),
        (["12,34,567.5", "1,00,000"], [1234567.5, 100000.0]),
        (["0,123", "1,446"], [0.123, 1.446]),
        (["0.123", "1.446"], [0.123, 1.446]),
        (["\u22120,5", "1,5"], [-0.5, 1.5]),
        (["-1.234,5", "NA", "+2,5"], [-1234.5, None, 2.5]),
        (["1,5e-3", "2,25"], [0.0015, 2.25]),
    ],
)
@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_column_that_proves_its_mark(tmp_path: Path, cells: list[str], right: list, separator: str) -> None:
    rows = "".join(f"{cell}{separator}x\n" for cell in cells)
    found = read_table(_write(tmp_path, f"a{separator}b\n{rows}"))["a"]
    assert found.to_list() == right


@pytest.mark.parametrize("first", ["129,4", "1.234,5", "0,125"])
def test_one_column_proves_the_mark_of_the_file(tmp_path: Path, first: str) -> None:
    table = open_table(_write(tmp_path, f"size;rent;rooms\n{first};1.446;3\n13,5;517;4\n"))
    assert table.frame["rent"].to_list() == ["1446", "517"]
    assert dict(table.decimals) == {"size": ";,", "rent": ";,", "rooms": ";,"}
    assert "Marks between thousands left out: " in table.notes[-1]
    assert "rent ('1.446' is 1446)" in table.notes[-1]


def test_quoted_thousands_beside_decimal_points(tmp_path: Path) -> None:
    found = read_table(_write(tmp_path, 'size,rent\n12.5,"1,446"\n13.25,517\n'))
    assert found["rent"].to_list() == [1446, 517]


def test_three_decimals_stay_decimals_where_commas_separate(tmp_path: Path) -> None:
    found = read_table(_write(tmp_path, "a,b\n1.446,2.125\n3.250,7.500\n"))
    assert found["a"].to_list() == [1.446, 3.25]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a;b\n1.446;x\n2.105;y\n",
            "row 1, column 'a': a number with a point or a comma, for thousands or for decimals",
        ),
        ("a;b\n3;x\n1,446;y\n", "row 2, column 'a'.*'1,446'.*--set data.decimal=comma"),
        ('a,b\n"1,446",x\n"2,105",y\n', "row 1, column 'a'.*for thousands or for decimals"),
        ("a;b\n1,5;x\n1.5;y\n", "row 1, column 'a': decimal points and decimal commas in one column.*'1,5' and '1.5'"),
        ("a;b;c\n1,5;1.5;1.446\n2,5;2.5;2.105\n", "column 'c'.*for thousands or for decimals"),
        ("a;b\n12345;0,5\n1.446;0,7\n", "row 2, column 'a': marks between thousands in some cells only"),
    ],
)
def test_what_cannot_be_told_is_refused_when_it_is_asked_for(tmp_path: Path, text: str, message: str) -> None:
    path = _write(tmp_path, text)
    with pytest.raises(DataError, match=message):
        read_table(path)
    assert open_table(path).frame.columns  # a column that nobody uses may hold anything


def test_the_user_says_what_the_file_has(tmp_path: Path) -> None:
    path = _write(tmp_path, "a;b\n1.446;x\n2.105;y\n")
    assert open_table(path, Layout(decimal="comma")).frame["a"].to_list() == ["1446", "2105"]
    assert open_table(path, Layout(decimal="point")).frame["a"].to_list() == ["1.446", "2.105"]
    with pytest.raises(DataError, match=r"a decimal point, where data\.decimal is comma"):
        open_table(_write(tmp_path, "a;b\n1.44;x\n2.105;y\n"), Layout(decimal="comma")).frame["a"]


def test_categories_stay_as_they_are_written(tmp_path: Path) -> None:
    path = _write(tmp_path, "code;y\n" + "1.446;0,5\n2.105;0,7\n" * 5)
    recipe = DataRecipe(source=str(path), target=("y",), kinds={"code": Kind.CATEGORICAL})
    assert load(recipe).schema.columns[0].categories == ("1.446", "2.105")  # type: ignore[union-attr]


def test_another_minus_is_no_mark_between_thousands(tmp_path: Path) -> None:
    table = open_table(_write(tmp_path, "a;b\n\u22120,5;1\n1,5;2\n"))
    assert table.frame["a"].to_list() == ["-0.5", "1.5"]
    assert not any("thousands" in note for note in table.notes)


def test_versions_dates_and_limits_are_no_proof(tmp_path: Path) -> None:
    path = _write(tmp_path, "version;day;lead;rent\n1.2.10;31.12.2024;<0,5;1.446\n1.2.11;01.01.2025;1,5;517\n")
    table = open_table(path)
    assert table.frame["rent"].to_list() == ["1446", "517"]
    assert table.frame["lead"].to_list() == ["<0.5", "1.5"]
    assert table.frame["version"][0] == "1.2.10"


def test_units_below_the_names_with_decimal_commas(tmp_path: Path) -> None:
    found = read_table(_write(tmp_path, "t;q\ndegC;m3/s\n1,5;1.250,5\n2,5;7,25\n"))
    assert found.columns == ["t [degC]", "q [m3/s]"]
    assert found["q [m3/s]"].to_list() == [1250.5, 7.25]


def test_large_text_is_converted_column_by_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("delimited", "csv_preamble"):
        monkeypatch.setattr(f"isinglass.data.tables.sources.{module}.IN_MEMORY", 10)
    table = open_table(_write(tmp_path, "size;rent\n129,4;1.446\n13,5;517\n"))
    assert table.frame["rent"].to_list() == ["1446", "517"]
    assert table.frame["size"].to_list() == ["129.4", "13.5"]


@pytest.fixture
def rents(tmp_path: Path) -> Path:
    size = np.linspace(20, 150, 60)
    rows = [f"{s:.1f}".replace(".", ",") + ";" + f"{int(400 + 9 * s):,}".replace(",", ".") for s in size]
    return _write(tmp_path, "size;rent\n" + "\n".join(rows) + "\n", "rents.csv")


def _asked(schema: Schema, path: Path) -> np.ndarray:
    recipe = DataRecipe(source="a.csv", target=("score",))
    return Tables(Schema.from_json(schema.to_json()), recipe).asked(str(path)).inputs


def test_the_mark_found_in_training_reads_new_rows(tmp_path: Path, rents: Path) -> None:
    """1.446 alone could be 1.446 or 1446: the model knows."""
    text = rents.read_text().splitlines()
    training = "\n".join([text[0] + ";score", *(f"{line};{k},5" for k, line in enumerate(text[1:]))])
    schema = load(DataRecipe(source=str(_write(tmp_path, training)), target=("score",))).schema
    assert isinstance(schema, Schema)
    assert schema.decimals == {"size": ";,", "rent": ";,", "score": ";,"}
    new = _asked(schema, _write(tmp_path, "size;rent\n100;1.446\n101;1.105\n", "new.csv"))
    assert new.tolist() == [[100.0, 1446.0], [101.0, 1105.0]]
    points = _asked(schema, _write(tmp_path, "size,rent\n100.25,1446.0\n101.5,517.0\n", "points.csv"))
    assert points.tolist() == [[100.25, 1446.0], [101.5, 517.0]]
    with pytest.raises(
        DataError, match=r"column 'rent'.*for thousands or for decimals.*training rows.*a decimal comma"
    ):
        _asked(schema, _write(tmp_path, "size;rent\n100.25;1.446\n101.5;1.105\n", "both.csv"))


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("x;n\n129,4;1.446\n13,5;517\n", [[129.4, 1446.0], [13.5, 517.0]]),  # proves its own mark
        ("x;n\n12.5;1446\n13.25;517\n", [[12.5, 1446.0], [13.25, 517.0]]),
        ("x,n\n12.125,1446\n13.250,517\n", [[12.125, 1446.0], [13.25, 517.0]]),
        ('x,n\n12.5,"1,446"\n13.250,517\n', [[12.5, 1446.0], [13.25, 517.0]]),
        ("x;n\n12,125;1446\n13,250;517\n", "column 'x'.*for thousands or for decimals"),
        ("x;n\n12.125;1446\n13.250;517\n", "column 'x'.*for thousands or for decimals"),
        ("x,n\n12.125,1.446\n13.250,517\n", [[12.125, 1.446], [13.25, 517.0]]),
    ],
)
def test_a_model_of_points_and_a_file_of_semicolons(tmp_path: Path, text: str, right: list | str) -> None:
    """What was learnt from a file of another kin is not enough where the new one proves nothing."""
    rows = "".join(f"{k + 0.5},{k},{k}.5\n" for k in range(20, 40))
    schema = load(DataRecipe(source=str(_write(tmp_path, f"x,n,score\n{rows}")), target=("score",))).schema
    assert isinstance(schema, Schema)
    assert schema.decimals == {"x": ".", "score": "."}
    path = _write(tmp_path, text, "new.csv")
    if isinstance(right, str):
        with pytest.raises(DataError, match=right):
            _asked(schema, path)
    else:
        np.testing.assert_array_equal(_asked(schema, path), np.float32(right))


def test_a_model_of_commas_and_a_file_of_commas(tmp_path: Path, rents: Path) -> None:
    schema = load(DataRecipe(source=str(rents), target=("rent",))).schema
    assert isinstance(schema, Schema)
    with pytest.raises(DataError, match=r"column 'size'.*for thousands or for decimals"):
        _asked(schema, _write(tmp_path, "size\n1.446\n2.105\n", "new.csv"))
    assert _asked(schema, _write(tmp_path, "size\n1.446\n2.1\n", "new.csv")).tolist() == [
        [np.float32(1.446)],
        [np.float32(2.1)],
    ]


def test_how_new_rows_are_read_is_told(rents: Path) -> None:
    recipe = DataRecipe(source=str(rents), target=("rent",))
    schema = load(recipe).schema
    assert isinstance(schema, Schema)
    assert "Decimal commas read in size." in Tables(schema, recipe).asked(str(rents)).notes


def test_the_user_says_it_in_python(tmp_path: Path) -> None:
    path = _write(tmp_path, "1.446;01/02/2024\n2.105;03/04/2024\n")
    found = read_table(path, header="none", names=["a", "day"], decimal="comma", dates="day-first")
    assert found["a"].to_list() == [1446, 2105]
    assert found["day"].dt.month().to_list() == [2, 4]


def test_a_table_in_memory(rents: Path) -> None:
    frame = pl.read_csv(rents, separator=";", infer_schema=False)
    found = from_frame(frame, DataRecipe(source="table", target=("rent",)), name="table")
    assert found.targets[[0, -1], 0].tolist() == [580.0, 1750.0]
    assert found.inputs[0, 0] == 20.0


def test_an_estimator_reads_text_as_a_study_does() -> None:
    frame = pd.DataFrame({"x": ["1.234,5", "12,5", "7,25"] * 10})
    y = np.tile([1234.5, 12.5, 7.25], 10)
    model = ig.Regressor(n_estimators=2, epochs=1).fit(frame, y)
    assert model._reader.schema.columns[0].form == ","
    np.testing.assert_array_equal(model._reader.encode(frame.head(2))[:, 0], np.float32([1234.5, 12.5]))


@pytest.mark.parametrize(
    ("name", "target", "value"), [("rent", "rent", 1446.0), ("target", "price", 5087.67), ("feature", "score", 15.67)]
)
def test_files_as_spreadsheets_write_them(shared: Path, name: str, target: str, value: float) -> None:
    found = load(DataRecipe(source=str(shared.parent / f"cases/03-thousands-point/{name}.csv"), target=(target,)))
    assert found.targets[0, 0] == value
    assert name != "feature" or found.inputs[0, 0] == np.float32(4836.42)


def test_tabs_without_any_comma_have_decimal_points(tmp_path: Path) -> None:
    table = open_table(_write(tmp_path, "depth\tsalinity\n4.522\t35.123\n5.104\t34.987\n", "ctd.tsv"))
    assert table.frame["depth"].cast(pl.Float64).to_list() == [4.522, 5.104]
    assert table.notes[-1].startswith("Read with decimal points: depth, salinity ('4.522')")


def test_tabs_with_a_comma_elsewhere_prove_it(tmp_path: Path) -> None:
    table = open_table(_write(tmp_path, "rent\tsize\n4.522\t35,1\n5.104\t34,98\n", "rent.tsv"))
    assert table.frame["rent"].to_list() == ["4522", "5104"]


def test_semicolons_prove_nothing(tmp_path: Path) -> None:
    table = open_table(_write(tmp_path, "rent;size\n4.522;35\n5.104;34\n"))
    with pytest.raises(DataError, match="for thousands or for decimals"):
        _ = table.frame["rent"]
