"""Readers: what they accept, and the message of every file they refuse."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isinglass.data import read_table
from isinglass.data.tables.sources import open_table
from isinglass.data.tables.sources.frame import LazyFrame
from isinglass.errors import DataError


def written(folder: Path, text: str | bytes, *, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_types_of_text_columns(tmp_path: Path) -> None:
    text = "whole,real,word,day,flag\n1,2.5,a,2020-01-01,yes\n2,NA,b,2020-01-02,no\n,1e3,?,2020-01-03,n/a\n"
    frame = read_table(written(tmp_path, text))
    assert frame["whole"].to_list() == [1, 2, None]
    assert frame["real"].to_list() == [2.5, None, 1000.0]
    assert frame["word"].to_list() == ["a", "b", None]
    assert frame["day"].dtype == pl.Datetime("us")
    assert frame["flag"].to_list() == ["yes", "no", None]


@pytest.mark.parametrize("marker", ["", "NA", "NaN", "null", "n/a", "-", "...", "N/A", "?", "#N/A"])
def test_missing_markers(tmp_path: Path, marker: str) -> None:
    frame = read_table(written(tmp_path, f"a,b\n1,x\n{marker},{marker}\n3,y\n"))
    assert frame["a"].to_list() == [1, None, 3]
    assert frame["b"].to_list() == ["x", None, "y"]


def test_quotes_newlines_and_windows_line_ends(tmp_path: Path) -> None:
    frame = read_table(written(tmp_path, 'name,"long, name"\r\n"a ""b""","x\r\ny"\r\nc,"1,5"\r\n'))
    assert frame.columns == ["name", "long, name"]
    assert frame["name"].to_list() == ['a "b"', "c"]
    assert frame["long, name"].to_list() == ["x\r\ny", "1,5"]


def test_byte_order_mark_and_last_line_without_end(tmp_path: Path) -> None:
    frame = read_table(written(tmp_path, b'\xef\xbb\xbf"a",b\n1,2\n3,4'))
    assert frame.to_dict(as_series=False) == {"a": [1, 3], "b": [2, 4]}


def test_semicolons_with_decimal_commas(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, "a;b\n1,5;x\n2;y\n"))
    assert "semicolons" in table.notes[0]
    assert "Decimal commas read in a" in table.notes[1]
    assert read_table(tmp_path / "table.csv")["a"].to_list() == [1.5, 2.0]


def test_row_counter_of_r_is_dropped_with_a_note(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, '"","a"\n"1",5\n"2",6\n"3",7\n'))
    assert table.frame.columns == ["a"]
    assert "counts the rows" in table.notes[0]


def test_a_first_column_without_name_that_holds_data_stays(tmp_path: Path) -> None:
    frame = read_table(written(tmp_path, ",a\n7,5\n2,6\n"))
    assert frame.columns == ["column 1", "a"]


def test_empty_lines_are_left_out_with_a_note(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, "a,b\n1,2\r\n\r\n\n3,4\n\n\n"))
    assert "2 empty lines" in table.notes[0]
    assert table.frame["a"].to_list() == ["1", "3"]


def test_an_empty_line_of_a_single_column_is_a_missing_value(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, "a\n1\n\n3\n"))["a"].to_list() == [1, None, 3]


def test_only_the_named_columns_are_interpreted(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n1,1\n2,2\n3,oops\n")
    assert read_table(path, columns=["a"]).columns == ["a"]
    with pytest.raises(DataError, match="no column 'c'"):
        read_table(path, columns=["c"])


REFUSED = {
    "empty": ("", "the file is empty"),
    "blank": ("\n\n \n", "the file is empty"),
    "header only": ("a,b\n", "header but no rows"),
    "latin-1": ("a,b\n1,2\n3,caf\xe9\n".encode("latin-1"), "not UTF-8 text in line 3.*0xe9.*iconv"),
    "utf-16": ("a,b\n1,2\n".encode("utf-16"), "UTF-16.*UTF-8"),
    "ragged, too few": ("a,b,c\n1,2,3\n4,5\n", "row 2: 2 fields where the header has 3"),
    "ragged, too many": ("a,b\n1,2\n3,4\n5,6,7\n", "row 3: 3 fields where the header has 2"),
    "lines above the names": (
        "Station: Bern\n\na,b\n1,2\n",
        "row 2: 2 fields where the header has 1.*begin them with #",
    ),
    "upright strokes": ("a|b\n1|2\n3|4\n", r"separated by \|. Given: a\|b. Instead: write `sep=\|`"),
    "ragged, last line": ("a,b\n1,2\n3", "row 2: 1 field where the header has 2"),
    "quote never closed": ('a,b\n1,2\n3," x\n5,6\n', "row 2: a quotation mark is opened and never closed"),
    "duplicate names": ("a,b,a\n1,2,3\n", r"more than once: 'a' \(columns 1, 3\)"),
    "no header": ("1,2\n3,4\n", "no header: the first line holds numbers only"),
    "text in numbers": ("id,sst\n" + "1,2\n" * 16 + "1,abc\n1,3\n", "row 17, column 'sst': text in a numeric.*'abc'"),
    "stray comma": (
        'id,sst\n1,2.5\n1,"3,5"\n1,4.5\n',
        "row 2, column 'sst': decimal points and decimal commas in one column.*'3,5' and '2.5'",
    ),
    "ambiguous dates": ("day,b\n01/02/2020,1\n03/04/2020,2\n", "day/month and as month/day.*2026-01-31"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_refused_text(tmp_path: Path, fault: str) -> None:
    text, message = REFUSED[fault]
    path = written(tmp_path, text)
    with pytest.raises(DataError, match=message) as caught:
        read_table(path)
    assert str(path) in str(caught.value)


def test_ragged_row_far_behind_the_first_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isinglass.data.tables.sources.csv_lines.BLOCK", 64)
    rows = ['"a\nb",2'] * 50 + ["1,2"] * 50 + ["1,2,3"]
    with pytest.raises(DataError, match="row 101: 3 fields"):
        read_table(written(tmp_path, "x,y\n" + "\n".join(rows)))
    assert read_table(written(tmp_path, "x,y\n" + "\n".join(rows[:-1]))).height == 100


def test_bad_byte_behind_the_first_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isinglass.data.tables.sources.csv_lines.BLOCK", 16)
    with pytest.raises(DataError, match="line 42"):
        read_table(written(tmp_path, b"a,b\n" + "é,2\n".encode() * 40 + b"\xff,2\n"))


def test_no_such_file_suggests_the_nearest(tmp_path: Path) -> None:
    written(tmp_path, "a\n1\n", name="buoys.csv")
    with pytest.raises(DataError, match=r"no such file.*did you mean '.*buoys\.csv'"):
        read_table(tmp_path / "bouys.csv")
    with pytest.raises(DataError, match="there is no folder"):
        read_table(tmp_path / "nowhere" / "a.csv")


def test_unknown_suffix(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"end in '\.xlsx'.*\.parquet"):
        read_table(written(tmp_path, "x", name="a.xlsx"))
    with pytest.raises(DataError, match="save the sheet as CSV"):
        read_table(written(tmp_path, "x", name="a.XLS"))


def test_a_folder(tmp_path: Path) -> None:
    written(tmp_path, "a\n1\n")
    with pytest.raises(DataError, match=r"a folder, not a table.*table\.csv"):
        read_table(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"a folder without a table or images. Instead: name a table \(\.csv"):
        read_table(tmp_path / "empty")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads every file")
def test_no_permission(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n1,2\n")
    path.chmod(0)
    with pytest.raises(DataError, match="no permission"):
        read_table(path)


@pytest.mark.parametrize("suffix", ["parquet", "feather", "npz", "csv.gz"])
@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9])
def test_truncated_binary_files(tmp_path: Path, suffix: str, kept: float) -> None:
    frame = pl.DataFrame({"a": np.arange(500.0), "b": [f"text {k}" for k in range(500)]})
    whole = tmp_path / f"whole.{suffix}"
    WRITERS[suffix](frame, whole)
    damaged = written(tmp_path, whole.read_bytes()[: int(whole.stat().st_size * kept)], name=f"cut.{suffix}")
    with pytest.raises(DataError, match=r"damaged|empty"):
        read_table(damaged)


@pytest.mark.parametrize("suffix", ["parquet", "feather", "npz"])
def test_changed_bytes_are_an_error_or_go_unseen(tmp_path: Path, suffix: str) -> None:
    frame = pl.DataFrame({"a": np.arange(200.0), "b": [f"text {k % 7}" for k in range(200)]})
    whole = tmp_path / f"whole.{suffix}"
    WRITERS[suffix](frame, whole)
    rng = np.random.default_rng(0)
    for _ in range(25):
        content = bytearray(whole.read_bytes())
        for place in rng.integers(len(content), size=3):
            content[place] = rng.integers(256)
        with contextlib.suppress(DataError):
            assert read_table(written(tmp_path, bytes(content), name=f"changed.{suffix}")).height > 0


def test_foreign_content_behind_a_known_suffix(tmp_path: Path) -> None:
    for suffix in ("parquet", "feather", "npz", "csv.gz"):
        with pytest.raises(DataError, match=r"damaged|plain npz"):
            read_table(written(tmp_path, b"this is no such file" * 20, name=f"a.{suffix}"))


def test_first_feather_version_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Feather version 1"):
        read_table(written(tmp_path, b"FEA1" + b"\0" * 50, name="old.feather"))


def test_npz_shapes(tmp_path: Path) -> None:
    path = tmp_path / "arrays.npz"
    np.savez(path, X=np.arange(6.0).reshape(3, 2), y=np.arange(3))
    assert read_table(path).columns == ["X_1", "X_2", "y"]
    np.savez(path, X=np.zeros((3, 2, 2)))
    with pytest.raises(DataError, match="array 'X' has 3 axes"):
        read_table(path)
    np.savez(path, a=np.zeros(3), b=np.zeros(4))
    with pytest.raises(DataError, match="different lengths"):
        read_table(path)
    np.savez(path, a=np.array([{}], dtype=object))
    with pytest.raises(DataError, match="no Python objects"):
        read_table(path)


def test_large_text_is_scanned_column_by_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, '\ufeff"","a [m]",b\r\n1,5,x\r\n2,6,"y\n"\r\n\r\n \n')
    small = read_table(path)
    monkeypatch.setattr("isinglass.data.tables.sources.delimited.IN_MEMORY", 1)
    table = open_table(path)
    assert not isinstance(table.frame, pl.DataFrame)
    assert read_table(path).equals(small)


def _numbers(path: Path, rows: int) -> Path:
    pl.DataFrame({name: np.arange(rows) + place for place, name in enumerate("abcdefgh")}).write_csv(path)
    return path


def test_a_text_that_stands_is_read_some_columns_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _numbers(tmp_path / "table.csv", 50)
    small = read_table(path)
    monkeypatch.setattr("isinglass.data.tables.sources.delimited.SCANNED", 100)
    monkeypatch.setattr("isinglass.data.tables.sources.delimited.TOGETHER", 3 * 50 * 16)
    frame = open_table(path).frame
    assert isinstance(frame, LazyFrame)
    assert frame.together == 3
    assert read_table(path).equals(small)
    assert [frame[name][1] for name in "hagb"] == ["8", "1", "7", "2"]  # in any order


@pytest.mark.parametrize("above", ["# from a ship\n", "sep=,\n", "a,b,c,d,e,f,g,h\n\n"])
def test_a_text_that_is_mended_is_read_as_mended(above: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isinglass.data.tables.sources.delimited.SCANNED", 100)
    text = _numbers(tmp_path / "plain.csv", 50).read_text()
    text = above + (text.split("\n", 1)[1] if above.startswith("a,") else text)
    frame = open_table(written(tmp_path, text)).frame
    assert isinstance(frame, pl.DataFrame)
    assert frame["c"].to_list() == [str(row + 2) for row in range(50)]


cells = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters='",;\n'), max_size=5)


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=8), block=st.integers(1, 40))
def test_quoted_text_equals_the_csv_module(
    rows: list[tuple[str, ...]], block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isinglass.data.tables.sources.csv_lines.BLOCK", block)
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("a", "b", "c"), *rows])
    frame = open_table(written(tmp_path, text.getvalue())).frame
    assert [tuple(cell or "" for cell in row) for row in zip(*(frame[name] for name in "abc"), strict=True)] == rows


def _npz(frame: pl.DataFrame, path: Path) -> None:
    np.savez(path, a=frame["a"].to_numpy(), b=frame["b"].to_numpy().astype(str))


def _gz(frame: pl.DataFrame, path: Path) -> None:
    path.write_bytes(gzip.compress(frame.write_csv().encode()))


WRITERS = {
    "parquet": lambda frame, path: frame.write_parquet(path),
    "feather": lambda frame, path: frame.write_ipc(path),
    "npz": _npz,
    "csv.gz": _gz,
}
