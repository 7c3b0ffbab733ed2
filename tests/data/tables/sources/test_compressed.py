"""Compressed texts."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from isinglass.data.tables.sources import compressed
from isinglass.data.tables.sources.compressed import PACKINGS, holds_table
from isinglass.data.tables.sources.table import open_table, read_table
from isinglass.errors import DataError
from isinglass.kinds.opening import load
from isinglass.recipe import DataRecipe

TEXT = 'a,b,note\n1,2.5,"x, y"\n3,4.5,"two\nlines"\n5,6.5,été\n'.encode()


def _zst(content: bytes) -> bytes:
    buffer = pa.BufferOutputStream()
    with pa.CompressedOutputStream(buffer, "zstd") as file:
        file.write(content)
    return buffer.getvalue().to_pybytes()


def _zip(content: bytes, *, names: tuple[str, ...] = ("table.csv",)) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return buffer.getvalue()


WRITERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": _zst, ".zip": _zip,
}  # fmt: skip


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("name", ["a.csv", "A.CSV", "a.txt"])
def test_every_compression_gives_back_the_text(tmp_path: Path, packing: str, name: str) -> None:
    path = tmp_path / (name + (packing.upper() if name.isupper() else packing))
    path.write_bytes(WRITERS[packing](TEXT))
    found = read_table(path).to_dict(as_series=False)
    assert found == {"a": [1, 3, 5], "b": [2.5, 4.5, 6.5], "note": ["x, y", "two\nlines", "été"]}


@pytest.mark.parametrize("packing", PACKINGS)
def test_tabs_and_spreadsheets(tmp_path: Path, packing: str) -> None:
    path = tmp_path / f"a.tsv{packing}"
    text = b"a\tb\r\n1,5\t1.250\r\n2,5\t517\r\n"
    path.write_bytes(_zip(text, names=("a.tsv",)) if packing == ".zip" else WRITERS[packing](text))
    assert read_table(path).to_dict(as_series=False) == {"a": [1.5, 2.5], "b": [1250, 517]}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("fault", ["cut", "foreign", "empty"])
def test_damaged_files_are_one_clear_message(tmp_path: Path, packing: str, fault: str) -> None:
    whole = WRITERS[packing](TEXT * 200)
    path = tmp_path / f"a.csv{packing}"
    path.write_bytes({"cut": whole[: len(whole) // 2], "foreign": b"not what it says " * 9, "empty": b""}[fault])
    with pytest.raises(DataError, match=r"damaged|the file is empty") as caught:
        read_table(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("packing", PACKINGS)
def test_what_unpacks_without_end_is_refused(tmp_path: Path, packing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "LARGEST", 3 << 20)
    path = tmp_path / f"a.csv{packing}"
    path.write_bytes(WRITERS[packing](b"a,b\n" + b"1,2\n" * (2 << 20)))
    assert path.stat().st_size < 100_000
    with pytest.raises(DataError, match=r"unpacks to more than 3 MiB.*unpack it first"):
        read_table(path)


def test_a_zip_file_with_one_table(tmp_path: Path) -> None:
    path = tmp_path / "download.zip"
    path.write_bytes(_zip(TEXT, names=("folder/data.csv", "__MACOSX/._data.csv", "folder/.hidden.csv", "LICENCE.md")))
    assert holds_table(path)
    assert load(DataRecipe(source=str(path), target=("b",), features=("a",))).targets[:, 0].tolist() == [2.5, 4.5, 6.5]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("a.csv", "b.csv"), r"2 tables in a zip file. Given: a\.csv, b\.csv.*unpack it"),
        (("a.pdf",), "no table in the zip"),
    ],
)
def test_a_zip_file_with_other_content(tmp_path: Path, names: tuple[str, ...], message: str) -> None:
    path = tmp_path / "download.zip"
    path.write_bytes(_zip(TEXT, names=names))
    with pytest.raises(DataError, match=message):
        open_table(path)


def test_a_folder_of_zip_files_is_named_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "many.zip").write_bytes(_zip(TEXT, names=("a.csv", "b.csv")))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(TEXT))
    with pytest.raises(DataError, match=r"a folder, not a table.*a\.csv\.gz"):
        open_table(tmp_path)


def test_a_zip_file_with_a_password(tmp_path: Path) -> None:
    path = tmp_path / "download.zip"
    content = bytearray(_zip(TEXT))
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag in the table of contents
    path.write_bytes(content)
    with pytest.raises(DataError, match="wants a password"):
        open_table(path)


def test_a_table_in_a_tar_archive_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "table.data").write_bytes(TEXT)
    with tarfile.open(tmp_path / "table.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "table.data", "table.data")
    with pytest.raises(DataError, match=r"no image. Given: 1 \.data.*unpack an archive that holds a table"):
        load(DataRecipe(source=str(tmp_path / "table.tar.gz"), target=("b",)))


def test_an_archive_of_images_is_none_of_tables(tmp_path: Path) -> None:
    path = tmp_path / "images.zip"
    path.write_bytes(_zip(b"", names=("cats/1.png", "labels.csv")))
    assert not holds_table(path)
