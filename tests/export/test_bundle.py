"""A model file reads back as written; a damaged, foreign or newer one is refused by name."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

from isinglass.errors import ModelFileError
from isinglass.export import bundle
from isinglass.export.bundle import Bundle, read_bundle, write_bundle

BUNDLE = Bundle(
    documents={"recipe": {"a": [1, 2.5, "grün", None]}},
    arrays={"members": {"theta": np.arange(6, dtype=np.float32).reshape(2, 3), "fold": np.array([0, 1])}},
)


@pytest.fixture
def path(tmp_path):
    return write_bundle(tmp_path / "deep" / "m.isinglass", BUNDLE, writer="test")


def rewrite(path, **changes):
    """The same file with entries replaced (bytes) or dropped (None)."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries = {**entries, **changes}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries.items():
            if data is not None:
                archive.writestr(name, data)


def test_round_trip(path):
    again = read_bundle(path)
    assert again.documents == BUNDLE.documents
    for name, value in BUNDLE.arrays["members"].items():
        np.testing.assert_array_equal(again.arrays["members"][name], value)
        assert again.arrays["members"][name].dtype == value.dtype


def test_the_same_model_gives_the_same_bytes(path, tmp_path):
    assert path.read_bytes() == write_bundle(tmp_path / "b.isinglass", BUNDLE, writer="test").read_bytes()


def test_a_changed_entry_is_refused(path):
    rewrite(path, **{"recipe.json": b'{"a": 1}'})
    with pytest.raises(ModelFileError, match=r"checksum does not match"):
        read_bundle(path)


def test_a_missing_entry_is_refused(path):
    rewrite(path, **{"members.safetensors": None})
    with pytest.raises(ModelFileError, match="damaged"):
        read_bundle(path)


@pytest.mark.parametrize("keep", [0, 10, 100, -30])
def test_a_truncated_file_is_refused(path, keep):
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelFileError, match="damaged"):
        read_bundle(path)


def test_a_flipped_byte_anywhere_never_passes_unseen(path):
    whole = path.read_bytes()
    for at in range(0, len(whole), 37):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            again = read_bundle(path)
        except ModelFileError:
            continue
        assert again.documents == BUNDLE.documents  # the byte was in a zip field that nobody reads
        np.testing.assert_array_equal(again.arrays["members"]["theta"], BUNDLE.arrays["members"]["theta"])


def test_a_newer_version_is_refused_with_the_cure(path):
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read(bundle.MANIFEST))
    rewrite(path, **{bundle.MANIFEST: json.dumps({**manifest, "format_version": 99}).encode()})
    with pytest.raises(ModelFileError, match=r"newer version .*format 99.*pip install --upgrade"):
        read_bundle(path)


@pytest.mark.parametrize("content", [b"", b"plain text", b"PK\x03\x04 no zip"])
def test_what_is_no_model_is_refused(tmp_path, content):
    other = tmp_path / "x.isinglass"
    other.write_bytes(content)
    with pytest.raises(ModelFileError, match="no isinglass model"):
        read_bundle(other)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(ModelFileError, match="no such model file"):
        read_bundle(tmp_path / "none.isinglass")
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_bundle(tmp_path)


def test_a_write_that_fails_leaves_the_earlier_file(path):
    before = path.read_bytes()
    with pytest.raises(ModelFileError, match="cannot be written"):
        write_bundle(path / "not-a-folder" / "m.isinglass", BUNDLE, writer="test")
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]
