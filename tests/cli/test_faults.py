"""Interruptions, kills, full disks and folders that cannot be written: nothing half-written, nothing earlier lost."""

from __future__ import annotations

import os
import random
import shlex
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import QUICK, process, running, table, wait_for

from isinglass.workbench.run_folder import CHECKPOINT, RECIPE

SLOW_RUN = (*QUICK, "--epochs=300", "--set=learning.patience=never", "--set=learning.threads=1", "--no-report")
"""Long enough to be hit in the middle."""

EXPLODES = ("--set=learning.optimizer.rate=1e6", "--set=learning.optimizer.kind=sgd", "--loss=squared")


def start(*arguments: object) -> subprocess.Popen[str]:
    """A fit in a process of its own that saves its state at each tick."""
    return running("fit", *arguments)


def weights(model: Path) -> bytes:
    """The members' weights as they stand in a model file."""
    with zipfile.ZipFile(model) as archive:
        return archive.read("members.safetensors")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.slow
def test_an_interrupted_fit_says_how_to_go_on_and_does(here):
    running = start("t.csv", "-ty", *SLOW_RUN, "--out=s")
    wait_for(Path("s", CHECKPOINT).exists, running)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    last = err.splitlines()[-2:]
    assert last == ["Interrupted; the state is saved. Go on with:", "  isinglass fit --resume s"]
    assert sorted(os.listdir("s")) == [CHECKPOINT, RECIPE]
    resumed = process(*shlex.split(last[1])[1:], "--no-report")
    assert resumed.code == 0, resumed.err
    assert sorted(os.listdir("s")) == ["card.md", "metrics.json", "recipe.toml", "t.isinglass"]


@pytest.mark.slow
def test_killed_ten_times_and_resumed_the_weights_are_those_of_an_unbroken_run(cli, here):
    assert cli("fit", "t.csv", "-ty", *SLOW_RUN, "--out=whole").code == 0
    draw = random.Random(0)
    first, kills = ("t.csv", "-ty", *SLOW_RUN, "--out=broken"), 0
    checkpoint, arguments = Path("broken", CHECKPOINT), first
    while kills < 10:
        running = start(*arguments)
        before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        wait_for(lambda: checkpoint.exists() and checkpoint.stat().st_mtime_ns != before, running)  # noqa: B023
        time.sleep(draw.uniform(0, 0.03))
        running.kill()
        running.communicate()
        assert running.returncode == -signal.SIGKILL
        kills, arguments = kills + 1, ("--resume", "broken", "--no-report")
    assert not Path("broken/t.isinglass").exists()
    assert cli("fit", "--resume", "broken", "--no-report").code == 0
    assert sorted(os.listdir("broken")) == ["card.md", "metrics.json", "recipe.toml", "t.isinglass"]
    assert weights(Path("broken/t.isinglass")) == weights(Path("whole/t.isinglass"))


def test_a_loss_that_explodes_leaves_nothing(cli, here):
    ran = cli("fit", "t.csv", "-ty", *QUICK, *EXPLODES, "--out=s")
    assert ran.code == 1
    assert ran.error.startswith("no network could be trained: every loss grew beyond all bounds")
    assert "Given: learning.optimizer.rate = 1000000.0" in ran.error
    assert not Path("s").exists()


@pytest.fixture
def earlier(cli, here) -> dict[str, bytes]:
    """The results of a study in the folder s."""
    assert cli("fit", "t.csv", "-ty", *QUICK, "--no-report", "--out=s").code == 0
    return contents(Path("s"))


def test_earlier_results_outlive_a_loss_that_explodes(cli, earlier):
    assert cli("fit", "t.csv", "-ty", *QUICK, *EXPLODES, "--out=s", "--overwrite").code == 1
    assert contents(Path("s")) == earlier


def test_earlier_results_outlive_bad_data_and_bad_recipes(cli, earlier):
    Path("t.csv").write_text("a,b,y\n1,2,3\n")
    assert cli("fit", "t.csv", "-ty", "--out=s", "--overwrite").code == 1
    assert cli("fit", "t.csv", "-ty", "--out=s", "--overwrite", "--machine=mlpp").code in (1, 2)
    assert contents(Path("s")) == earlier


@pytest.mark.slow
def test_earlier_results_outlive_a_kill(earlier):
    running = start("t.csv", "-ty", *SLOW_RUN, "--out=s", "--overwrite")
    wait_for(Path("s", CHECKPOINT).exists, running)
    running.kill()
    running.communicate()
    left = contents(Path("s"))
    assert {name: left[name] for name in earlier} == earlier
    assert {name for name in left.keys() - earlier.keys() if not name.startswith("..")} == {CHECKPOINT, RECIPE}


def test_a_folder_that_cannot_be_written(cli, here):
    folder = Path("/proc/isinglass")  # not even root writes here
    if os.geteuid():
        folder = here / "locked" / "s"
        folder.parent.mkdir(mode=0o500)
    ran = cli("fit", "t.csv", "-ty", *QUICK, f"--out={folder}")
    assert ran.code == 1
    assert str(folder) in ran.error
    assert "cannot be written" in ran.error
    ran = cli("predict", "t.csv", "t.csv", f"--out={folder}.csv")
    assert ran.code == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200k", "isinglass-test", str(folder)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("a small file system can only be mounted by root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path, *, pages: int) -> Path:
    """A file that leaves so many pages of 4 kB free."""
    state = os.statvfs(disk)
    (disk / "filler").write_bytes(bytes(max(0, (state.f_bavail - pages) * state.f_frsize)))
    return disk / "filler"


@pytest.mark.parametrize(("pages", "file"), [(0, ".recipe.toml"), (2, ".checkpoint"), (5, ".coming")])
def test_a_full_disk_leaves_earlier_results(cli, here, small_disk, pages, file):
    folder = small_disk / "s"
    assert cli("fit", "t.csv", "-ty", *QUICK, "--no-report", f"--out={folder}").code == 0
    earlier = contents(folder)
    fill(small_disk, pages=pages)
    ran = cli("fit", "t.csv", "-ty", *QUICK, "--no-report", f"--out={folder}", "--overwrite", "--seed=1")
    assert ran.code == 1
    assert file in ran.error
    assert "cannot be written: No space left on device" in ran.error
    left = contents(folder)
    assert {name: left[name] for name in earlier} == earlier
    assert left.keys() - earlier.keys() <= {CHECKPOINT, RECIPE}


def test_after_a_full_disk_the_fit_goes_on(cli, here, small_disk):
    folder = small_disk / "s"
    filler = fill(small_disk, pages=5)
    ran = cli("fit", "t.csv", "-ty", *QUICK, "--no-report", f"--out={folder}")
    assert ran.code == 1
    assert f"Broken off; the state is saved. Go on with:\n  isinglass fit --resume {folder}\n" in ran.err
    filler.unlink()
    assert cli("fit", "--resume", folder, "--no-report").code == 0
    assert cli("fit", "t.csv", "-ty", *QUICK, "--no-report", "--out=s").code == 0
    assert weights(folder / "t.isinglass") == weights(Path("s/t.isinglass"))


def test_no_room_at_all(cli, here, small_disk):
    fill(small_disk, pages=0)
    ran = cli("fit", "t.csv", "-ty", *QUICK, f"--out={small_disk / 's'}")
    assert ran.code == 1
    assert "No space left on device" in ran.error
    assert os.listdir(small_disk) == ["filler"]


def test_predictions_are_written_whole_or_not_at_all(cli, here, sums, small_disk):
    table(4000).write_csv("many.csv")
    for name in ("p.csv", "p.parquet", "p.json", "p.feather"):
        ran = cli("predict", sums, "many.csv", f"--out={small_disk / name}")
        assert ran.code == 1
        assert ran.error.startswith(f"{small_disk / name}: the file cannot be written: ")
        assert "free space on the disk" in ran.error
        assert os.listdir(small_disk) == []


def test_a_recipe_is_written_whole_or_not_at_all(cli, here, small_disk):
    fill(small_disk, pages=0)
    ran = cli("init", "t.csv", "-ty", "-o", small_disk / "r.toml")
    assert ran.error.startswith(f"{small_disk / 'r.toml'}: the file cannot be written: No space left on device.")
    assert os.listdir(small_disk) == ["filler"]


def test_a_damaged_checkpoint_says_how_to_begin_anew(cli, here, small_disk):
    folder = small_disk / "s"
    filler = fill(small_disk, pages=5)
    assert cli("fit", "t.csv", "-ty", *QUICK, "--no-report", f"--out={folder}").code == 1
    filler.unlink()
    whole = (folder / CHECKPOINT).read_bytes()
    for cut in (whole[:-9], whole[:-9] + b"\1" + whole[-8:], b""):
        (folder / CHECKPOINT).write_bytes(cut)
        ran = cli("fit", "--resume", folder)
        assert ran.error.startswith(f"{folder / CHECKPOINT}: the checkpoint ")
        assert ran.error.endswith("Instead: start again with --overwrite instead of --resume")
        assert "Go on with" not in ran.err
    assert cli("fit", "t.csv", "-ty", *QUICK, "--no-report", f"--out={folder}", "--overwrite").code == 0


INTERRUPTED = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
sys.argv = ["isinglass", "check", "t.csv", "-ty"]
from isinglass.__main__ import main
main()
"""


@pytest.mark.parametrize("module", ["typer", "isinglass.cli.commands", "isinglass.workbench", "polars"])
def test_ctrl_c_while_things_are_loaded_is_one_line(here, module):
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(module=module)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 130
    assert ran.stderr == "Interrupted.\n"
    assert ran.stdout == ""


@pytest.mark.slow
def test_two_runs_do_not_share_a_folder(cli, here):
    first = start("t.csv", "-ty", *SLOW_RUN, "--epochs=100000", "--out=s")
    try:
        wait_for(Path("s", CHECKPOINT).exists, first)
        second = cli("fit", "t.csv", "-ty", *QUICK, "--out=s", "--overwrite")
        resumed = cli("fit", "--resume", "s")
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()
    assert second.error == "s: another run is writing into this folder. Instead: wait for it, or choose --out DIR"
    assert second.code == 2
    assert "another run is writing into this folder" in resumed.error
    assert "Go on with" not in resumed.err
    assert Path("s", CHECKPOINT).exists()
    ran = cli("fit", "t.csv", "-ty", *QUICK, "--out=s", "--overwrite", "--no-report")
    assert ran.code == 0, "a kill lets the folder go"
