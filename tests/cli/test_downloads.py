import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from isinglass.cli.downloads import ensure
from isinglass.cli.output import Output
from isinglass.data.catalogue import CATALOGUE, Entry, is_ready
from isinglass.data.catalogue.download import Remote
from isinglass.data.tables.sources.table import open_table
from isinglass.errors import DataError

TABLE = b"x,y\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(20_000))


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing on standard error."""


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A catalogue entry whose file a server in this process has."""
    monkeypatch.setenv("ISINGLASS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "squares.csv").write_bytes(TABLE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(tmp_path / "served")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/squares.csv"
    remote = Remote(address, hashlib.sha256(TABLE).hexdigest(), "squares.csv")
    path = tmp_path / "cache" / "data" / "squares.csv"
    entry = Entry("squares", "here", "none", open=lambda: open_table(path), remote=remote)
    monkeypatch.setitem(CATALOGUE, "squares", entry)
    yield server
    server.shutdown()
    server.server_close()


def test_get_shows_plain_lines_and_keeps_the_file(served, cli):
    ran = cli("data", "get", "squares")
    assert ran.code == 0, ran.err
    assert "20000 rows, 2 columns" in ran.out
    assert "fetching squares:" in ran.err
    assert "100 %" in ran.err
    assert is_ready("squares")
    assert cli("data", "get", "squares").err == ""


def test_quiet_fetches_without_a_word(served, capsys):
    ensure("squares", Output(quiet=True))
    assert is_ready("squares")
    assert capsys.readouterr() == ("", "")


def test_other_sources_are_left_alone(capsys):
    for source in ("tao", "some/file.csv", "no-such-name"):
        ensure(source, Output())
    assert capsys.readouterr() == ("", "")


def test_a_failed_download_names_the_address(served):
    entry = CATALOGUE["squares"]
    assert entry.remote is not None
    served.shutdown()
    served.server_close()
    with pytest.raises(DataError, match=r"127\.0\.0\.1"):
        ensure("squares", Output())


def test_list_says_what_is_ready(served, cli):
    document = cli("data", "list", "--json").json
    assert document["tao"]["ready"] is True
    assert document["squares"]["ready"] is False


def test_get_writes_a_file(cli, tmp_path):
    path = tmp_path / "tao.parquet"
    ran = cli("data", "get", "tao", "-o", path, "--json")
    assert ran.json["rows"] == 736
    assert open_table(path).frame.height == 736
    assert cli("data", "get", "tao", "-o", path).code == 2
    assert cli("data", "get", "tao", "-o", tmp_path / "tao.docx").code == 2


def test_get_suggests_the_nearest_name(cli):
    ran = cli("data", "get", "toa")
    assert ran.code == 1
    assert "'tao'" in ran.err
