import os
import subprocess
import sys
from pathlib import Path

import pytest

from isinglass.cli.commands import COMMANDS

HEAVY = ("torch", "polars", "sklearn", "scipy", "matplotlib", "pandas", "pyarrow", "numba")
VERBS = [[verb] for verb in COMMANDS] + [["data", "list"], ["data", "get"]]


def modules_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(' '.join(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(ran.stdout.split("\n")[-2].split())


def test_importing_isinglass_loads_nothing_heavy():
    assert modules_after("import isinglass").isdisjoint((*HEAVY, "numpy", "pydantic", "typer", "rich"))


def test_importing_the_command_line_loads_nothing_heavy():
    loaded = modules_after("import isinglass.cli.main")
    assert loaded.isdisjoint((*HEAVY, "numpy", "pydantic", "rich"))


def test_help_loads_nothing_heavy():
    code = """
import sys
from isinglass.cli.main import main
sys.argv = ["isinglass", "fit", "--help"]
try:
    main()
except SystemExit:
    pass
"""
    assert modules_after(code).isdisjoint((*HEAVY, "numpy", "pydantic"))


@pytest.mark.parametrize("verb", [[], *VERBS], ids=" ".join)
def test_every_verb_has_help(cli, verb):
    ran = cli(*verb, "--help")
    assert ran.code == 0
    assert "Usage: isinglass" in ran.out
    assert ran.err == ""


@pytest.mark.parametrize("verb", VERBS[:-3] + VERBS[-2:], ids=" ".join)
def test_every_verb_knows_json_and_quiet(cli, verb):
    if verb == ["data"]:
        return
    help_text = cli(*verb, "--help").out
    assert "--json" in help_text
    assert "--quiet" in help_text


def test_no_verb_prints_help_and_is_a_usage_error(cli):
    ran = cli()
    assert ran.code == 2
    assert "Usage" in ran.out


@pytest.mark.parametrize(("wrong", "right"), [("fti", "fit"), ("explian", "explain"), ("reports", "report")])
def test_unknown_verb_suggests_the_nearest(cli, wrong, right):
    ran = cli(wrong)
    assert ran.code == 2
    assert f"'{right}'" in ran.err
    assert ran.out == ""


def test_unknown_option_suggests_the_nearest(cli):
    ran = cli("fit", "tao", "--targe", "Humidity")
    assert ran.code == 2
    assert "--target" in ran.err


def test_wrong_type_of_option(cli):
    ran = cli("fit", "tao", "--members", "many")
    assert ran.code == 2
    assert "--members" in ran.err


def test_version(cli):
    import isinglass

    assert cli("--version").out == f"isinglass {isinglass.__version__}\n"


def test_python_m_isinglass():
    ran = subprocess.run([sys.executable, "-m", "isinglass", "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("isinglass ")


def test_error_is_one_message_on_standard_error(cli, tmp_path):
    ran = cli("init", tmp_path / "absent.csv")
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.startswith(f"error: {tmp_path / 'absent.csv'}: no such file")
    assert "Traceback" not in ran.err


def test_error_with_json_is_an_object(cli, tmp_path):
    ran = cli("fit", tmp_path / "absent.toml", "--json")
    assert ran.code == 2
    assert ran.json["exit_code"] == 2
    assert ran.json["kind"] == "UsageError"
    assert "absent.toml" in ran.json["error"]


def test_operating_system_errors_have_no_traceback(cli, tmp_path, monkeypatch):
    if os.geteuid() == 0:
        target = Path("/proc/isinglass.toml")  # not even root writes here
    else:
        tmp_path.chmod(0o500)
        target = tmp_path / "recipe.toml"
    ran = cli("init", "tao", "-o", target)
    assert ran.code == 1
    assert str(target) in ran.err
    assert "Traceback" not in ran.err


def test_a_reader_who_leaves_early_is_no_error():
    line = f"{sys.executable} -m isinglass schema | head -c 1; echo ${{PIPESTATUS[0]}}"
    ran = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    assert ran.stdout == "{0\n"
    assert ran.stderr == ""


def test_a_closed_standard_output_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        command = [sys.executable, "-m", "isinglass", "data", "list"]
        ran = subprocess.run(command, stdout=pipe, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
