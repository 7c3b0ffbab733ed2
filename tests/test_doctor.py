from isinglass.doctor import core, extras


def test_doctor_finds_all_that_is_needed(cli):
    ran = cli("doctor", "--json")
    assert ran.code == 0, ran.err
    found = ran.json
    assert found["problems"] == []
    assert {"torch", "numpy", "scikit-learn"} <= found["core"].keys()
    assert "missing" not in found["core"].values()
    assert found["machine"]["cores"] >= 1
    assert found["cache"]["writable"] is True


def test_core_and_extras_come_from_the_package(cli):
    assert "numba" not in core()
    assert extras() == {"fast": ["numba"], "frames": ["pandas", "pyarrow"], "images": ["pillow", "tifffile"]}


def test_doctor_for_people(cli):
    text = cli("doctor").out
    assert "All that is needed is here." in text
    assert "torch" in text
    assert cli("doctor", "--quiet").out == ""


def test_a_cache_that_cannot_be_written_is_a_problem(cli, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("ISINGLASS_CACHE", str(blocked / "cache"))
    ran = cli("doctor")
    assert ran.code == 1
    assert "ISINGLASS_CACHE" in ran.err
