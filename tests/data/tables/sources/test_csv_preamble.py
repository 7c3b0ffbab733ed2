"""Comments, named separators and spaces above and in the header."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isinglass.data.tables.sources import read_table
from isinglass.data.tables.sources.table import open_table
from isinglass.errors import DataError


def written(folder: Path, text: str) -> Path:
    path = folder / "t.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_comments_above_the_header_are_left_out(tmp_path, end):
    text = end.join(["# logger 7, site A", "#", "a,b", "1,2", "3,4", ""])
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    assert read_table(path).to_dict(as_series=False) == {"a": [1, 3], "b": [2, 4]}
    assert open_table(path).notes == ("2 lines that begin with # above the header left out.",)


def test_numpys_header_is_a_header(tmp_path):
    np.savetxt(tmp_path / "t.csv", [[1.5, 2], [3, 4]], delimiter=",", header="made today\na,b")
    assert read_table(tmp_path / "t.csv").to_dict(as_series=False) == {"a": [1.5, 3.0], "b": [2.0, 4.0]}


def test_a_comment_as_wide_as_a_header_of_names_is_none(tmp_path):
    assert read_table(written(tmp_path, "# x,y\na,b\n1,2\n3,4\n")).columns == ["a", "b"]


@pytest.mark.parametrize("mark", [";", "|", "\t"])
def test_a_line_that_names_the_separator(tmp_path, mark):
    path = written(tmp_path, f"sep={mark}\na{mark}b\n1{mark}2\n3{mark}4\n")
    assert read_table(path).to_dict(as_series=False) == {"a": [1, 3], "b": [2, 4]}


def test_spaces_between_columns_are_told(tmp_path):
    with pytest.raises(DataError, match=r"separated by spaces. Given: a b c. Instead: write commas"):
        open_table(written(tmp_path, "a b c\n 1  2.5 -3e4\n4 5 6\n"))
    assert read_table(written(tmp_path, "air temperature\n1\n2\n")).columns == ["air temperature"]


def test_comments_alone_are_no_table(tmp_path):
    with pytest.raises(DataError, match=r"empty|no rows|no header"):
        open_table(written(tmp_path, "# nothing\n# more\n"))
