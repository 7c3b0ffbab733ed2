"""Downloads from a real server on this machine: whole, resumed, broken, wrong, refused."""

from __future__ import annotations

import hashlib
import http.server
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from isinglass.data.catalogue.download import Progress, Remote, cache_folder, cached_path, download, fetch
from isinglass.errors import DataError

CONTENT = bytes(range(256)) * 4000


@dataclass
class Behaviour:
    """What the server does; `ranges` records what was asked."""

    ranged: bool = True
    cut: int = 0
    length: bool = True
    ranges: list[str] = field(default_factory=list)


def handler(behaviour: Behaviour) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            behaviour.ranges.append(asked)
            if self.path != "/file.bin":
                self.send_error(404)
                return
            start = int(re.sub(r"\D", "", asked)) if asked and behaviour.ranged else 0
            if start >= len(CONTENT):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
            if behaviour.length:
                self.send_header("Content-Length", str(len(CONTENT) - start))
            self.end_headers()
            body = CONTENT[start:]
            self.wfile.write(body[: behaviour.cut] if behaviour.cut else body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def behaviour() -> Behaviour:
    return Behaviour()


@pytest.fixture
def remote(behaviour: Behaviour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    monkeypatch.setenv("ISINGLASS_CACHE", str(tmp_path / "cache"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(behaviour)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/file.bin"
        yield Remote(url, hashlib.sha256(CONTENT).hexdigest(), "file.bin")
        server.shutdown()
        thread.join()


def part_of(remote: Remote) -> Path:
    return cached_path(remote).with_name("file.bin.part")


def keep_part(remote: Remote, size: int) -> None:
    part_of(remote).parent.mkdir(parents=True, exist_ok=True)
    part_of(remote).write_bytes((CONTENT + b"more")[:size])


def test_whole_file_with_progress(remote: Remote, behaviour: Behaviour) -> None:
    told = list(download(remote))
    assert cached_path(remote).read_bytes() == CONTENT
    assert told[0] == Progress(0, len(CONTENT))
    assert told[-1] == Progress(len(CONTENT), len(CONTENT))
    assert not part_of(remote).exists()
    assert list(download(remote)) == []
    assert behaviour.ranges == [""]


def test_a_partial_file_is_continued(remote: Remote, behaviour: Behaviour) -> None:
    keep_part(remote, 1000)
    assert next(iter(download(remote))) == Progress(1000, len(CONTENT))
    assert fetch(remote).read_bytes() == CONTENT
    assert behaviour.ranges[0] == "bytes=1000-"


def test_a_server_without_ranges_starts_again(remote: Remote, behaviour: Behaviour) -> None:
    behaviour.ranged = False
    keep_part(remote, 1000)
    assert fetch(remote).read_bytes() == CONTENT


@pytest.mark.parametrize("size", [len(CONTENT), len(CONTENT) + 3])
def test_a_part_that_is_complete_or_too_long_starts_again(remote: Remote, size: int) -> None:
    keep_part(remote, size)
    assert fetch(remote).read_bytes() == CONTENT


def test_a_server_that_does_not_say_the_length(remote: Remote, behaviour: Behaviour) -> None:
    behaviour.length = False
    assert {step.total for step in download(remote)} == {0}
    assert cached_path(remote).read_bytes() == CONTENT


def test_a_broken_connection_is_continued_by_the_next_call(remote: Remote, behaviour: Behaviour) -> None:
    behaviour.cut = 5000
    with pytest.raises(DataError, match=f"broke after 5000 of {len(CONTENT)} bytes.*same command"):
        fetch(remote)
    assert part_of(remote).stat().st_size == 5000
    assert not cached_path(remote).exists()
    behaviour.cut = 0
    assert fetch(remote).read_bytes() == CONTENT
    assert behaviour.ranges == ["", "bytes=5000-"]


def test_an_interrupted_reader_is_continued(remote: Remote) -> None:
    steps = download(remote)
    next(steps)
    next(steps)
    steps.close()  # as after Ctrl-C
    assert part_of(remote).stat().st_size > 0
    assert fetch(remote).read_bytes() == CONTENT


def test_wrong_content_is_removed(remote: Remote) -> None:
    wrong = Remote(remote.url, "0" * 64, remote.filename)
    with pytest.raises(DataError, match="SHA-256 differs"):
        fetch(wrong)
    assert not part_of(remote).exists()
    assert not cached_path(remote).exists()


def test_refused_by_the_server(remote: Remote) -> None:
    with pytest.raises(DataError, match="the server answers 404"):
        fetch(Remote(remote.url + "x", remote.sha256, remote.filename))


def test_offline_is_one_clear_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISINGLASS_CACHE", str(tmp_path))
    with pytest.raises(DataError, match=r"cannot be downloaded.*check the connection.*put the file at .*a\.csv"):
        fetch(Remote("http://127.0.0.1:9/a.csv", "0" * 64, "a.csv"))


def test_a_cache_that_cannot_be_written(remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ISINGLASS_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match=r"cannot be written.*ISINGLASS_CACHE"):
        fetch(remote)


def test_cache_folder_of_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISINGLASS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_folder() == Path("/somewhere/isinglass")
    monkeypatch.setattr("sys.platform", "darwin")
    assert cache_folder().parts[-3:] == ("Library", "Caches", "isinglass")
