"""Files that are whole or not there, and what is said where they cannot be written."""

from __future__ import annotations

import os

import pytest

from isinglass.errors import ModelFileError
from isinglass.files import write_atomically


def test_a_folder_and_a_long_name_have_a_cure_of_their_own(tmp_path):
    with pytest.raises(ModelFileError, match=r"Is a directory. Instead: name a file, not a folder; what was there"):
        write_atomically(tmp_path, b"new", failure=ModelFileError)
    with pytest.raises(ModelFileError, match="Instead: choose a shorter name;"):
        write_atomically(tmp_path / ("x" * 300), b"new", failure=ModelFileError)
    assert os.listdir(tmp_path) == []
