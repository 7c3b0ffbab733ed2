"""Texts without names in their first line, and with empty columns beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isinglass.data.tables.reader import Tables
from isinglass.data.tables.schema import Schema
from isinglass.data.tables.sources.headers import is_row
from isinglass.data.tables.sources.layout import Layout
from isinglass.data.tables.sources.table import open_table, read_table
from isinglass.errors import DataError
from isinglass.kinds.opening import load
from isinglass.recipe import DataRecipe

IRIS = """\
5.1,3.5,1.4,0.2,Iris-setosa
4.9,3.0,1.4,0.2,Iris-setosa
7.0,3.2,4.7,1.4,Iris-versicolor
6.4,3.2,4.5,1.5,Iris-versicolor
"""
NAMES = ("sl", "sw", "pl", "pw", "class")


def _write(folder: Path, text: str, name: str = "iris.data") -> Path:
    (folder / name).write_text(text)
    return folder / name


HEADERLESS = {
    "numbers and classes": IRIS,
    "classes alone": "p,x,s,n\ne,x,s,y\ne,b,s,w\np,x,y,w\ne,x,s,g\n",
    "a class twice in a line": "p,x,p,n\ne,x,p,y\ne,b,p,w\np,x,y,w\ne,x,p,g\n",
    "dates": "2024-01-01,3.5,a\n2024-01-02,3.1,b\n2024-01-03,2.9,a\n",
    "decimal commas": "3,5;a\n2,5;b\n1,5;a\n2,75;a\n",
    "missing cells": "5.1,?,a\n4.9,3.0,a\n,3.2,b\n6.1,2.0,b\n",
    "numbers alone": "1.5,2.5\n3.5,4.5\n",
}


@pytest.mark.parametrize("case", HEADERLESS)
def test_a_first_line_that_is_a_row_is_never_lost(tmp_path: Path, case: str) -> None:
    path = _write(tmp_path, HEADERLESS[case])
    with pytest.raises(DataError, match=r"no header: the first line .*data\.names=.*data\.header=none.*header=first"):
        open_table(path)
    rows, width = HEADERLESS[case].count("\n"), len(open_table(path, Layout(header="none")).frame.columns)
    table = open_table(path, Layout(header="none"))
    assert (table.frame.height, table.frame.columns[-1]) == (rows, f"column {width}")
    assert f"The first line is a row: the columns are 'column 1' to 'column {width}'." in table.notes
    named = open_table(path, Layout(names=tuple("abcde"[:width])))
    assert (named.frame.height, named.frame.columns) == (rows, list("abcde"[:width]))


WITH_NAMES = {
    "plain": "a,b,class\n1,2,x\n3,4,y\n5,6,x\n",
    "wavelengths": "sample,400,405,410\ns1,0.5,0.4,0.3\ns2,0.1,0.2,0.4\ns3,0.1,0.2,0.4\n",
    "years of counts": "region,2019,2020,2021\nnorth,1900,2100,2500\nsouth,2000,2050,2300\nwest,1999,1,2\n",
    "years of parts": "region,2019,2021\nnorth,0.2,0.1\nsouth,0.3,0.2\nwest,0.1,0.4\n",
    "two years": "country,2015,2020\nFrance,1900,2050\nSpain,2100,1800\nItaly,2500,1700\n",
    "text alone": "colour,shape\nred,round\nblue,square\nred,square\nblue,round\n",
    "identifiers": "name,place\nann,rome\nbob,oslo\ncarl,bern\n",
    "dates as names": "site,2024-01-01,2024-02-01\na,1.5,2.5\nb,2.5,3.5\nc,1,2\n",
    "one row": "a,b\n1,2\n",
    "quotes": '"a","b, c"\n1,2\n3,4\n',
    "units": "t,q\ndegC,m3/s\n1.5,2\n2.5,3\n3.5,4\n",
    "missing": "a,b\nNA,NA\nNA,2\n1,NA\n",
}


@pytest.mark.parametrize("case", WITH_NAMES)
def test_names_stay_names(tmp_path: Path, case: str) -> None:
    text = WITH_NAMES[case]
    assert open_table(_write(tmp_path, text, "t.csv")).frame.height == text.count("\n") - (2 if case == "units" else 1)


def test_the_user_may_take_the_first_line_for_names(tmp_path: Path) -> None:
    path = _write(tmp_path, IRIS)
    assert open_table(path, Layout(header="first")).frame.columns[:2] == ["5.1", "3.5"]


def test_names_in_another_file_are_mentioned(tmp_path: Path) -> None:
    path = _write(tmp_path, IRIS)
    _write(tmp_path, "1. sepal length in cm", "iris.names")
    with pytest.raises(DataError, match=r"iris\.names beside the file may tell them"):
        read_table(path)


def test_wrong_number_of_names(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data\.names has 2 names, the first line 5 fields"):
        open_table(_write(tmp_path, IRIS), Layout(names=("a", "b")))


def test_one_text_with_commas_is_a_list_of_names(tmp_path: Path) -> None:
    assert open_table(_write(tmp_path, IRIS), Layout(names=("a, b, c, d, e",))).frame.columns == list("abcde")


def test_new_rows_are_read_as_the_training_rows_were(tmp_path: Path) -> None:
    recipe = DataRecipe(source=str(_write(tmp_path, IRIS * 5)), target=("class",), names=NAMES, header="none")
    trained = load(recipe)
    assert len(trained) == 20
    assert isinstance(trained.schema, Schema)
    reader = Tables(trained.schema, recipe)
    without_target = _write(tmp_path, "5.1,3.5,1.4,0.2\n4.9,3.0,1.4,0.2\n", "new.csv")
    with_names = _write(tmp_path, ",".join(NAMES) + "\n" + IRIS, "named.csv")
    unnamed = Tables(trained.schema, recipe.model_copy(update={"names": (), "header": "auto"}))
    with pytest.raises(DataError, match=r"Instead: write the column names in the first line\.$"):
        unnamed.asked(str(tmp_path / "iris.data"))
    for path in (without_target, with_names, _write(tmp_path, IRIS, "all.csv")):
        np.testing.assert_array_equal(reader.asked(str(path)).inputs[0], np.float32([5.1, 3.5, 1.4, 0.2]))


@pytest.mark.parametrize(
    "text",
    [
        "a;b;;\n1;2;;\n3;4;;\n",
        "a;b\n1;2;;\n3;4;;\n",
        "a;b;;\n1;2\n3;4\n",
        ";a;;b\n;1;;2\n;3;;4\n",
        "a;;b;\n1;;2;\n3;;4;\n",
    ],
)
def test_columns_without_name_and_value_are_left_out(tmp_path: Path, text: str) -> None:
    table = open_table(_write(tmp_path, text, "t.csv"))
    assert table.frame.columns == ["a", "b"]
    assert table.frame["b"].to_list() == ["2", "4"]
    assert "without a name and without a value left out." in table.notes[-1]


def test_columns_without_name_but_with_values_stay(tmp_path: Path) -> None:
    found = read_table(_write(tmp_path, "a,,b,\n1,2,3,4\n5,6,7,\n", "t.csv"))
    assert found.columns == ["a", "column 2", "b", "column 4"]
    with pytest.raises(DataError, match="row 1: 3 fields where the header has 2"):
        read_table(_write(tmp_path, "a,b\n1,2,3\n5,6,7\n", "u.csv"))


def test_semicolons_beside_decimal_commas_in_the_first_line(tmp_path: Path) -> None:
    found = read_table(_write(tmp_path, "Temp, degC;b\n1,5;2\n2,5;3\n", "t.csv"))
    assert found.to_dict(as_series=False) == {"Temp, degC": [1.5, 2.5], "b": [2, 3]}


def test_a_large_text_without_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("delimited", "csv_preamble"):
        monkeypatch.setattr(f"isinglass.data.tables.sources.{module}.IN_MEMORY", 10)
    table = open_table(_write(tmp_path, IRIS), Layout(header="none"))
    assert (table.frame.height, table.frame["column 1"].to_list()[0]) == (4, "5.1")


def test_blanks_between_columns_are_named(tmp_path: Path) -> None:
    text = '18.0   8   307.0\t"chevrolet chevelle"\n15.0   8   350.0\t"buick skylark"\n'
    with pytest.raises(DataError, match="the columns are separated by spaces"):
        read_table(_write(tmp_path, text, "auto-mpg.data"))


def test_a_ladder_of_numbers_is_no_row() -> None:
    assert not is_row(["id", "1", "2", "3"], [["a", "5", "6", "7"], ["b", "0", "1", "2"], ["c", "1", "3", "2"]])
    assert is_row(["a", "1", "7", "3"], [["a", "5", "6", "7"], ["b", "0", "1", "2"], ["a", "1", "3", "2"]])
